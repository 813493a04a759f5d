"""Histories of metrics, thinned where they are stored so that no spike is lost (reading.md)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import pandas as pd
import pyarrow as pa

from studio_app.api.client import Client

Position = Literal["step", "time"]

# A screen is about this many pixels wide: more points cannot be seen.
MOST_POINTS = 1000
# More metrics than this are asked for in several calls.
MOST_METRICS = 50

NUMBERS = ("value", "low", "high", "count", "nonfinite")

# Of more points than these those that are not looked at are forgotten.
_MOST_KEPT = 1_000_000

_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("metric", pa.string()),
        *((name, pa.float64()) for name in ("x", "last", "min", "max")),
        *((name, pa.int64()) for name in ("count", "nonfinite")),
    ]
)


@dataclass(frozen=True)
class Curves:
    """Points as the reading room answers them, and of which metrics of which runs they are."""

    points: pa.Table = field(default_factory=_SCHEMA.empty_table)
    read: frozenset[tuple[str, str]] = frozenset()
    version: str = field(default_factory=partial(secrets.token_hex, 8))


def extend(
    client: Client,
    project: str,
    so_far: Curves,
    run_ids: Sequence[str],
    metrics: Sequence[str],
    axis: str,
) -> Curves:
    """The curves that were read `so_far` on this axis, and what is missing of these.

    At most 100 runs; without a project of any that the person may read. Raises ApiError.
    """
    missing = [
        (run_id, metric)
        for run_id in run_ids
        for metric in metrics
        if (run_id, metric) not in so_far.read
    ]
    if not missing:
        return so_far
    if so_far.points.num_rows > _MOST_KEPT:
        return extend(client, project, Curves(), run_ids, metrics, axis)
    # One question for all: what it has twice is left out.
    runs = list(dict.fromkeys(run_id for run_id, _ in missing))
    keys = list(dict.fromkeys(metric for _, metric in missing))
    tables = [so_far.points]
    for start in range(0, len(keys), MOST_METRICS):
        question = {
            "projects": [project] if project else [],
            "runs": runs,
            "view": "all",
            "metrics": keys[start : start + MOST_METRICS],
            "x": axis,
            "points": MOST_POINTS,
        }
        table = client.metric_curves(question).select(_SCHEMA.names).cast(_SCHEMA)
        pairs = zip(table["run_id"].to_pylist(), table["metric"].to_pylist(), strict=True)
        tables.append(table.filter(pa.array([pair not in so_far.read for pair in pairs])))
    read = so_far.read | {(run_id, metric) for run_id in runs for metric in keys}
    return Curves(pa.concat_tables(tables), read)


def read(
    client: Client, project: str, run_ids: Sequence[str], keys: Sequence[str], position: Position
) -> dict[tuple[str, str], pd.DataFrame]:
    """The histories of these metrics of these runs, by run id and metric: of those that have any.

    Rows have the step or the time (milliseconds), and `value`: as it was logged where `count` is 1,
    else the last of a stretch of `count` values, whose finite ones lie between `low` and `high`.
    `nonfinite` of them are NaN or infinite. At most 100 runs. Raises ApiError.
    """
    found = {}
    for start in range(0, len(keys), MOST_METRICS):
        question = {
            "projects": [project],
            "runs": list(run_ids),
            "view": "all",
            "metrics": list(keys[start : start + MOST_METRICS]),
            "x": position,
            "points": MOST_POINTS,
        }
        table = client.metric_curves(question)
        names = {"x": position, "last": "value", "min": "low", "max": "high"}
        points = table.to_pandas().rename(columns=names)
        for (run_id, key), curve in points.groupby(["run_id", "metric"], sort=False):
            found[str(run_id), str(key)] = curve[[position, *NUMBERS]].reset_index(drop=True)
    return found


def nothing(position: Position) -> pd.DataFrame:
    """The history of a metric that has no value."""
    return pd.DataFrame(columns=[position, *NUMBERS], dtype="float64")
