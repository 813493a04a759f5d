"""The table of runs: which columns, in which order, and how each is drawn."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, Literal

import pandas as pd
import streamlit as st

from studio_app.api.base import Json
from studio_app.runs.run_frames import GOING, USER
from studio_app.runs.table.run_columns import by_name
from studio_app.ui import cells, formats
from studio_app.ui.drawn import Buttons

ATTRIBUTES = {
    "status": "Status",
    "start": "Started",
    "seconds": "Duration",
    "user": "User",
    "source": "Source",
    "run_id": "Run id",
}

# Attributes that runs are sorted by, and how the API calls them.
SORTABLE = {
    "start": "attributes.start_time",
    "name": "attributes.run_name",
    "status": "attributes.status",
    "seconds": "attributes.duration",
    "user": f"tags.{USER}",
    "experiment": "attributes.experiment_name",
}
NEWEST_FIRST = "start desc"
# What groups alone have: how many runs are in them.
COUNT = "count"

STATUS_NAMES = {
    "FINISHED": "Finished",
    "RUNNING": "Running",
    "SCHEDULED": "Scheduled",
    "FAILED": "Failed",
    "KILLED": "Killed",
}
STATUS_COLOURS = {
    "Finished": "green",
    "Running": "blue",
    "Scheduled": "violet",
    "Failed": "red",
    "Killed": "orange",
}

_ROW_HEIGHT = 33
# MLflow's keys are no longer than 250 characters.
_LONGEST_NAME = 260
# The reading room orders by no more columns.
_MOST_TERMS = 5


def height(rows: int, most: int) -> int | Literal["content"]:
    """The height of a table: as high as its rows, or scrolling when there are more than `most`."""
    return "content" if rows <= most else _ROW_HEIGHT * (most + 1)


def families(frame: pd.DataFrame) -> dict[str, list[str]]:
    """The metric, param and tag columns of a frame, each family by name."""
    return {
        family: by_name(str(name) for name in frame.columns if str(name).startswith(family + "."))
        for family in ("metrics", "params", "tags")
    }


def how_many(shown: int, total: str, *, more: bool) -> str:
    """How many runs are shown, and of how many if there are more; `total` is the API's."""
    if not more:
        return f"{formats.grouped(shown)} run{'' if shown == 1 else 's'}"
    number = formats.grouped(int(total.removesuffix("+")))
    return (
        f"The first {formats.grouped(shown)} of {'more than ' * total.endswith('+')}{number} runs"
    )


def column_label(column: str) -> str:
    """How a column is called where the family is not obvious, such as in a list of all."""
    if column == "name":
        return "Name"
    if column in ATTRIBUTES:
        return ATTRIBUTES[column]
    family, _, name = column.partition(".")
    return f"{name} · {family.removesuffix('s')}"


def order(sort: str) -> list[Json]:
    """The order of a question for `column asc|desc,column asc|desc`.

    Ties are broken, and unknown columns replaced, by newest first.
    """
    return [
        {"by": SORTABLE.get(column, column), "ascending": ascending}
        for column, ascending in terms(sort)
        if column != COUNT
    ]


def terms(sort: str) -> list[tuple[str, bool]]:
    """The columns of an order in an address, each with whether the least comes first."""
    found: dict[str, bool] = {}
    for part in sort.split(","):
        column, _, direction = part.rpartition(" ")
        family, _, name = column.partition(".")
        known = family in {"metrics", "params", "tags"} and name and len(column) <= _LONGEST_NAME
        if column in SORTABLE or column == COUNT or known:
            found.setdefault(column, direction == "asc")
    return list(found.items())[:_MOST_TERMS]


def displayed(
    frame: pd.DataFrame, columns: Sequence[str], where: tzinfo, now: float
) -> pd.DataFrame:
    """The table as it is drawn: nested names marked, local times, metrics and params as logged.

    `now` is in milliseconds: a run that still goes has lasted until then.
    """
    shown = pd.DataFrame({"name": _names(frame)})
    for column in columns:
        if column not in frame:
            continue
        values = frame[column]
        if column == "status":
            shown[column] = [[STATUS_NAMES.get(str(status), str(status))] for status in values]
        elif column == "start":
            shown[column] = local_times(values, where)
        elif column == "seconds":
            shown[column] = [formats.duration(seconds) for seconds in _lasted(frame, now)]
        elif column.startswith("metrics."):
            shown[column] = cells.exact(_measured(frame, column))
        else:
            shown[column] = cells.exact(values.astype("object").where(values.notna(), None))
    return shown


def local_times(milliseconds: "pd.Series", where: tzinfo) -> "pd.Series":
    """Times as the reader's clock showed them; without a zone, for the browser adds its own."""
    times = pd.to_datetime(milliseconds, unit="ms", utc=True)
    return times.dt.tz_convert(where).dt.tz_localize(None)


def configuration(shown: pd.DataFrame, names: Buttons) -> dict[str, Any]:
    """How Streamlit draws each column; the names are the buttons."""
    config: dict[str, Any] = {
        "name": st.column_config.ButtonColumn(
            "Name",
            type="tertiary",
            alignment="left",
            pinned=True,
            key=names.key,
            on_click=names.on_click,
            width=220,
        )
    }
    for column in shown.columns[1:]:
        label = ATTRIBUTES.get(column, column.partition(".")[2])
        if column == "status":
            config[column] = st.column_config.MultiselectColumn(
                label,
                options=list(STATUS_COLOURS),
                color=list(STATUS_COLOURS.values()),
                width=105,
            )
        elif column == "start":
            config[column] = st.column_config.DatetimeColumn(
                label, format="D MMM YYYY, HH:mm", width=150
            )
        elif column == "seconds":
            config[column] = st.column_config.TextColumn(label, width=95, alignment="right")
        else:
            config[column] = cells.configuration(shown[column], label, about=column_label(column))
    return config


def _names(frame: pd.DataFrame) -> list[str]:
    return [
        cells.button(("↳ " if parent else "") + str(name))
        for name, parent in zip(frame["name"], frame["parent"], strict=True)
    ]


def _lasted(frame: pd.DataFrame, now: float) -> "pd.Series[float]":
    going = frame["status"].isin(GOING) & frame["seconds"].isna()
    so_far = (now - pd.to_numeric(frame["start"])) / 1000
    return pd.to_numeric(frame["seconds"]).mask(going, so_far)


def _measured(frame: pd.DataFrame, column: str) -> list[float | None]:
    """The values of a metric, None where a run has none: a NaN that is left was logged."""
    return [
        float(value) if column in logged else None
        for value, logged in zip(frame[column], frame["logged"], strict=True)
    ]
