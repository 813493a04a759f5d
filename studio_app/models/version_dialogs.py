"""What people change of a version of a model or a prompt: aliases, tags, description."""

import re
from collections.abc import Mapping

import streamlit as st

from studio_app import session
from studio_app.models import model_badges, registry
from studio_app.ui import widgets

# MLflow takes these signs only, and keeps `latest` and v1, v2, ... for itself.
_ALIAS = re.compile(r"^(?!latest$)(?!v\d+$)[\w-]{1,255}$", re.IGNORECASE | re.ASCII)
ALIAS_RULE = "Letters, digits, _ and -; not “latest” and not like “v1”."


def alias_allowed(alias: str) -> bool:
    """Whether MLflow takes this as an alias."""
    return bool(_ALIAS.match(alias))


@st.dialog("Aliases")
def edit_aliases(slug: str, name: str, number: str, aliases: Mapping[str, str]) -> None:
    """Asks which aliases point at a version, and moves or removes them."""
    st.write(f"An alias is a name that programs load. Here it points at **version {number}**.")
    own = sorted(alias for alias, target in aliases.items() if target == number)
    others = sorted(set(aliases) - set(own))
    for pointing in own:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(model_badges.badge(pointing), width="stretch")
            if st.button("Remove", key=f"alias-remove-{pointing}"):
                with widgets.answering():
                    registry.remove_alias(session.client(), slug, name, pointing)
                    widgets.notice(f"The alias {pointing} is removed.")
                    st.rerun()
    alias = st.selectbox(
        "Set an alias on this version",
        others,
        index=None,
        accept_new_options=True,
        placeholder="champion",
        key="alias-name",
        help=ALIAS_RULE,
    )
    wanted = (alias or "").strip()
    fits = alias_allowed(wanted)
    if wanted and not fits:
        st.caption(f":red[{ALIAS_RULE}]")
    elif wanted in aliases:
        st.caption(f"It moves from version {aliases[wanted]} to version {number}.")
    if st.button("Set alias", type="primary", disabled=not fits, key="alias-set"):
        with widgets.answering():
            registry.set_alias(session.client(), slug, name, wanted, number)
            widgets.notice(f"{wanted} points at version {number} now.")
            st.rerun()


@st.dialog("Tags")
def edit_tags(slug: str, name: str, number: str, tags: Mapping[str, str]) -> None:
    """Asks for a tag of a version, and sets or removes it."""
    key = st.selectbox("Tag", sorted(tags), index=None, accept_new_options=True, key="version-tag")
    value = st.text_input("Value", tags.get(key or "", ""), key=f"version-tag-value-{key}")
    with st.container(horizontal=True, horizontal_alignment="right"):
        removed = key in tags and st.button("Remove", key="version-tag-remove")
        saved = st.button("Save", type="primary", disabled=not (key or "").strip())
    if not key or not (removed or saved):
        return
    with widgets.answering():
        if removed:
            registry.delete_version_tag(session.client(), slug, name, number, key)
        else:
            registry.set_version_tag(session.client(), slug, name, number, key.strip(), value)
        widgets.notice("The tags are saved.")
        st.rerun()


@st.dialog("Describe version", width="large")
def describe(slug: str, name: str, number: str, text: str) -> None:
    """Asks for the description of a version."""
    new = st.text_area("Description", text, height=200, key="version-description")
    st.caption("Markdown works here.")
    if st.button("Save", type="primary"):
        with widgets.answering():
            registry.describe_version(session.client(), slug, name, number, new.strip())
            widgets.notice("The description is saved.")
            st.rerun()
