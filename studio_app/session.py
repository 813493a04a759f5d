"""Who is signed in and which project is chosen, for one browser session."""

from typing import Any, cast

import streamlit as st

from studio_app.api import client_headers
from studio_app.api.client import Client, Json
from studio_app.app.shares import shares
from studio_app.auth import cookie
from studio_app.settings import settings

# The names of all keys of st.session_state that the frame uses.
TOKEN = "studio_token"  # noqa: S105 - a name, not a secret
IDENTITY = "studio_identity"
PROJECT = "studio_project"
TICKET = "studio_ticket"
ENDED = "studio_ended"
LEAVING = "studio_leaving"
NOTICE = "studio_notice"
SIGN_IN_ERROR = "studio_sign_in_error"

# The only keys that outlive a sign-out in the same browser tab.
_KEPT = frozenset({ENDED, LEAVING})


def token() -> str | None:
    """The session token of this person: from this tab's sign-in, else from the cookie."""
    if st.session_state.get(ENDED):
        return None
    kept = st.session_state.get(TOKEN)
    return str(kept) if kept else cookie.SESSION.read(st.context.cookies)


def invitation() -> str | None:
    """The secret of the invitation whose link this browser opened last."""
    return cookie.INVITATION.read(st.context.cookies)


def count_as_signed_out() -> None:
    """Have this tab use the share of those who are signed out: the API knows no such session."""
    if shown := token():
        shares().end_session(cookie.session_id(shown))


def client() -> Client:
    """A client that speaks as the current person; without a session its calls raise SignedOut."""
    return Client(settings().api_url, token(), visitor=client_headers.of_page())


def refresh() -> None:
    """Asks the API who this is and what they may do. Raises ApiError.

    Called once at the start of each run, so that a changed role shows at the next click.
    """
    st.session_state[IDENTITY] = client().me()


def person() -> Json:
    """The signed-in user."""
    return cast("Json", st.session_state[IDENTITY]["user"])


def trash_days() -> int:
    """How many days what is deleted can come back; 0 for ever."""
    return int(st.session_state[IDENTITY]["trash_days"])


def whose() -> tuple[str, str]:
    """Username and chosen project of this tab, for the log; empty texts where there is none."""
    identity = st.session_state.get(IDENTITY)
    username = str(identity["user"]["username"]) if identity else ""
    return username, str(st.session_state.get(PROJECT) or "")


def projects() -> list[Json]:
    """The projects of the signed-in person, by name."""
    found: list[Json] = st.session_state[IDENTITY]["projects"]
    return sorted(found, key=lambda project: str(project["name"]).casefold())


def asked_project() -> str | None:
    """The slug that the address asks for (`?project=`), else the one chosen last, else my only."""
    asked = st.query_params.get("project")
    if asked or PROJECT in st.session_state:
        return asked or st.session_state[PROJECT]
    only = projects()
    return str(only[0]["slug"]) if len(only) == 1 else None


def project() -> Json | None:
    """The current project, or None: all projects, or one that is not mine.

    A foreign `?project=` is None and never replaced by another project.
    """
    wanted = asked_project()
    found = next((project for project in projects() if project["slug"] == wanted), None)
    if found and st.query_params.get("project"):
        st.session_state[PROJECT] = found["slug"]
    return found


def choose_project(slug: str | None) -> None:
    """Makes a project the current one for this tab; None stands for all projects."""
    st.session_state[PROJECT] = slug


def may(action: str, slug: str | None = None) -> bool:
    """Whether the API lets me do this in the current (or the named) project.

    It only decides what is shown; the API decides each call again.
    """
    chosen: Json | None
    if slug is None:
        chosen = project()
    else:
        chosen = next((project for project in projects() if project["slug"] == slug), None)
    return chosen is not None and action in chosen["may"]


def remember(key: str, value: Any) -> Any:
    """Keeps a value for this person in this tab; it goes when the session ends."""
    st.session_state[key] = value
    return value


def begin(token: str, ticket: str) -> None:
    """Starts a session in this tab; the ticket is what the browser turns into the cookie."""
    st.session_state.pop(ENDED, None)
    st.session_state[TOKEN] = token
    st.session_state[TICKET] = ticket


def end(*, leaving: bool = False) -> None:
    """Forgets the person and everything that was fetched for them.

    The cookie of this page load is ignored from now on: its session is over. `leaving`
    asks the frame to have the browser delete the cookie as well.
    """
    for key in list(st.session_state):
        if key not in _KEPT:
            del st.session_state[key]
    st.session_state[ENDED] = True
    st.session_state[LEAVING] = leaving
