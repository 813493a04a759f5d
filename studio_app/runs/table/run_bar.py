"""The bar over the table of runs: filters and what is shown, all kept in the address."""

import streamlit as st

from ml_studio.runs_table import ValueFilter
from studio_app.api.client import ApiError
from studio_app.runs.table import run_filter, run_table
from studio_app.runs.table.run_filter import EXAMPLES, RunFilter
from studio_app.runs.tracking import STATUSES, VIEWS
from studio_app.ui import url_state, widgets

# What an error says the reason is when a filter has a mistake.
MISTAKES = ("filter", "filter_too_large")

FILTERS = ("name", "status", "filter", "top", "view")
PANES = ("both", "table", "charts")
_PANE_NAMES = {
    "both": ":material/splitscreen: Both",
    "table": ":material/table_rows: Table",
    "charts": ":material/show_chart: Charts",
}
_VIEW_NAMES = {"active": "Active", "deleted": "Deleted"}


def filters() -> tuple[RunFilter, str]:
    """Draws the filters; the answer is what they ask for, and which view of the runs."""
    url_state.load("runs-name", "name")
    st.text_input(
        "Name",
        key="runs-name",
        type="search",
        placeholder="Search by name",
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=url_state.save,
        args=("runs-name", "name"),
    )
    url_state.load("runs-status", "status", "", ("", *STATUSES))
    st.selectbox(
        "Status",
        ["", *STATUSES],
        key="runs-status",
        format_func=lambda name: run_table.STATUS_NAMES.get(name, "Any status"),
        label_visibility="collapsed",
        width=150,
        on_change=url_state.save,
        args=("runs-status", "status"),
    )
    view = url_state.value("view", "active", list(VIEWS))
    written = url_state.value("filter")
    top = url_state.value("top") == "yes"
    count = sum((bool(written), top, view == "deleted"))
    label = f"Filter · {count}" if count else "Filter"
    with st.popover(label, icon=":material/filter_alt:", key="runs-more-filters"):
        _more()
    wanted = RunFilter(url_state.value("name"), url_state.value("status"), written, top)
    return wanted, view


def _more() -> None:
    url_state.load("runs-filter", "filter")
    st.text_input(
        "Filter",
        key="runs-filter",
        placeholder="metrics.accuracy > 0.9 AND params.optimizer = 'sgd'",
        width=460,
        on_change=url_state.save,
        args=("runs-filter", "filter"),
    )
    st.session_state["runs-top"] = url_state.value("top") == "yes"
    st.toggle("Only top-level runs, no nested ones", key="runs-top", on_change=_save_top)
    url_state.load("runs-view", "view", "active", list(VIEWS))
    st.segmented_control(
        "Show",
        list(VIEWS),
        required=True,
        format_func=lambda view: _VIEW_NAMES[view],
        key="runs-view",
        on_change=url_state.save,
        args=("runs-view", "view", "active"),
    )
    examples()


def examples() -> None:
    """Shows filters to learn from, and how they are joined."""
    st.caption("Examples; join them with AND, OR, NOT and parentheses")
    st.markdown("\n".join(f"- `` {code} ``  \n  :gray[{meaning}]" for code, meaning in EXAMPLES))


def bad_filter(error: ApiError, wanted: RunFilter) -> None:
    """Shows where the mistake in a filter is, and filters that can be read."""
    position = error.facts.get("position")
    # The caret says it better: the position is in the whole sentence, of which this is a part.
    said = error.message.replace(f" (position {position})", "")
    st.error(f"**This filter cannot be read.** {widgets.plain(said)}", icon=":material/filter_alt:")
    if isinstance(position, int):
        st.code(wanted.pointed_at(position), language=None)
    with st.container(border=True):
        examples()
        clear_button()


def clear_button() -> None:
    """Draws the button that takes all filters away."""
    st.button("Clear filters", key="runs-clear", on_click=_clear)


def panes() -> str:
    """Draws the choice of what is shown: the table, the charts, or both."""
    url_state.load("runs-panes", "show", PANES[0], PANES)
    st.segmented_control(
        "What is shown",
        list(PANES),
        required=True,
        format_func=lambda name: _PANE_NAMES[name],
        key="runs-panes",
        label_visibility="collapsed",
        on_change=url_state.save,
        args=("runs-panes", "show", PANES[0]),
    )
    return url_state.value("show", PANES[0], PANES)


def add_value(asked: ValueFilter) -> None:
    """Has the filter ask for runs with, or without, a value that somebody chose in the table."""
    url_state.put("filter", run_filter.with_value(url_state.value("filter"), asked))


def _save_top() -> None:
    url_state.put("top", "yes" if st.session_state["runs-top"] else "")


def _clear() -> None:
    kept = {name: text for name, text in url_state.address().items() if name not in FILTERS}
    url_state.replace(kept)
