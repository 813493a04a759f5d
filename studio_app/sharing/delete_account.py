"""The dialog that deletes an account: what goes, what is handed over, and to whom."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import widgets
from studio_app.ui.formats import count


@st.dialog("Delete account")
def delete(user: Json) -> None:
    """Shows what the deletion does, asks for a new owner where one is needed, then deletes."""
    username = str(user["username"])
    with widgets.answering():
        with st.spinner("Looking at what the account has …"):
            found = session.client().delete_user(username, preview=True)
        st.markdown(
            f"**{widgets.plain(user['display_name'] or username)}** is signed out everywhere and "
            "loses the account. What they logged stays, and so does the audit trail. The username "
            "is free again; who gets it next inherits nothing."
        )
        widgets.facts(_what_goes(found))
        owner = _new_owner(found["projects"])
        typed = st.text_input(f"Type **{widgets.plain(username)}** to go on", key="delete-typed")
        ready = typed.strip() == username and bool(owner or not found["projects"])
        widgets.facts("To keep the account and only stop it, choose Disable instead.")
        if st.button("Delete account", type="primary", key="delete-verb", disabled=not ready):
            session.client().delete_user(username, owner=owner)
            given = f" {owner} owns {', '.join(found['projects'])} now." if owner else ""
            widgets.notice(f"The account {username} is deleted.{given}")
            st.rerun()


def _what_goes(found: Json) -> str:
    nouns = {
        "memberships": "role",
        "groups": "group",
        "tokens": "token",
        "invitations": "open invitation",
    }
    parts = [count(found[name], noun) for name, noun in nouns.items() if found[name]]
    return f"Goes with it: {', '.join(parts)}." if parts else "The account has nothing else."


def _new_owner(projects: list[str]) -> str:
    if not projects:
        return ""
    named = ", ".join(f"`{slug}`" for slug in projects[:10])
    more = f" and {len(projects) - 10} more" if len(projects) > 10 else ""
    st.warning(f"Nobody else owns {named}{more}.", icon=":material/key:")
    return st.text_input(
        "Who takes over?",
        placeholder="Username",
        key="delete-owner",
        help="The person becomes owner of these projects.",
    ).strip()
