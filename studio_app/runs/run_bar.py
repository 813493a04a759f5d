"""The bar over the table of runs: filters, columns and order, all kept in the address."""

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError
from studio_app.runs import run_table
from studio_app.runs.run_columns import RunColumns
from studio_app.runs.run_filter import EXAMPLES, RunFilter
from studio_app.runs.tracking import STATUSES, VIEWS
from studio_app.ui import url_state, widgets

# What an error says the reason is when a filter has a mistake.
MISTAKES = ("filter", "filter_too_large")

_FILTERS = ("name", "status", "filter", "top", "view")
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


def columns(known: RunColumns, key: str) -> list[str]:
    """Draws the choice of columns; it is remembered for each experiment in this tab."""
    found = known.families
    every = [*run_table.ATTRIBUTES, *found["metrics"], *found["params"], *found["tags"]]
    kept = st.session_state.get(f"runs-columns-{key}") or known.first_choice()
    widget = f"runs-columns-choice-{key}"
    with st.popover("Columns", icon=":material/view_column:", key="runs-columns"):
        chosen = st.multiselect(
            "Columns, in this order",
            every,
            default=[name for name in kept if name in every],
            format_func=run_table.column_label,
            key=widget,
            width=420,
        )
        with st.container(horizontal=True):
            for label, picked in (
                ("All", every),
                ("Metrics only", ["status", *found["metrics"]]),
                ("Usual", known.first_choice()),
            ):
                st.button(label, key=f"columns-{label}", on_click=_put, args=(widget, picked))
    session.remember(f"runs-columns-{key}", chosen)
    return chosen


def sorting(known: RunColumns) -> None:
    """Draws the order: of all runs, not only of those that are loaded."""
    found = known.families
    choice = [*run_table.SORTABLE, *found["metrics"], *found["params"]]
    column, _, way = url_state.value("sort", run_table.NEWEST_FIRST).rpartition(" ")
    st.session_state["runs-sort"] = column if column in choice else "start"
    label = run_table.column_label(st.session_state["runs-sort"])
    arrow = "arrow_upward" if way == "asc" else "arrow_downward"
    with st.popover(label, icon=f":material/{arrow}:", key="runs-sorting"):
        st.selectbox(
            "Sort by",
            choice,
            key="runs-sort",
            format_func=run_table.column_label,
            on_change=_save_sort,
        )
        st.session_state["runs-way"] = "asc" if way == "asc" else "desc"
        st.segmented_control(
            "Direction",
            ["desc", "asc"],
            required=True,
            format_func=lambda name: "Largest first" if name == "desc" else "Smallest first",
            key="runs-way",
            on_change=_save_sort,
        )


def _save_sort() -> None:
    sort = f"{st.session_state['runs-sort']} {st.session_state['runs-way']}"
    url_state.put("sort", sort, run_table.NEWEST_FIRST)


def _save_top() -> None:
    url_state.put("top", "yes" if st.session_state["runs-top"] else "")


def _clear() -> None:
    for name in _FILTERS:
        url_state.put(name, "")


def _put(key: str, value: list[str]) -> None:
    st.session_state[key] = value
