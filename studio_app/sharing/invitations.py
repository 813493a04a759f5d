"""Invitations as administrators see them: the dialog that makes one, and the open ones."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import times, widgets

_CREATED = "invitation-created"
_NO_PROJECT = ""
_DAYS = {"1 day": 1, "3 days": 3, "7 days": 7, "14 days": 14, "30 days": 30}


def invite() -> None:
    """Opens the dialog that makes an invitation and shows its link once."""
    # What the dialog showed last belongs to that time.
    st.session_state.pop(_CREATED, None)
    _dialog()


def listed() -> None:
    """Draws the open invitations, each with a way to take it back. Raises ApiError."""
    token = widgets.page_token("invitations")
    page = session.client().invitations(page_token=token)
    for invitation in page["invitations"]:
        _row(invitation)
    if not page["invitations"]:
        widgets.empty_state(
            "No open invitation",
            "Press “Invite” to make a link by which somebody chooses their own password.",
            icon="mail",
        )
    widgets.pager("invitations", page["next_page_token"])


def _row(invitation: Json) -> None:
    number, username = str(invitation["id"]), str(invitation["username"])
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key=f"invitation-{number}"
    ):
        with st.container(width="stretch", gap="xxsmall"):
            off = "" if invitation["works"] else " :red-badge[does not work]"
            st.markdown(f"**{widgets.plain(invitation['display_name'])}**{off}")
            mail = f" · {widgets.plain(invitation['email'])}" if invitation["email"] else ""
            promised = (
                f" · {invitation['role']} of `{invitation['project']}`"
                if invitation["project"]
                else ""
            )
            until = times.ago(times.moment(invitation["expires_at"]))
            by = widgets.plain(invitation["created_by"])
            widgets.facts(f"`{username}`{mail}{promised} · by {by} · ends {until}")
            if not invitation["works"]:
                widgets.facts(
                    f"{by} is no administrator any more. Take it back, then invite again."
                )
        pressed = st.button(
            "Take back", key=f"revoke-{number}", help=f"Take the invitation of {username} back"
        )
    if pressed:
        widgets.confirm(
            "Take invitation back",
            f"The link of **{widgets.plain(username)}** stops working. You can make another.",
            "Take back",
            lambda: session.client().revoke_invitation(number),
            done=f"The invitation of {username} is taken back.",
        )


@st.dialog("Invite somebody", on_dismiss="rerun")
def _dialog() -> None:
    # Two places, as in pages/connect.py: the form goes, the link comes, in one run.
    form, result = st.empty(), st.container()
    created = st.session_state.get(_CREATED)
    if not created:
        with form.container():
            wanted = _ask()
            if wanted:
                with widgets.answering():
                    created = session.client().invite(**wanted)
    if created:
        form.empty()
        with result:
            _show(session.remember(_CREATED, created))


def _ask() -> Json | None:
    """What the new invitation shall be, or None while the form is being filled."""
    mine = {project["slug"]: str(project["name"]) for project in session.projects()}
    with st.form("invite", border=False):
        username = st.text_input("Username", help="What the person will type to sign in.")
        display_name = st.text_input("Name", placeholder="Erin Lindqvist")
        email = st.text_input("E-mail address", placeholder="erin@example.org")
        project = st.selectbox(
            "Project",
            [_NO_PROJECT, *mine],
            format_func=lambda slug: mine.get(slug, "None yet"),
            help="One of your projects, in which the person gets a role at once.",
        )
        role = widgets.role_picker("Role in that project", key="invite-role", role="contributor")
        days = st.selectbox("Open for", list(_DAYS), index=list(_DAYS.values()).index(7))
        if not st.form_submit_button("Make the link", type="primary"):
            return None
    return {
        "username": username.strip(),
        "display_name": display_name.strip(),
        "email": email.strip(),
        "project": project or "",
        "role": role if project else "",
        "days": _DAYS[str(days)],
    }


def _show(created: Json) -> None:
    widgets.show_once_secret(
        created["link"], f"The link for {widgets.plain(created['display_name'])}"
    )
    st.markdown(
        "Send it to the person on a way that only they read: whoever opens it first gets the "
        f"account. It works once, until {times.day(created['expires_at'])}."
    )
    if st.button("Done", key="invite-done"):
        st.session_state.pop(_CREATED, None)
        st.rerun()
