"""Before access changes: who gains and who loses what, and the question whether to go on."""

from collections.abc import Callable

import streamlit as st

from studio_app.api.client import ApiError, Json
from studio_app.ui import widgets

_NAMED = 8


def shown(differences: list[Json]) -> None:
    """Draws who gains and loses which actions in which project, as a rehearsal answered it."""
    with st.container(border=True, gap="xsmall", key="differences"):
        if not differences:
            widgets.facts("Nobody gains or loses anything by this.")
        for one in differences:
            who = _named(one["people"])
            where = f"`{one['project']}`"
            gains, loses = ("gains", "loses") if len(one["people"]) == 1 else ("gain", "lose")
            if one["gains"]:
                st.markdown(f":material/add: **{who}** {gains} {_listed(one['gains'])} in {where}")
            if one["loses"]:
                what = _listed(one["loses"])
                st.markdown(f":material/remove: **{who}** {loses} {what} in {where}")


def rehearsed(rehearse: Callable[[], Json]) -> bool:
    """Draws what a change would do, or why it is refused; whether it may go on."""
    try:
        with st.spinner("Looking who gains and who loses …"):
            differences = rehearse()["differences"]
    except ApiError as error:
        if error.status not in (400, 404, 409):
            raise
        if error.reason == "stale_version":
            was_changed()
        widgets.error_box(error)
        return False
    shown(differences)
    return True


def confirm(
    title: str,
    text: str,
    verb: str,
    *,
    rehearse: Callable[[], Json],
    act: Callable[[], object],
    done: str,
) -> None:
    """Opens a dialog that shows what `rehearse` tells, and does `act` when the person agrees.

    Call it in the branch of a pressed button.
    """

    @st.dialog(title)
    def ask() -> None:
        st.write(text)
        with widgets.answering():
            possible = rehearsed(rehearse)
            with st.container(horizontal=True, horizontal_alignment="right"):
                if st.button("Cancel", key="change-cancel"):
                    st.rerun()
                agreed = st.button(verb, type="primary", key="change-verb", disabled=not possible)
            if agreed:
                unless_changed(act)
                widgets.notice(done)
                st.rerun()

    ask()


def unless_changed(act: Callable[[], object]) -> None:
    """Does `act`; when somebody was faster, shows the page as it is now and says so."""
    try:
        act()
    except ApiError as error:
        if error.reason != "stale_version":
            raise
        was_changed()


def was_changed() -> None:
    """Shows the page as it is now, and says that somebody else was faster."""
    widgets.notice(
        "Somebody else changed this meanwhile. Nothing was overwritten: this is how it is now.",
        icon="sync_problem",
    )
    st.rerun()


def _listed(actions: list[str]) -> str:
    return ", ".join(f"*{action}*" for action in actions)


def _named(people: list[str]) -> str:
    named = ", ".join(widgets.plain(name) for name in people[:_NAMED])
    more = len(people) - _NAMED
    return named if more <= 0 else f"{named} and {more} more"
