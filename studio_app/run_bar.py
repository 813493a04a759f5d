"""The bar over the table of runs: filters, columns and order, all kept in the address."""

import pandas as pd
import streamlit as st

from studio_app import address, run_table, session, widgets
from studio_app.client import ApiError
from studio_app.run_filter import EXAMPLES, RunFilter
from studio_app.tracking import STATUSES, VIEWS

_FILTERS = ("name", "status", "filter", "top", "view")
_VIEW_NAMES = {"active": "Active", "deleted": "Deleted"}


def filters() -> tuple[RunFilter, str]:
    """Draws the filters; the answer is what they ask for, and which view of the runs."""
    address.load("runs-name", "name")
    st.text_input(
        "Name",
        key="runs-name",
        type="search",
        placeholder="Search by name",
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=address.save,
        args=("runs-name", "name"),
    )
    address.load("runs-status", "status", "", ("", *STATUSES))
    st.selectbox(
        "Status",
        ["", *STATUSES],
        key="runs-status",
        format_func=lambda name: run_table.STATUS_NAMES.get(name, "Any status"),
        label_visibility="collapsed",
        width=150,
        on_change=address.save,
        args=("runs-status", "status"),
    )
    view = address.value("view", "active", list(VIEWS))
    written = address.value("filter")
    top = address.value("top") == "yes"
    count = sum((bool(written), top, view == "deleted"))
    label = f"Filter · {count}" if count else "Filter"
    with st.popover(label, icon=":material/filter_alt:", key="runs-more-filters"):
        _more()
    wanted = RunFilter(address.value("name"), address.value("status"), written, top)
    return wanted, view


def _more() -> None:
    address.load("runs-filter", "filter")
    st.text_input(
        "Filter in MLflow's language",
        key="runs-filter",
        placeholder="metrics.accuracy > 0.9 AND params.optimizer = 'sgd'",
        width=460,
        on_change=address.save,
        args=("runs-filter", "filter"),
    )
    st.session_state["runs-top"] = address.value("top") == "yes"
    st.toggle("Only top-level runs, no nested ones", key="runs-top", on_change=_save_top)
    address.load("runs-view", "view", "active", list(VIEWS))
    st.segmented_control(
        "Show",
        list(VIEWS),
        required=True,
        format_func=lambda view: _VIEW_NAMES[view],
        key="runs-view",
        on_change=address.save,
        args=("runs-view", "view", "active"),
    )
    examples()


def examples() -> None:
    """Shows filters to learn from; parts are joined with AND."""
    st.caption("Examples; join them with AND")
    st.markdown("\n".join(f"- `` {code} ``  \n  :gray[{meaning}]" for code, meaning in EXAMPLES))


def bad_filter(error: ApiError) -> None:
    """Shows MLflow's own sentence about a filter, and filters that it does understand."""
    st.error(
        f"**MLflow cannot read this filter.** {widgets.plain(error.message)}",
        icon=":material/filter_alt:",
    )
    with st.container(border=True):
        examples()
        clear_button()


def clear_button() -> None:
    """Draws the button that takes all filters away."""
    st.button("Clear filters", key="runs-clear", on_click=_clear)


def columns(frame: pd.DataFrame, key: str) -> list[str]:
    """Draws the choice of columns; it is remembered for each experiment in this tab."""
    found = run_table.families(frame)
    every = [*run_table.ATTRIBUTES, *found["metrics"], *found["params"], *found["tags"]]
    kept = st.session_state.get(f"runs-columns-{key}") or run_table.first_choice(frame)
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
                ("Usual", run_table.first_choice(frame)),
            ):
                st.button(label, key=f"columns-{label}", on_click=_put, args=(widget, picked))
    session.remember(f"runs-columns-{key}", chosen)
    return chosen


def sorting(frame: pd.DataFrame) -> None:
    """Draws the order; MLflow sorts all runs, not only those that are loaded."""
    found = run_table.families(frame)
    choice = [*run_table.SORTABLE, *found["metrics"], *found["params"]]
    column, _, way = address.value("sort", run_table.NEWEST_FIRST).rpartition(" ")
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
    address.put("sort", sort, run_table.NEWEST_FIRST)


def _save_top() -> None:
    address.put("top", "yes" if st.session_state["runs-top"] else "")


def _clear() -> None:
    for name in _FILTERS:
        address.put(name, "")


def _put(key: str, value: list[str]) -> None:
    st.session_state[key] = value
