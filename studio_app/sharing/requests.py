"""Requests for access as owners see them: how many wait, and the list with its decisions."""

from collections.abc import Callable

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.sharing import grant_form
from studio_app.ui import navigation, times, widgets
from studio_app.ui.formats import count


def badge(slug: str | None = None) -> None:
    """Draws a line with a link for each project of mine where somebody waits, or for one of them.

    Nothing is drawn when nobody waits. Raises ApiError.
    """
    if not any("manage" in project["may"] for project in session.projects()):
        return
    for waiting in session.client().request_counts():
        if slug in (None, waiting["slug"]):
            people = "1 person asks" if waiting["open"] == 1 else f"{waiting['open']} people ask"
            navigation.link(
                "requests",
                f"{people} for access to **{widgets.plain(waiting['name'])}**",
                icon=":material/how_to_reg:",
                project=waiting["slug"],
            )


def section(slug: str, *, bound: str | None = None) -> None:
    """Draws the open requests of a project that I manage, with Grant and Decline.

    `bound` is when my own role there ends, and with it what I grant.
    """
    token = widgets.page_token("requests", of=slug)
    page = session.client().requests_of(slug, page_token=token)
    for request in page["requests"]:
        _row(slug, request, bound)
    if not page["requests"]:
        widgets.empty_state(
            "Nobody asks for access",
            "Send somebody the address of a page of this project: without a role they see "
            "nothing of it but a form to ask you for one.",
            icon="how_to_reg",
        )
    widgets.pager("requests", page["next_page_token"])


def overview(projects: list[Json]) -> None:
    """Draws where somebody waits, over all the projects that I manage."""
    for project in projects:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                name = f"**{widgets.plain(project['name'])}**"
                navigation.link("requests", name, project=project["slug"])
            st.badge(count(project["open"], "request"), color="blue")
    if not projects:
        widgets.empty_state(
            "Nobody asks for access",
            "When somebody asks for a role in a project of yours, you see it here and on Home.",
            icon="how_to_reg",
        )


def _row(slug: str, request: Json, bound: str | None) -> None:
    number, name = int(request["id"]), widgets.plain(request["display_name"] or request["username"])
    with st.container(border=True, key=f"request-{number}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap="xxsmall"):
                st.markdown(f"**{name}** asks to be **{request['role']}**")
                mail = f" · {widgets.plain(request['email'])}" if request["email"] else ""
                since = times.ago(times.moment(request["created_at"]))
                widgets.facts(f"`{request['username']}`{mail} · {since}")
            if st.button("Decline", key=f"decline-{number}", help=f"Decline {name}'s request"):
                _decline(slug, request)
            if st.button(
                "Grant", key=f"grant-{number}", type="primary", help=f"Give {name} a role"
            ):
                _grant(slug, request, bound)
        if request["message"]:
            st.markdown(f"> {widgets.plain(' '.join(str(request['message']).split()))}")


@st.dialog("Grant access")
def _grant(slug: str, request: Json, bound: str | None) -> None:
    username = str(request["username"])
    st.markdown(
        f"**{widgets.plain(request['display_name'] or username)}** asks to be {request['role']}. "
        "You may give another role."
    )
    role = widgets.role_picker("Role", key=f"grant-role-{request['id']}", role=request["role"])
    if bound:
        grant_form.bound_hint(bound)
    if st.button("Grant access", type="primary"):
        with widgets.answering():
            _unless_decided(lambda: session.client().grant_request(slug, request["id"], role))
            widgets.notice(f"{username} is now {role}.")
            st.rerun()


def _decline(slug: str, request: Json) -> None:
    username = str(request["username"])
    widgets.confirm(
        "Decline request",
        f"**{widgets.plain(request['display_name'] or username)}** gets no role and is not told. "
        "They can ask again after a week.",
        "Decline request",
        lambda: _unless_decided(lambda: session.client().decline_request(slug, request["id"])),
        done=f"The request of {username} is declined.",
    )


def _unless_decided(act: Callable[[], object]) -> None:
    """Does `act`; when another owner was faster, shows the list as it is now and says so."""
    try:
        act()
    except ApiError as error:
        if error.reason != "stale_version":
            raise
        widgets.notice(error.message, icon="sync_problem")
        st.rerun()
