"""Members: who is in the current project, and with which role."""

from collections.abc import Callable

import streamlit as st

from studio_app import moments, session, widgets
from studio_app.client import ApiError, Json

_PER_PAGE = 25


def main() -> None:
    """Lists the members; who may manage the project adds, changes and removes them."""
    with widgets.answering():
        _show(widgets.overseen() or widgets.project_or_stop("see its members", title="Members"))


def _show(project: Json) -> None:
    slug = str(project["slug"])
    manages = "manage" in project["may"] or bool(session.person()["administrator"])
    with widgets.page_header("Members", widgets.plain(project["name"])):
        if manages and st.button("Add member", icon=":material/person_add:", type="primary"):
            _add(slug)
    with st.expander("What the roles allow"):
        for role, text in widgets.ROLES.items():
            st.markdown(f"**{role}** {text}")
    with st.spinner("Reading members …"):
        _list(slug, session.client().members(slug), manages=manages)
        if not manages:
            widgets.facts("Only owners of the project change its members.")


def _list(slug: str, members: list[Json], *, manages: bool) -> None:
    found = members
    if len(members) > _PER_PAGE:
        query = st.text_input(
            "Search", key="members-search", placeholder="Search by name", icon=":material/search:"
        ).casefold()
        found = [
            member
            for member in members
            if query in f"{member['username']} {member['display_name']}".casefold()
        ]
    pages = -(-len(found) // _PER_PAGE)
    page = st.pagination(pages, key="members-page") if pages > 1 else 1
    for member in found[(page - 1) * _PER_PAGE : page * _PER_PAGE]:
        _row(slug, member, manages=manages)
    if not found:
        widgets.empty_state("Nobody found", "No member's name contains these letters.")


def _row(slug: str, member: Json, *, manages: bool) -> None:
    username = str(member["username"])
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        wrap=False,
        key=f"row-{username}",
    ):
        with st.container(width="stretch", gap="xxsmall"):
            you = " :gray[(you)]" if username == session.person()["username"] else ""
            off = " :red-badge[disabled]" if member["disabled"] else ""
            name = widgets.plain(member["display_name"] or username)
            st.markdown(f"**{name}**{you}{off}")
            since = moments.day(member["granted_at"])
            by = f" by {member['granted_by']}" if member["granted_by"] else ""
            widgets.facts(f"`{username}` · added {since}{widgets.plain(by)}")
        st.badge(
            member["role"],
            color="blue" if member["role"] == "owner" else "gray",
            help=widgets.ROLES.get(member["role"]),
        )
        chosen = None
        if manages:
            chosen = st.menu_button(
                "More",
                ["Change role", "Remove"],
                type="tertiary",
                key=f"menu-{username}",
                help=f"What you can do with {username}",
            )
    if chosen == "Change role":
        _change(slug, member)
    elif chosen == "Remove":
        widgets.confirm(
            "Remove member",
            f"**{widgets.plain(member['display_name'] or username)}** loses this project from "
            "the very next click or call on. Runs that they logged stay.",
            "Remove member",
            lambda: _unless_changed(lambda: _remove(slug, member)),
            done=f"{username} is no member any more.",
        )


@st.dialog("Add member")
def _add(slug: str) -> None:
    with st.form("add-member", border=False):
        username = st.text_input("Username", help="As the person types it to sign in.")
        role = widgets.role_picker("Role", key="add-role", role="contributor")
        if st.form_submit_button("Add member", type="primary"):
            with widgets.answering():
                _set(slug, username.strip(), role)


def _set(slug: str, username: str, role: str) -> None:
    if not username:
        st.error("Type the username of the person to add.")
        return
    known = {member["username"] for member in session.client().members(slug)}
    if username in known:
        st.error(f"{username} is a member already. Change the role in the list instead.")
        return
    session.client().set_member(slug, username, role)
    widgets.notice(f"{username} is now {role}.")
    st.rerun()


@st.dialog("Change role")
def _change(slug: str, member: Json) -> None:
    username = str(member["username"])
    st.markdown(f"Role of **{widgets.plain(member['display_name'] or username)}**")
    role = widgets.role_picker(
        "Role", key=f"role-{username}", role=member["role"], label_visible=False
    )
    if st.button("Save", type="primary", disabled=role == member["role"]):
        with widgets.answering():
            _unless_changed(
                lambda: session.client().set_member(slug, username, role, version=member["version"])
            )
            widgets.notice(f"{username} is now {role}.")
            st.rerun()


def _remove(slug: str, member: Json) -> None:
    session.client().remove_member(slug, member["username"], version=member["version"])


def _unless_changed(act: Callable[[], object]) -> None:
    """Does `act`; when somebody was faster, shows the list as it is now and says so."""
    try:
        act()
    except ApiError as error:
        if error.reason != "stale_version":
            raise
        widgets.notice(
            "Somebody else changed this member meanwhile. Nothing was overwritten: "
            "this is the list as it is now.",
            icon="sync_problem",
        )
        st.rerun()


main()
