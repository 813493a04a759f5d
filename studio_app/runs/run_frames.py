"""Answers about runs as data frames and dicts."""

import math
import sys
from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa

from studio_app.api.client import Json

PARENT = "mlflow.parentRunId"

# The statuses of a run that goes on.
GOING = ("RUNNING", "SCHEDULED")
# Answered only where it is asked for (docs/reference/reading.md).
LAST_LOGGED = "attributes.last_logged"
USER, SOURCE = "mlflow.user", "mlflow.source.name"

_HIDDEN = "tags.mlflow."


def asked_columns(columns: Iterable[str]) -> list[str]:
    """What to ask the reading room for, so that the frame has these columns."""
    tags = {"user": f"tags.{USER}", "source": f"tags.{SOURCE}"}
    named = [tags.get(column, column) for column in columns]
    return [
        name
        for name in named
        if name.startswith(("metrics.", "params.", "tags.")) or name == LAST_LOGGED
    ]


def run_frame(table: pa.Table) -> pd.DataFrame:
    """Runs as rows; metrics, params and tags as columns named as in filters.

    Times are milliseconds, the duration is in seconds. `logged` holds the metric columns of
    the run itself: a NaN in one of them was logged, in another it only fills the row.
    """
    read = {name: table.column(name).to_pylist() for name in table.column_names}
    nothing = [None] * table.num_rows
    start = [value or None for value in read["start_time"]]
    end = [value or None for value in read["end_time"]]
    users = zip(read.get(f"tags.{USER}", nothing), read["user_id"], strict=True)
    names = zip(read["run_name"], read["run_id"], strict=True)
    columns: dict[str, object] = {
        "run_id": read["run_id"],
        "name": [name or run_id for name, run_id in names],
        "status": [status or "" for status in read["status"]],
        "start": pd.Series(start, dtype="float64"),
        "end": pd.Series(end, dtype="float64"),
        "seconds": pd.Series(map(_seconds, start, end), dtype="float64"),
        "user": [user or user_id or "" for user, user_id in users],
        "parent": [parent or "" for parent in read["parent_run_id"]],
        "source": [source or "" for source in read.get(f"tags.{SOURCE}", nothing)],
    }
    metrics = [name for name in read if name.startswith("metrics.")]
    rows = zip(*(read[name] for name in metrics), strict=True) if metrics else nothing
    columns["logged"] = [_logged(metrics, row or ()) for row in rows]
    columns |= {name: pd.Series(read[name], dtype="float64") for name in metrics}
    texts = [name for name in read if name.startswith(("params.", "tags."))]
    columns |= {
        name: pd.Series(read[name], dtype="object")
        for name in texts
        if not name.startswith(_HIDDEN)
    }
    return pd.DataFrame(columns)


def started(info: Json) -> int | None:
    """When a run began, in milliseconds; None for a run that was made without a start.

    MLflow stores 0 for such a run, which is no moment of 1970.
    """
    return int(info.get("start_time") or 0) or None


def metric_frame(metrics: Iterable[Json]) -> pd.DataFrame:
    """Metrics as rows of key, value, step and time (milliseconds), by key."""
    records = [
        {
            "key": metric["key"],
            "value": as_number(metric.get("value")),
            "step": int(metric.get("step", 0)),
            "time": int(metric.get("timestamp", 0)),
        }
        for metric in metrics
    ]
    frame = pd.DataFrame.from_records(records, columns=["key", "value", "step", "time"])
    return frame.sort_values("key", ignore_index=True)


def as_number(value: object) -> float:
    """A metric's value as it was logged.

    JSON has no NaN, so MLflow sends its name; and MLflow stores an infinity as the largest
    double of its sign (`SqlAlchemyStore._log_metrics`), which nobody measures.
    """
    try:
        found = float(str(value))
    except ValueError:
        return math.nan
    return math.copysign(math.inf, found) if abs(found) >= sys.float_info.max else found


def dataset_of(entry: Json) -> dict[str, str]:
    """A dataset that a run read, as texts; source, profile and schema are JSON of MLflow."""
    dataset = entry.get("dataset", {})
    return {
        "name": str(dataset.get("name", "")),
        "digest": str(dataset.get("digest", "")),
        "context": pairs_of(entry.get("tags")).get("mlflow.data.context", ""),
        "source_type": str(dataset.get("source_type", "")),
        "source": str(dataset.get("source", "")),
        "profile": str(dataset.get("profile", "")),
        "schema": str(dataset.get("schema", "")),
    }


def pairs_of(pairs: Iterable[Json] | None) -> dict[str, str]:
    """MLflow's lists of key and value as a dict."""
    return {str(pair["key"]): str(pair.get("value", "")) for pair in pairs or ()}


def _logged(metrics: Sequence[str], row: Sequence[float | None]) -> frozenset[str]:
    return frozenset(name for name, value in zip(metrics, row, strict=False) if value is not None)


def _seconds(start: int | None, end: int | None) -> float | None:
    return None if start is None or end is None else (end - start) / 1000
