"""Histories of metrics, thinned where they are stored so that no spike is lost (reading.md)."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from studio_app.api.client import Client

Position = Literal["step", "time"]

# A screen is about this many pixels wide: more points cannot be seen.
MOST_POINTS = 1000
# More metrics than this are asked for in several calls.
MOST_METRICS = 50

NUMBERS = ("value", "low", "high", "count", "nonfinite")


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
