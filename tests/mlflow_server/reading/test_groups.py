"""Statistics of groups are those of all runs, digit by digit."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from mlflow.store.tracking.dbmodels.models import SqlLatestMetric, SqlParam

from mlflow_server.reading import groups
from mlflow_server.reading.groups import summarize

LARGEST = 1.7976931348623157e308
# Student's t of 95 %, from a book.
T95 = {1: 12.7062, 4: 2.7764, 30: 2.0423, 40: 2.0211, 120: 1.9799}


@pytest.fixture(autouse=True)
def _halves_that_both_have_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids of the odd runs begin with 0 to 3."""
    monkeypatch.setattr(groups, "MIDDLE", "2")


def test_groups_are_what_python_counts(fraud: Any) -> None:
    wanted: defaultdict[tuple[Any, ...], list[float]] = defaultdict(list)
    counts: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for run in fraud.odd.all:
        key = (run.data.params.get("opt"), run.info.status)
        counts[key] += 1
        if "val/loss" in run.data.metrics:
            wanted[key].append(run.data.metrics["val/loss"])
    found = fraud.room.runs(
        view="all", group_by=["params.opt", "attributes.status"], metrics=["val/loss"]
    )
    rows = {(row["params.opt"], row["attributes.status"]): row for row in found.table.to_pylist()}
    assert {key: row["count"] for key, row in rows.items()} == counts
    assert found.headers["x-mlstudio-total"] == str(len(counts))
    for key, row in rows.items():
        values = [value for value in wanted[key] if not math.isnan(value)]
        assert row["val/loss.count"] == len(values)
        assert row["val/loss.nan"] == len(wanted[key]) - len(values)
        if not values:
            assert row["val/loss.mean"] is None
            assert row["val/loss.median"] is None
            continue
        real = [math.copysign(math.inf, one) if abs(one) >= LARGEST else one for one in values]
        assert (row["val/loss.min"], row["val/loss.max"]) == (min(real), max(real))
        if all(map(math.isfinite, real)):
            assert row["val/loss.mean"] == pytest.approx(statistics.fmean(real))
            assert row["val/loss.median"] == pytest.approx(statistics.median(real))
            if len(real) > 1:
                assert row["val/loss.std"] == pytest.approx(statistics.stdev(real))


def test_values_around_a_milliard_keep_their_digits(fraud: Any) -> None:
    added = [fraud.add_run() for _ in range(5)]
    values = [1e9 + number * 1e-3 for number in range(5)]
    try:
        for run_id, value in zip(added, values, strict=True):
            metric = SqlLatestMetric(key="big", value=value, timestamp=1, step=1, is_nan=False)
            fraud.log(run_id, metric, SqlParam(key="of", value="big"))
        (row,) = fraud.room.runs(
            filter="params.of = 'big'", group_by=["params.of"], metrics=["big"]
        ).table.to_pylist()
    finally:
        for run_id in added:
            fraud.remove_run(run_id)
    assert row["big.std"] == pytest.approx(statistics.stdev(values), rel=1e-9)
    half = T95[4] * statistics.stdev(values) / math.sqrt(5)
    assert row["big.high"] - row["big.mean"] == pytest.approx(half, rel=1e-3)
    assert row["big.mean"] - row["big.low"] == pytest.approx(half, rel=1e-3)


@pytest.mark.parametrize("freedom", T95)
def test_the_interval_is_students(freedom: int) -> None:
    found = float(groups._student(np.array([freedom]))[0])
    assert found == pytest.approx(T95[freedom], abs=1e-3)


def test_groups_without_values_and_with_infinities_have_what_can_be_said() -> None:
    codes = np.array([0, 0, 2, 3, 3])
    counts, found = summarize(codes, np.array([1.0, np.inf, 5.0, -np.inf, np.inf]), 4)
    assert counts.tolist() == [2, 0, 1, 2]
    assert found["mean"][0] == math.inf
    assert np.isnan(found["std"][[0, 1, 2, 3]]).all()
    assert found["median"][2] == found["mean"][2] == 5.0
    assert np.isnan(found["mean"][[1, 3]]).all()


def test_groups_are_sorted_as_numbers_where_all_are(fraud: Any) -> None:
    added = [fraud.add_run() for _ in range(4)]
    try:
        for run_id, value in zip(added, ("10", "9", "1e-3"), strict=False):
            fraud.log(run_id, SqlParam(key="width", value=value))
        found = fraud.room.runs(runs=added, group_by=["params.width"]).table
    finally:
        for run_id in added:
            fraud.remove_run(run_id)
    assert found["params.width"].to_pylist() == ["1e-3", "9", "10", None]


def test_values_that_differ_in_case_are_groups_of_their_own(fraud: Any) -> None:
    values = {run.data.params.get("a b") for run in fraud.odd.all}
    found = fraud.room.runs(view="all", group_by=["params.a b"]).table["params.a b"].to_pylist()
    assert sorted(map(str, found)) == sorted(map(str, values))


def test_too_many_groups_are_refused(fraud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_GROUPS", 3)
    found = fraud.room.runs(view="all", group_by=["attributes.run_id"])
    assert found.refusal == (400, "group_by")
