"""The page of runs in tests: what its table was given, and what a person does with it."""

from __future__ import annotations

import pandas as pd
from streamlit.testing.v1 import AppTest

from laboratory import Lab
from studio_app.runs.table import run_grid

# What a page with a table asks the reading room.
READ = ["runs/columns", "runs/query"]


def table_of(at: AppTest) -> pd.DataFrame:
    """The table as the browser gets it (tests/components.py)."""
    return at.dataframe[0].value


def compared(at: AppTest) -> dict[str, list[str]]:
    """What the comparison was given, by line, of the lines that differ."""
    table = table_of(at)
    return dict(zip(table.index, table.to_numpy().tolist(), strict=True))


def set_state(at: AppTest, lab: Lab, **state: object) -> None:
    """Has the browser send what a person did with the table."""
    at.session_state[run_grid.key(f"{lab.project}-{lab.experiment_id}")] = state


def view_of(*columns: str, **view: object) -> dict[str, object]:
    """An arrangement with these columns behind the name."""
    return {"columns": [{"id": name} for name in ("name", *columns)], **view}


def write_filter(at: AppTest, filter_text: str) -> AppTest:
    """Has somebody write a filter into the line and run it."""
    return at.text_input(key="filter-line").set_value(filter_text).run()
