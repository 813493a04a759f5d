"""The bar over the table of runs: the filter and what is shown, all kept in the address."""

from dataclasses import replace

import streamlit as st

from ml_studio.run_filter import FilterOptions, Mistake
from ml_studio.run_filter import run_filter as draw_line
from ml_studio.runs_table import ValueFilter
from studio_app import session
from studio_app.api.errors import ApiError, TooSlow, Unavailable
from studio_app.runs import kept, tracking
from studio_app.runs.table import run_filter
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_list import Asked
from studio_app.runs.tracking import VIEWS
from studio_app.ui import address_fields, formats, url_state

# What an error says the reason is when a filter has a mistake.
MISTAKES = ("filter", "filter_too_large")

FILTERS = (*run_filter.PARAMETERS, "view")
PANES = ("both", "table", "charts")
_PANE_NAMES = {
    "both": ":material/splitscreen: Both",
    "table": ":material/table_rows: Table",
    "charts": ":material/show_chart: Charts",
}
_VIEW_NAMES = {"active": "Active", "deleted": "Deleted"}
# More of a filter is not said again below it.
_SIGNS = 200


def columns(asked: Asked, *, height: int = 420) -> RunColumns:
    """The columns of the runs that are asked for; `height` as in `kept.read`."""
    return kept.read(
        ("columns", asked.project, asked.experiment_id, asked.filter, asked.view),
        lambda: tracking.columns_of_runs(
            session.client(),
            asked.project,
            asked.experiment_id,
            filter_text=asked.filter,
            view=asked.view,
        ),
        height=height,
    )


def readable(place: str, asked: Asked) -> tuple[Asked, ApiError | None]:
    """The question with a filter that can be read: the one of the address, else the last good one.

    Of one with a mistake the answer of the API comes with it. Raises ApiError.
    """
    last = f"runs-filter-last-{place}"
    try:
        columns(asked)
    except ApiError as error:
        if error.status != 400 or not asked.filter or error.reason not in MISTAKES:
            raise
        return replace(asked, filter=st.session_state.get(last, "")), error
    session.remember(last, asked.filter)
    return asked, None


def line(place: str, asked: Asked, shown: Asked, mistake: ApiError | None) -> None:
    """Draws the filter that is asked for; `shown` is what the table shows, also of a mistake."""
    offered = _offered(replace(asked, filter=""))
    draw_line(
        asked.filter,
        key=f"runs-filter-{place}",
        options=FilterOptions(
            columns=offered.filterable if offered else (),
            runs=offered.runs if offered else 0,
            sampled=offered is not None and offered.looked_at < offered.runs,
            examples=run_filter.EXAMPLES,
            mistake=_mistake(mistake) if mistake else None,
            meanwhile=_meanwhile(shown) if mistake else "",
        ),
        on_change=run_filter.write,
    )


def _offered(asked: Asked) -> RunColumns | None:
    """What a filter can be about, whatever it asks for now; None where that cannot be read."""
    too_slow = ("columns take too long", asked)
    if kept.get(too_slow, bool):
        # The place of the reading: the browser keeps the line with what was typed (kept.py).
        st.empty()
        return None
    try:
        return columns(asked, height=40)
    except TooSlow:
        # Nor would it be faster in the next run of the page.
        kept.keep(too_slow, True)
    except Unavailable:
        # The line stays, with what somebody has typed.
        pass
    return None


def _mistake(error: ApiError) -> Mistake:
    position = error.facts.get("position")
    # The line says it better: it underlines the place.
    said = error.message.replace(f" (position {position})", "")
    return Mistake(
        position=position if isinstance(position, int) else 0,
        message=said,
        found=str(error.facts.get("found") or ""),
        near=str(error.facts.get("near") or ""),
    )


def _meanwhile(shown: Asked) -> str:
    if not shown.filter:
        return "The table shows all runs."
    return f"The table still shows the runs of: {formats.short(shown.filter, _SIGNS)}"


def view() -> str:
    """Draws the choice between runs and deleted ones; the answer is what is chosen."""
    return address_fields.segments(
        "Which runs", VIEWS, key="runs-view", name="view", shown=_VIEW_NAMES.__getitem__
    )


def clear_button() -> None:
    """Draws the button that takes all filters away."""
    st.button("Clear filters", key="runs-clear", on_click=_clear)


def panes() -> str:
    """Draws the choice of what is shown: the table, the charts, or both."""
    return address_fields.segments(
        "What is shown", PANES, key="runs-panes", name="show", shown=_PANE_NAMES.__getitem__
    )


def add_value(asked: ValueFilter) -> None:
    """Has the filter ask for runs with, or without, a value that somebody chose in the table."""
    run_filter.write(run_filter.with_value(run_filter.of_address(), asked))


def _clear() -> None:
    left = {name: text for name, text in url_state.address().items() if name not in FILTERS}
    url_state.replace(left)
