"""People: every account of this ML Studio, for administrators."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import delete_account, invitations, preview
from studio_app.ui import list_row, times, widgets

_SHOWN = {
    "everybody": "Everybody",
    "administrators": "Administrators",
    "disabled": "Disabled",
    "invited": "Invited",
}


def main() -> None:
    """Lists and searches accounts and invitations; everything about an account is done here."""
    if not session.person()["administrator"]:
        widgets.refusal(
            "This page is for administrators",
            "Accounts are managed by the administrators of ML Studio. Ask one of them. "
            "Who is in a project is managed by its owners, on the page Members.",
        )
        return
    with widgets.page_header("People", "Every account of this ML Studio."):
        if st.button("New account", icon=":material/person_add:"):
            _create()
        if st.button("Invite", icon=":material/mail:", type="primary"):
            invitations.invite()
    show = st.segmented_control(
        "Show",
        list(_SHOWN),
        default="everybody",
        required=True,
        format_func=lambda name: _SHOWN[name],
        key="people-show",
        label_visibility="collapsed",
    )
    with widgets.answering():
        if show == "invited":
            with st.spinner("Reading invitations …"):
                invitations.listed()
        else:
            _accounts(str(show))


def _accounts(show: str) -> None:
    query = st.text_input(
        "Search",
        key="people-search",
        placeholder="Search by name or e-mail address",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    with st.spinner("Reading accounts …"):
        token = widgets.page_token("people", of=f"{show} {query}")
        page = session.client().users(query, show=show, max_results=25, page_token=token)
        for user in page["users"]:
            _row(user)
        if not page["users"]:
            _nobody(query)
        widgets.pager("people", page["next_page_token"])


def _nobody(query: str) -> None:
    if query:
        widgets.empty_state(
            "Nobody found", "No account contains these letters. Search for less.", icon="search"
        )
    else:
        widgets.empty_state("Nobody is disabled", "Every account may sign in.", icon="group")


def _row(user: Json) -> None:
    username = str(user["username"])
    myself = username == session.person()["username"]
    with list_row.line(f"row-{username}"):
        with st.container(width="stretch", gap="xxsmall"):
            marks = " :gray[(you)]" if myself else ""
            marks += " :blue-badge[administrator]" if user["administrator"] else ""
            marks += " :red-badge[disabled]" if user["disabled"] else ""
            st.markdown(f"**{widgets.plain(user['display_name'] or username)}**{marks}")
            mail = f" · {widgets.plain(user['email'])}" if user["email"] else ""
            widgets.facts(f"`{username}`{mail} · since {times.day(user['created_at'])}")
        chosen = list_row.menu(username, _possible(user, myself=myself))
    if chosen:
        _do(chosen, user)


def _possible(user: Json, *, myself: bool) -> list[str]:
    """What the menu of a person offers: nobody locks themselves out."""
    if myself:
        return ["Edit"]
    role = "Take administrator away" if user["administrator"] else "Make administrator"
    off = "Enable" if user["disabled"] else "Disable"
    return ["Edit", "Reset password", "Sign out everywhere", role, off, "Delete"]


def _do(chosen: str, user: Json) -> None:
    username = str(user["username"])
    name = widgets.plain(user["display_name"] or username)
    if chosen == "Edit":
        _edit(user)
    elif chosen == "Reset password":
        _reset(username)
    elif chosen == "Sign out everywhere":
        widgets.confirm(
            "Sign out everywhere",
            f"**{name}** is signed out of every browser and may sign in again. "
            "Their tokens and their password stay.",
            "Sign out",
            lambda: session.client().end_sessions_of(username),
            done=f"{username} is signed out everywhere.",
        )
    elif chosen == "Disable":
        widgets.confirm(
            "Disable account",
            f"**{name}** is signed out everywhere, and their tokens stop working. "
            "Nothing they made is deleted. You can enable the account again.",
            "Disable",
            lambda: preview.unless_changed(lambda: _change(user, disabled=True)),
            done=f"{username} is disabled.",
        )
    elif chosen == "Delete":
        delete_account.delete(user)
    elif chosen == "Enable":
        with widgets.answering():
            preview.unless_changed(lambda: _change(user, disabled=False))
            widgets.notice(f"{username} may sign in again.")
            st.rerun()
    else:
        gives = chosen == "Make administrator"
        widgets.confirm(
            chosen,
            f"**{name}** will {'' if gives else 'no longer '}manage all accounts and all "
            "projects and see the whole audit trail.",
            chosen,
            lambda: preview.unless_changed(lambda: _change(user, administrator=gives)),
            done=f"{username} is {'now an' if gives else 'no longer an'} administrator.",
        )


@st.dialog("New account")
def _create() -> None:
    with st.form("new-account", border=False):
        username = st.text_input("Username", help="What the person types to sign in.")
        display_name = st.text_input("Name", placeholder="Alice Liddell")
        email = st.text_input("E-mail address", placeholder="alice@example.org")
        password = st.text_input(
            "First password",
            type="password",
            autocomplete="new-password",
            help=f"At least {widgets.PASSWORD_MINIMUM} characters. "
            "The person can change it under Account.",
        )
        administrator = st.checkbox("Administrator: manages all accounts and projects")
        if st.form_submit_button("Create account", type="primary"):
            with widgets.answering():
                session.client().create_user(
                    username.strip(),
                    password,
                    display_name=display_name.strip(),
                    email=email.strip(),
                    administrator=administrator,
                )
                widgets.notice(f"{username.strip()} may sign in now.")
                st.rerun()


@st.dialog("Edit account")
def _edit(user: Json) -> None:
    with st.form("edit-account", border=False):
        widgets.facts(f"Username: `{user['username']}` (it never changes)")
        display_name = st.text_input("Name", user["display_name"])
        email = st.text_input("E-mail address", user["email"])
        if st.form_submit_button("Save", type="primary"):
            with widgets.answering():
                preview.unless_changed(
                    lambda: _change(user, display_name=display_name.strip(), email=email.strip())
                )
                widgets.notice("The account is saved.")
                st.rerun()


@st.dialog("Reset password")
def _reset(username: str) -> None:
    with st.form("reset-password", border=False):
        st.markdown(
            f"Give **{widgets.plain(username)}** a new password and tell them on a safe way."
        )
        password = st.text_input(
            "New password",
            type="password",
            autocomplete="new-password",
            help=f"At least {widgets.PASSWORD_MINIMUM} characters.",
        )
        end_tokens = st.checkbox(
            "End all tokens too",
            help="Every program that uses a token of theirs is refused from its next call on. "
            "Choose it when somebody else may have had the password: a token goes on without one. "
            "Tokens of service accounts stay.",
        )
        widgets.facts("They are signed out everywhere.")
        if st.form_submit_button("Set password", type="primary"):
            with widgets.answering():
                session.client().update_user(username, password=password, end_tokens=end_tokens)
                ended = " and no token any more" if end_tokens else ""
                widgets.notice(f"{username} has a new password{ended}.")
                st.rerun()


def _change(user: Json, **fields: object) -> None:
    """Changes an account as it was seen; raises ApiError "stale_version" if it has changed."""
    session.client().update_user(user["username"], version=user["version"], **fields)


main()
