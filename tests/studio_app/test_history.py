"""Histories of metrics as they are asked for, and their smoothing."""

import math
from typing import cast

import pyarrow as pa

from studio_app.api.base import Json
from studio_app.api.client import Client
from studio_app.runs.charts import history
from studio_app.ui.charts import is_thinned, smoothed


class Curves:
    """The API as it answers a question about curves: twelve points of each."""

    def __init__(self) -> None:
        self.asked: list[Json] = []

    def metric_curves(self, question: Json) -> pa.Table:
        self.asked.append(question)
        rows = [
            {"run_id": run, "metric": key, "x": float(at), "last": 1.0, "min": 0.0, "max": 2.0}
            | {"count": 5 if at else 1, "nonfinite": 0}
            for run in question["runs"]
            for key in question["metrics"]
            for at in range(12)
        ]
        return pa.Table.from_pylist(rows)


def test_the_histories_of_several_runs_and_metrics_are_one_call() -> None:
    api = Curves()
    keys = [f"loss_{number}" for number in range(20)]
    found = history.read(cast("Client", api), "fraud", ["a", "b"], keys, "step")
    assert set(found) == {(run, key) for run in "ab" for key in keys}
    (asked,) = api.asked
    assert (asked["projects"], asked["runs"], asked["metrics"]) == (["fraud"], ["a", "b"], keys)
    assert (asked["points"], asked["x"]) == (1000, "step")
    frame = found["b", "loss_7"]
    assert frame.columns.tolist() == ["step", "value", "low", "high", "count", "nonfinite"]
    assert frame["step"].tolist() == list(range(12))
    assert is_thinned(frame)


def test_more_metrics_than_a_question_takes_are_asked_for_in_several() -> None:
    api = Curves()
    keys = [f"loss_{number}" for number in range(120)]
    found = history.read(cast("Client", api), "fraud", ["a"], keys, "time")
    assert len(found) == 120
    assert [len(asked["metrics"]) for asked in api.asked] == [50, 50, 20]


def test_smoothing_starts_at_the_height_of_the_curve_and_steps_over_nan() -> None:
    found = smoothed([4.0, math.nan, 4.0, 4.0], 0.9)
    assert found[0] == 4.0
    assert math.isnan(found[1])
    assert found[2:] == [4.0, 4.0]
    assert smoothed([1.0, 3.0], 0.0) == [1.0, 3.0]
