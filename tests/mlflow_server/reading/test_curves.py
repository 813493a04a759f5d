"""Curves keep their spikes and their ends, whatever is left out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import Any

import pytest
from mlflow.store.tracking.dbmodels.models import (
    SqlLoggedModel,
    SqlLoggedModelMetric,
    SqlMetric,
    SqlParam,
)
from sqlalchemy import delete
from sqlalchemy.orm import Session

from mlflow_server.reading import histories
from mlflow_server.reading.histories import bucket_width

NOW = 1_790_000_000_000
LARGEST = 1.7976931348623157e308
LONG = 500
SPIKES = {123: 1000.0, 321: -1000.0}


def value_at(step: int) -> float:
    return SPIKES.get(step, math.sin(step / 20))


def point(key: str, step: int, value: float, **more: Any) -> SqlMetric:
    is_nan = math.isnan(value)
    kept = 0.0 if is_nan else max(min(value, LARGEST), -LARGEST)
    fields = {"timestamp": NOW + step * 1000, "step": step, **more}
    return SqlMetric(key=key, value=kept, is_nan=is_nan, **fields)


@pytest.fixture(scope="module")
def logged(fraud: Any) -> Iterator[list[str]]:
    """Three runs with a long curve, one of them with much that is not finite."""
    added = [fraud.add_run(start_time=NOW - number * 5000) for number in range(3)]
    for number, run_id in enumerate(added):
        fraud.log(run_id, *[point("long", step, value_at(step) + number) for step in range(LONG)])
        fraud.log(run_id, SqlParam(key="side", value="left" if number < 2 else "right"))
    # To MySQL the two names are one, and a run has each once.
    fraud.log(added[2], *[point("LONG", LONG + step, 77.0) for step in range(20)])
    odd = {3: math.nan, 4: math.inf, 5: -math.inf, 6: 2.0}
    fraud.log(added[0], *[point("short", step, value) for step, value in odd.items()])
    holes = [point("holes", step, math.nan if step < 100 else 1.0) for step in range(LONG)]
    fraud.log(added[0], *holes)
    same = [point("same", 0, float(at), timestamp=NOW + at) for at in range(LONG)]
    fraud.log(added[0], *same)
    yield added
    for run_id in added:
        fraud.remove_run(run_id)


@pytest.fixture(autouse=True, params=["a statement for each series", "one for all"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long series have a statement each, short ones share one: with the same curves."""
    alone = request.param == "a statement for each series"
    monkeypatch.setattr(histories, "LONG_SERIES", 0 if alone else 10**9)


def curves(fraud: Any, **question: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = fraud.room.ask("/metrics/curves", **question).table.to_pylist()
    return rows


@pytest.mark.parametrize("x", ["step", "time", "relative"])
@pytest.mark.parametrize("points", [10, 37, 499])
def test_buckets_keep_spikes_ends_and_counts(
    fraud: Any, logged: list[str], x: str, points: int
) -> None:
    rows = curves(fraud, runs=logged[:1], metrics=["long"], x=x, points=points)
    assert 5 <= len(rows) <= points
    assert max(row["max"] for row in rows) == 1000.0
    assert min(row["min"] for row in rows) == -1000.0
    assert sum(row["count"] for row in rows) == LONG
    assert [row["x"] for row in rows] == sorted(row["x"] for row in rows)
    scale, offset = {"step": (1, 0), "time": (1000, NOW), "relative": (1000, 0)}[x]
    assert rows[-1]["x"] == (LONG - 1) * scale + offset
    for row in rows:
        step = round((row["x"] - offset) / scale)
        assert row["last"] == pytest.approx(value_at(step))
    assert {(row["run_id"], row["metric"]) for row in rows} == {(logged[0], "long")}


def test_a_short_series_is_given_as_it_is(fraud: Any, logged: list[str]) -> None:
    rows = curves(fraud, runs=logged[:1], metrics=["short"], points=10)
    assert [(row["x"], row["count"], row["nonfinite"]) for row in rows] == [
        (3, 1, 1),
        (4, 1, 1),
        (5, 1, 1),
        (6, 1, 0),
    ]
    assert math.isnan(rows[0]["last"])
    assert [row["last"] for row in rows[1:]] == [math.inf, -math.inf, 2.0]
    assert [row["min"] for row in rows] == [None, None, None, 2.0]
    whole = curves(fraud, runs=logged[:1], metrics=["long"], points=LONG)
    assert [row["last"] for row in whole] == pytest.approx([value_at(at) for at in range(LONG)])


def test_what_is_not_finite_is_counted_apart(fraud: Any, logged: list[str]) -> None:
    rows = curves(fraud, runs=logged[:1], metrics=["holes"], points=20)
    assert sum(row["nonfinite"] for row in rows) == 100
    assert sum(row["count"] for row in rows) == LONG
    assert rows[0]["last"] is None
    assert {row["last"] for row in rows[10:]} == {1.0}


def test_values_at_one_step_are_a_curve_in_time(fraud: Any, logged: list[str]) -> None:
    rows = curves(fraud, runs=logged[:1], metrics=["same"], x="time", points=10)
    assert sum(row["count"] for row in rows) == LONG
    assert rows[-1]["last"] == LONG - 1
    (row,) = curves(fraud, runs=logged[:1], metrics=["same"], points=10)
    assert (row["min"], row["max"], row["count"], row["last"]) == (0, LONG - 1, LONG, LONG - 1)


@pytest.mark.parametrize(
    ("x", "bounds", "steps"),
    [
        ("step", [100, 199], range(100, 200)),
        ("step", [99.5, 101.2], range(100, 102)),
        ("relative", [10_000, 12_000], range(10, 13)),
        ("time", [NOW, NOW + 3000], range(4)),
        ("step", [-1e300, 1e300], range(LONG)),
        ("step", [0.2, 0.8], range(0)),
    ],
)
def test_a_range_leaves_the_rest_out(
    fraud: Any, logged: list[str], x: str, bounds: list[float], steps: range
) -> None:
    rows = curves(fraud, runs=logged[:1], metrics=["long"], x=x, range=bounds, points=1000)
    assert [row["last"] for row in rows] == pytest.approx([value_at(step) for step in steps])


def test_groups_have_the_mean_of_their_runs(fraud: Any, logged: list[str]) -> None:
    rows = curves(fraud, runs=logged, metrics=["long"], points=LONG + 1, group_by=["params.side"])
    left = [row for row in rows if row["params.side"] == "left"]
    right = [row for row in rows if row["params.side"] == "right"]
    assert len(left) == len(right) == LONG
    for step in (0, 123, LONG - 1):
        both = [value_at(step), value_at(step) + 1]
        assert left[step]["x"] == step
        assert left[step]["mean"] == pytest.approx(statistics.fmean(both))
        assert left[step]["std"] == pytest.approx(statistics.stdev(both))
        assert (left[step]["count"], right[step]["count"]) == (2, 1)
        assert right[step]["std"] is None
    thinned = curves(fraud, runs=logged, metrics=["long"], points=10, group_by=["params.side"])
    assert len([row for row in thinned if row["params.side"] == "left"]) <= 10


def test_unlike_names_are_not_mixed(fraud: Any, logged: list[str]) -> None:
    for points in (10, LONG):
        rows = curves(fraud, runs=logged, metrics=["LONG"], points=points)
        assert {row["run_id"] for row in rows} == {logged[2]}
        assert sum(row["count"] for row in rows) == 20
        assert {row["last"] for row in rows} == {77.0}
        rows = curves(fraud, runs=logged[2:], metrics=["long"], points=points)
        assert sum(row["count"] for row in rows) == LONG
        assert 77.0 not in {row["last"] for row in rows}


def test_the_newest_runs_are_taken_where_none_are_named(fraud: Any, logged: list[str]) -> None:
    rows = curves(fraud, filter="params.side = 'left'", metrics=["long"], points=10)
    assert list(dict.fromkeys(row["run_id"] for row in rows)) == logged[:2]


def test_steps_at_the_ends_of_what_can_be_counted(fraud: Any) -> None:
    run_id = fraud.add_run()
    steps = [-(2**63), -5, -1, 0, 1, 5, *range(10, 30), 2**63 - 1]
    try:
        rows = [point("wide", step, 1.0, timestamp=NOW) for step in steps]
        fraud.log(run_id, *rows)
        found = curves(fraud, runs=[run_id], metrics=["wide"], points=10)
        assert sum(row["count"] for row in found) == len(steps)
        assert len(found) <= 10
        assert len(curves(fraud, runs=[run_id], metrics=["wide"], points=100)) == len(steps)
        middle = curves(fraud, runs=[run_id], metrics=["wide"], range=[-5, 5], points=100)
        assert [row["x"] for row in middle] == [-5, -1, 0, 1, 5]
    finally:
        fraud.remove_run(run_id)


@pytest.fixture
def models(fraud: Any) -> Iterator[tuple[str, str]]:
    """A logged model of each project."""
    ids = ("m-1", "m-2")
    engine = fraud.odd.store.engine
    with Session(engine) as session:
        for model, experiment in zip(
            ids, (fraud.odd.experiment, fraud.secret_experiment), strict=True
        ):
            session.add(
                SqlLoggedModel(
                    model_id=model,
                    experiment_id=int(experiment),
                    name="forest",
                    artifact_location="x",
                    creation_timestamp_ms=NOW,
                    last_updated_timestamp_ms=NOW,
                    status=1,
                )
            )
            session.flush()
            for step in range(50):
                session.add(
                    SqlLoggedModelMetric(
                        model_id=model,
                        metric_name="auc",
                        metric_timestamp_ms=NOW + step,
                        metric_step=step,
                        metric_value=float(step),
                        experiment_id=int(experiment),
                        run_id=fraud.secret_run,
                    )
                )
        session.commit()
    yield ids
    with Session(engine) as session:
        for table in (SqlLoggedModelMetric, SqlLoggedModel):
            session.execute(delete(table).where(table.model_id.in_(ids)))
        session.commit()


def test_logged_models_have_curves_of_their_own_project(
    fraud: Any, models: tuple[str, str]
) -> None:
    rows = curves(fraud, models=list(models), metrics=["auc"], points=10)
    assert {row["model_id"] for row in rows} == {models[0]}
    assert (rows[-1]["last"], sum(row["count"] for row in rows)) == (49.0, 50)


def test_nothing_of_another_workspace_is_in_curves(fraud: Any) -> None:
    asked = ["loss", "secret_metric"]
    for question in (
        {"runs": [fraud.secret_run]},
        {"experiments": [fraud.secret_experiment]},
        {"runs": [fraud.secret_run], "group_by": ["attributes.experiment_name"]},
    ):
        answer = fraud.room.ask("/metrics/curves", view="all", metrics=asked, **question)
        assert answer.table.num_rows == 0
        assert answer.headers["x-mlstudio-total"] == "0"
    theirs = fraud.room.ask(
        "/metrics/curves", workspaces=["vault"], runs=[fraud.secret_run], metrics=asked
    )
    assert theirs.table.num_rows == 2


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"metrics": []}, "metrics"),
        ({"metrics": ["a"] * 51}, "metrics"),
        ({"metrics": ["a"], "runs": ["x"] * 101}, "runs"),
        ({"metrics": ["a"], "points": 9}, "points"),
        ({"metrics": ["a"], "points": 10_001}, "points"),
        ({"metrics": ["a"], "x": "epoch"}, "x"),
        ({"metrics": ["a"], "range": [2, 1]}, "range"),
        ({"metrics": ["a"], "range": [1]}, "range"),
        ({"metrics": ["a"], "group_by": ["metrics.a"]}, "group_by"),
    ],
)
def test_bad_questions_are_refused(fraud: Any, question: dict[str, Any], reason: str) -> None:
    assert fraud.room.ask("/metrics/curves", **question).refusal == (400, reason)


@pytest.mark.parametrize("points", [10, 1000, 10_000])
@pytest.mark.parametrize("span", [1, 10, 999, 1000, 1001, 2**63])
def test_a_width_fills_no_more_buckets_than_points(points: int, span: int) -> None:
    for low in (0, 1, 7):
        width = bucket_width(low, low + span - 1, points)
        assert (low + span - 1) // width - low // width + 1 <= points
