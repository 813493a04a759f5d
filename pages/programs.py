"""Programs: the service accounts of the current project, and every token that reaches into it."""

from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import preview
from studio_app.tokens import new_token, token_rows
from studio_app.ui import list_row, times, widgets

_ROLES = ("viewer", "contributor", "maintainer")
# The account that was just made, whose first token is asked for next.
_MADE = "programs-made"


def main() -> None:
    """Owners give programs accounts and tokens, and take them away; administrators take away."""
    new_token.forget()
    with widgets.answering():
        _show(widgets.overseen() or widgets.project_or_stop("see its programs", title="Programs"))


def _show(project: Json) -> None:
    slug = str(project["slug"])
    gives = "manage" in project["may"]
    if not gives and not session.person()["administrator"]:
        widgets.page_header("Programs", widgets.plain(project["name"]))
        widgets.refusal(
            "This page is for owners",
            "Owners of the project manage its programs and their tokens. Your own tokens are on "
            "the page Tokens.",
        )
        return
    with widgets.page_header("Programs", widgets.plain(project["name"])):
        if gives and st.button("New service account", icon=":material/add:", type="primary"):
            _create(slug)
    if gives and (made := st.session_state.pop(_MADE, None)):
        new_token.create_for(slug, str(made))
    st.header("Service accounts", anchor=False)
    with st.spinner("Reading service accounts …"):
        _accounts(slug, gives=gives)
    st.header("Tokens that reach only into this project", anchor=False)
    with st.spinner("Reading tokens …"):
        _tokens(slug, gives=gives)


def _accounts(slug: str, *, gives: bool) -> None:
    at = widgets.page_token("accounts", of=slug)
    page = session.client().service_accounts(slug, max_results=25, page_token=at)
    for account in page["service_accounts"]:
        _account(slug, account, gives=gives)
    if not page["service_accounts"]:
        widgets.empty_state(
            "No service account yet",
            "A program that runs without a person, such as a nightly training, signs in as a "
            "service account: it goes on when people leave.",
            icon="smart_toy",
        )
    widgets.pager("accounts", page["next_page_token"])


def _account(slug: str, account: Json, *, gives: bool) -> None:
    username = str(account["username"])
    with list_row.line(f"row-{username}"):
        with st.container(width="stretch", gap="xxsmall"):
            off = " :red-badge[disabled]" if account["disabled"] else ""
            st.markdown(f"**{widgets.plain(account['name'])}**{off}")
            if account["description"]:
                widgets.facts(widgets.plain(widgets.shortened(account["description"], 160)))
            count = account["tokens"]
            tokens = {0: "no token", 1: "1 token"}.get(count, f"{count} tokens")
            since = times.day(account["created_at"])
            by = widgets.plain(account["created_by"])
            ends = account["expires_at"]
            until = f" · role ends {times.day(ends)}" if ends else ""
            widgets.facts(f"`{username}` · {tokens} · made {since} by {by}{until}")
        st.badge(account["role"], color="gray", help=widgets.ROLES.get(account["role"]))
        switch = "Enable" if account["disabled"] else "Disable"
        possible = ["New token", "Change role", switch, "Delete"] if gives else ["Delete"]
        chosen = list_row.menu(username, possible)
    if chosen == "New token":
        new_token.create_for(slug, username)
    elif chosen == "Change role":
        _change(slug, account)
    elif chosen:
        _switch(slug, account, str(chosen))


def _switch(slug: str, account: Json, chosen: str) -> None:
    username, client = str(account["username"]), session.client()
    if chosen == "Enable":
        with widgets.answering():
            _set(slug, account, disabled=False)
            widgets.notice(f"{username} may go on.")
            st.rerun()
    elif chosen == "Disable":
        widgets.confirm(
            "Disable service account",
            f"Every token of `{username}` is refused from its very next call on, until you "
            "enable the account again.",
            "Disable",
            lambda: _set(slug, account, disabled=True),
            done=f"{username} is disabled.",
        )
    else:
        widgets.confirm(
            "Delete service account",
            f"`{username}` and its tokens end for good. What it logged stays. The name is never "
            "used again, as the audit trail tells of it.",
            "Delete service account",
            lambda: client.delete_service_account(slug, username),
            done=f"{username} is deleted.",
            typed=str(account["name"]),
        )


def _tokens(slug: str, *, gives: bool) -> None:
    at = widgets.page_token("project-tokens", of=slug)
    page = session.client().project_tokens(slug, max_results=25, page_token=at)
    tokens = page["tokens"]
    soon = {token["id"] for token in token_rows.ending(tokens)}
    replaced = {token["replaces"] for token in tokens}
    for token in tokens:
        rotates = gives and token["kind"] == "service" and not token["expired"]
        options = ["Rotate", "Revoke"] if rotates and token["id"] not in replaced else ["Revoke"]
        whose = f"`{token['username']}`"
        chosen = token_rows.row(token, options, soon=token["id"] in soon, whose=whose)
        if chosen:
            _do(slug, token, chosen)
    if not tokens:
        widgets.empty_state(
            "No token yet",
            "Tokens of service accounts stand here, and those that members made for this project "
            "alone. Members' tokens for all their projects do not: take the member out instead.",
            icon="key",
        )
    widgets.pager("project-tokens", page["next_page_token"])


def _do(slug: str, token: Json, chosen: str) -> None:
    username, client = str(token["username"]), session.client()
    if chosen == "Rotate":
        new_token.rotate(token, partial(client.rotate_account_token, slug, username, token["id"]))
        return
    widgets.confirm(
        "Revoke token",
        f"Every program that uses **{widgets.plain(token['name'])}** of `{username}` is refused "
        "from its very next call on.",
        "Revoke token",
        lambda: client.revoke_project_token(slug, token["id"]),
        done=f"The token {token['name']} of {username} is revoked.",
    )


@st.dialog("New service account")
def _create(slug: str) -> None:
    with st.form("new-account", border=False):
        name = st.text_input(
            "Name",
            placeholder="nightly-training",
            max_chars=20,
            help="Small letters, digits and hyphens. It is never used for another one.",
        )
        description = st.text_input("What it does", placeholder="Trains every night at two.")
        role = _role("Role", key="new-account-role", role="contributor")
        token = st.checkbox(
            "Make its first token next", value=True, help="Without a token it cannot sign in."
        )
        if st.form_submit_button("Create service account", type="primary"):
            with widgets.answering():
                made = session.client().create_service_account(
                    slug, name.strip(), role, description=description.strip()
                )
                widgets.notice(f"{made['username']} is there.")
                if token:
                    st.session_state[_MADE] = made["username"]
                st.rerun()


@st.dialog("Change role")
def _change(slug: str, account: Json) -> None:
    username = str(account["username"])
    st.markdown(f"Role of `{username}`")
    role = _role("Role", key=f"role-{username}", role=account["role"])
    if st.button("Save", type="primary", disabled=role == account["role"]):
        with widgets.answering():
            preview.unless_changed(lambda: _set(slug, account, role=role))
            widgets.notice(f"{username} is now {role}.")
            st.rerun()


def _role(label: str, *, key: str, role: str) -> str:
    chosen = st.selectbox(
        label,
        _ROLES,
        index=_ROLES.index(role),
        format_func=lambda name: f"{name} · {widgets.ROLES[name]}",
        key=key,
    )
    return str(chosen)


def _set(slug: str, account: Json, **fields: object) -> None:
    username, version = account["username"], account["version"]
    session.client().update_service_account(slug, username, version=version, **fields)


main()
