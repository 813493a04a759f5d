"""The form by which somebody asks for access to a project that they cannot see."""

from collections.abc import Mapping

import streamlit as st

from studio_app import session

ASKED = ("viewer", "contributor", "maintainer")
_MESSAGE_MAX = 1000


def show(slug: str, roles: Mapping[str, str]) -> None:
    """Draws the form, the same for every slug, or what was answered to it. Raises ApiError."""
    key = f"asked-{slug}"
    if answer := st.session_state.get(key):
        st.info(str(answer), icon=":material/schedule_send:")
        return
    with st.container(horizontal_alignment="center"), st.form(f"ask-{slug}", width=520):
        st.markdown("**Request access**")
        role = st.selectbox(
            "Role",
            list(roles),
            format_func=lambda name: f"{name} · {roles[name]}",
            key=f"ask-role-{slug}",
        )
        message = st.text_area(
            "Message to the owners",
            placeholder="Who you are, and what you need the project for",
            max_chars=_MESSAGE_MAX,
            height=90,
            key=f"ask-message-{slug}",
        )
        if st.form_submit_button("Request access", type="primary", icon=":material/send:"):
            session.remember(key, session.client().ask_access(slug, str(role), message.strip()))
            st.rerun()
