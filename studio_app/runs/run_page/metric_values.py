"""The metrics of a run as its overview says them: course, last and best values, as logged."""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from ml_studio.run_values import MetricValue, ValuesOptions, are_drawn, run_values
from studio_app.runs.charts import charts_of_run
from studio_app.runs.charts.history import MOST_METRICS, Curves
from studio_app.runs.table.run_columns import by_name
from studio_app.runs.tracking import Run
from studio_app.ui import cells, formats

# A line as wide as a thumb shows no more points.
_DRAWN_POINTS = 100

Point = Mapping[str, Any]


def show(project: str, run: Run) -> None:
    """Draws the metrics, and their courses once the browser shows their values."""
    if run.metrics.empty:
        st.caption("None logged.")
        return
    key = f"run-metrics-{run.run_id}"
    curves = None
    if are_drawn(key):
        own = [name for name in by_name(run.metrics["key"]) if not charts_of_run.is_system(name)]
        # What the charts draw first stands first here, too: their curves are the same.
        curves = charts_of_run.read(project, run, own[:MOST_METRICS], "step")
    rows = values(run, curves)
    said = json.dumps([asdict(row) for row in rows])
    version = hashlib.sha256(said.encode()).hexdigest()
    run_values(key=key, options=ValuesOptions("Metric", version), metrics=rows)


def values(run: Run, curves: Curves | None) -> list[MetricValue]:
    """The metrics of a run, with what their curves say where those were read."""
    points: dict[str, list[Point]] = defaultdict(list)
    for point in curves.points.to_pylist() if curves else ():
        points[point["metric"]].append(point)
    logged = zip(run.metrics["key"], run.metrics["value"], run.metrics["step"], strict=True)
    return [
        _with_course(
            MetricValue(cells.encodable(str(name)), formats.number(value), f"step {step}"),
            points.get(str(name), ()),
        )
        for name, value, step in logged
    ]


def _with_course(row: MetricValue, points: Sequence[Point]) -> MetricValue:
    finite = [point for point in points if _is_finite(point["min"])]
    if finite:
        low = min(finite, key=lambda point: float(point["min"]))
        high = max(finite, key=lambda point: float(point["max"]))
        row = replace(
            row,
            low=formats.number(low["min"]),
            low_step=_step(low),
            high=formats.number(high["max"]),
            high_step=_step(high),
        )
    apart = -(-len(points) // _DRAWN_POINTS) or 1
    last = [point["last"] for point in points[::-1][::apart][::-1]]
    return replace(row, line=[value if _is_finite(value) else None for value in last])


def _step(point: Point) -> str:
    # Of a stretch of values the curve says the last step: the value was reached by then.
    word = "step" if point["count"] == 1 else "by step"
    return f"{word} {formats.number(point['x'])}"


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
