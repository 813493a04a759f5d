"""MLflow's answers about runs as data frames and dicts."""

import math
import sys
from collections.abc import Iterable

import pandas as pd

from studio_app.client import Json

PARENT = "mlflow.parentRunId"

_COLUMNS = (
    "run_id",
    "name",
    "status",
    "start",
    "end",
    "seconds",
    "user",
    "parent",
    "source",
    "logged",
)


def run_frame(runs: Iterable[Json]) -> pd.DataFrame:
    """Runs as rows; metrics, params and tags as columns with the prefixes of MLflow's filters.

    Times are milliseconds, the duration is in seconds. `logged` holds the metric columns of
    the run itself: a NaN in one of them was logged, in another it only fills the row.
    """
    frame = pd.DataFrame.from_records([_row(found) for found in runs])
    for column in _COLUMNS:
        if column not in frame:
            frame[column] = None
    return frame


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


def _row(found: Json) -> Json:
    info, data = found["info"], found.get("data", {})
    tags = pairs_of(data.get("tags"))
    start, end = started(info), info.get("end_time") or None
    row: Json = {
        "run_id": info["run_id"],
        "name": info.get("run_name") or info["run_id"],
        "status": info.get("status", ""),
        "start": start,
        "end": end,
        "seconds": None if start is None or end is None else (end - start) / 1000,
        "user": tags.get("mlflow.user") or info.get("user_id", ""),
        "parent": tags.get(PARENT, ""),
        "source": tags.get("mlflow.source.name", ""),
    }
    metrics = {f"metrics.{m['key']}": as_number(m.get("value")) for m in data.get("metrics", [])}
    row |= {"logged": frozenset(metrics)} | metrics
    row |= {f"params.{name}": value for name, value in pairs_of(data.get("params")).items()}
    shown = {name: value for name, value in tags.items() if not name.startswith("mlflow.")}
    return row | {f"tags.{name}": value for name, value in shown.items()}


def dataset_of(entry: Json) -> dict[str, str]:
    """A dataset that a run read, as texts; profile and schema are JSON of MLflow."""
    dataset = entry.get("dataset", {})
    return {
        "name": str(dataset.get("name", "")),
        "digest": str(dataset.get("digest", "")),
        "context": pairs_of(entry.get("tags")).get("mlflow.data.context", ""),
        "source_type": str(dataset.get("source_type", "")),
        "profile": str(dataset.get("profile", "")),
        "schema": str(dataset.get("schema", "")),
    }


def pairs_of(pairs: Iterable[Json] | None) -> dict[str, str]:
    """MLflow's lists of key and value as a dict."""
    return {str(pair["key"]): str(pair.get("value", "")) for pair in pairs or ()}
