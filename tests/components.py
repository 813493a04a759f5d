"""Browser components in tests without a browser: what they were given, and what a person did.

AppTest has no registry of components, so what draws one is replaced. The table is a data frame
then, with the columns and the order in which the browser would get them; what a person did with it
is put into the session under its key, as the browser would send it:

    at.session_state[table_key(lab)] = {"selection": [run_id]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from ml_studio import (
    file_tree,
    log_view,
    marked_text,
    role_matrix,
    run_charts,
    run_comparison,
    run_filter,
    run_updates,
    run_values,
    runs_table,
    trace_tree,
)

COMPONENTS = (
    file_tree,
    log_view,
    marked_text,
    role_matrix,
    run_charts,
    run_comparison,
    run_filter,
    run_updates,
    run_values,
    runs_table,
    trace_tree,
)

# What each component was given last, by its name.
drawn: dict[str, dict[str, Any]] = {}


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what draws components."""
    drawn.clear()
    for module in COMPONENTS:
        monkeypatch.setattr(module, "mount", mount)


def mount(
    name: str,
    *,
    key: str,
    data: Mapping[str, Any],
    callbacks: Mapping[str, Callable[[], None]],
) -> None:
    """Draw a stand-in: a text input for a filter, buttons for what a table asks for."""
    drawn[name] = dict(data)
    if name == run_filter.NAME:
        st.session_state["filter-line"] = data["sentence"]
        st.text_input("Filter", key="filter-line", on_change=_ask, args=(key, callbacks))
    if name == file_tree.NAME:
        _tree(key, data, callbacks)
    if name == run_comparison.NAME:
        st.dataframe(_beside(data))
    if name == marked_text.NAME:
        st.code("\n".join(map(_written, data["lines"])), language=None)
    if name != runs_table.NAME:
        return
    frame, fields = data["frame"], {one["id"]: one["field"] for one in data["columns"]}
    shown = {
        column["id"]: frame[fields[column["id"]]].to_pylist()
        for column in data["view"]["columns"]
        if fields.get(column["id"]) in frame.column_names
    }
    st.dataframe(pd.DataFrame(shown))
    st.button("Read again", key="runs-again", on_click=callbacks["again"])
    if data["more"]:
        st.button("Load more", key="runs-more", on_click=callbacks["more"])


def _tree(key: str, data: Mapping[str, Any], callbacks: Mapping[str, Callable[[], None]]) -> None:
    """A button for each line, and a text input for the search."""
    events = {"file": "choose", "folder": "open", "more": "more"}

    def act(event: str, sent: str) -> None:
        st.session_state[key] = {event: sent}
        callbacks[event]()

    for row in data["rows"]:
        if row["kind"] == "note":
            st.caption(row["name"])
            continue
        name = f"{row['kind']}-{row['path']}"
        args = (events[row["kind"]], row["path"])
        st.button(f"{row['name']} {row['detail']}", key=name, on_click=act, args=args)
    st.text_input(
        "Search",
        key="files-search",
        on_change=lambda: act("search", st.session_state["files-search"]),
    )


def _ask(key: str, callbacks: Mapping[str, Callable[[], None]]) -> None:
    st.session_state[key] = {"sentence": {"text": st.session_state["filter-line"]}}
    callbacks["sentence"]()


def _beside(data: Mapping[str, Any]) -> pd.DataFrame:
    """A line for each thing that differs, a column for each run; values as Python writes them."""
    frame = data["frame"]
    lines: dict[str, list[str]] = {}
    for column in data["columns"]:
        if column["field"] in frame.column_names:
            values = list(map(str, frame[column["field"]].to_pylist()))
            if len(set(values)) > 1:
                lines[column["id"]] = values
    return pd.DataFrame.from_dict(lines, orient="index", columns=frame["run_name"].to_pylist())


def _written(line: Mapping[str, Any]) -> str:
    """A line of a marked text: its sign, and its parts with their kinds."""
    sign = {"added": "+", "removed": "-", "omitted": "…", "": ""}[line["mark"]]
    parts = (
        f"[{one['kind']}: {one['text']}]" if one["kind"] else one["text"] for one in line["parts"]
    )
    return sign + "".join(parts)
