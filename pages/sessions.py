"""Sessions: where I am signed in, and signing out there."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import times, widgets

_PER_PAGE = 25
_WAYS = {"password": "by password"}


def main() -> None:
    """Lists the person's own sessions; ends one of them or all others."""
    with widgets.page_header("Sessions", "Every browser and program where you are signed in."):
        place = st.container()
    with widgets.answering(), st.spinner("Reading sessions …"):
        token = widgets.page_token("sessions")
        page = session.client().sessions(max_results=_PER_PAGE, page_token=token)
        others = [one for one in page["sessions"] if not one["current"]]
        with place:
            if others and st.button("End all others", icon=":material/logout:"):
                _end_others()
        for one in page["sessions"]:
            _row(one)
        if not others and not token:
            widgets.facts("You are signed in nowhere else.")
        widgets.pager("sessions", page["next_page_token"])
        widgets.facts(
            "Something you do not know? End it and change your password under Account. "
            "Tokens of programs are no sessions: they are on the page Tokens."
        )


def _row(one: Json) -> None:
    name = widgets.plain(one["device"] or "Unknown program")
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        wrap=False,
        key=f"row-{one['id']}",
    ):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{name}**" + (" :green-badge[this one]" if one["current"] else ""))
            facts = [f"`{one['address']}`"] if one["address"] else []
            facts.append(f"started {times.ago(times.moment(one['started_at']))}")
            if one["last_seen_at"]:
                facts.append(f"last seen {times.ago(times.moment(one['last_seen_at']))}")
            way = one["signed_in_by"]
            facts.append(_WAYS.get(way, f"by {widgets.plain(way)}"))
            widgets.facts(" · ".join(facts))
        if not one["current"] and st.button(
            "End", key=f"end-{one['id']}", type="tertiary", help=f"Sign out {name}"
        ):
            widgets.confirm(
                "End session",
                f"**{name}** is signed out at its next click.",
                "End session",
                lambda: session.client().end_session(one["id"]),
                done="The session is ended.",
            )


def _end_others() -> None:
    widgets.confirm(
        "End all other sessions",
        "Every other browser and program is signed out at its next click. You stay signed in here.",
        "End all others",
        lambda: session.client().end_other_sessions(),
        done="All other sessions are ended.",
    )


main()
