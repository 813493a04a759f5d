"""Histories of metrics as they are asked for."""

from typing import cast

import pyarrow as pa

from studio_app.api.base import Json
from studio_app.api.client import Client
from studio_app.runs.charts import history
from studio_app.runs.charts.history import Curves


class Api:
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
    api = Api()
    keys = [f"loss_{number}" for number in range(20)]
    found = history.extend(cast("Client", api), "fraud", Curves(), ["a", "b"], keys, "step")
    assert found.read == {(run, key) for run in "ab" for key in keys}
    (asked,) = api.asked
    assert (asked["projects"], asked["runs"], asked["metrics"]) == (["fraud"], ["a", "b"], keys)
    assert (asked["points"], asked["x"]) == (1000, "step")
    assert found.points.num_rows == 2 * 20 * 12


def test_more_metrics_than_a_question_takes_are_asked_for_in_several() -> None:
    api = Api()
    keys = [f"loss_{number}" for number in range(120)]
    found = history.extend(cast("Client", api), "fraud", Curves(), ["a"], keys, "time")
    assert len(found.read) == 120
    assert [len(asked["metrics"]) for asked in api.asked] == [50, 50, 20]


def test_what_is_taken_out_is_read_again_and_nothing_else_is() -> None:
    api = Api()
    client = cast("Client", api)
    before = history.extend(client, "fraud", Curves(), ["a"], ["acc", "loss"], "step")
    left = history.without(before, [("a", "loss"), ("a", "unknown")])
    assert left.read == {("a", "acc")}
    assert set(left.points["metric"].to_pylist()) == {"acc"}
    again = history.extend(client, "fraud", left, ["a"], ["acc", "loss"], "step")
    assert [asked["metrics"] for asked in api.asked] == [["acc", "loss"], ["loss"]]
    assert again.points.num_rows == before.points.num_rows
    assert again.version != before.version
    assert history.without(before, [("b", "loss")]) is before
