"""The history of a metric, thinned so that a browser draws it at once and no spike is lost."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from studio_app.client import Client, Json
from studio_app.run_frames import metric_frame
from studio_app.tracking import API

# A screen is about this many pixels wide: more points cannot be seen.
MOST_POINTS = 1000
PAGE = 25_000
MOST_PAGES = 8


def history(client: Client, project: str, run_id: str, key: str) -> pd.DataFrame:
    """One metric of one run as rows of step, time (milliseconds) and value, thinned.

    Reads at most 200,000 points. `frame.attrs["logged"]` is how many were read and
    `frame.attrs["cut"]` is True when there were more.
    """
    metrics: list[Json] = []
    token = ""
    for _ in range(MOST_PAGES):
        answer = client.mlflow(
            project,
            "GET",
            f"{API}/metrics/get-history",
            query={"run_id": run_id, "metric_key": key, "max_results": PAGE, "page_token": token},
        )
        metrics += answer.get("metrics", [])
        token = answer.get("next_page_token") or ""
        if not token:
            break
    full = metric_frame(metrics).drop(columns="key")
    full = full.sort_values(["step", "time"], kind="stable", ignore_index=True)
    frame = thin(full)
    frame.attrs = {"logged": len(full), "cut": bool(token)}
    return frame


def thin(frame: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """At most `most` rows: of each bucket the lowest and the highest value, in their order."""
    if len(frame) <= most:
        return frame.reset_index(drop=True)
    buckets = np.arange(len(frame)) * (most // 2 - 1) // len(frame)
    values = frame["value"].replace([math.inf, -math.inf], math.nan).reset_index(drop=True)
    known = values.dropna()
    groups = known.groupby(buckets[known.index])
    kept = {0, len(frame) - 1, *groups.idxmin(), *groups.idxmax()}
    return frame.iloc[sorted(kept)].reset_index(drop=True)


def smoothed(values: Iterable[float], amount: float) -> list[float]:
    """Values after exponential smoothing with bias correction; `amount` is 0 (none) to 1.

    The first points are weighed as TensorBoard does, so that a curve starts at its own height.
    """
    result: list[float] = []
    last, weight = 0.0, 0.0
    for value in values:
        if not math.isfinite(value):
            result.append(math.nan)
            continue
        last = last * amount + (1 - amount) * value
        weight = weight * amount + (1 - amount)
        result.append(last / weight)
    return result
