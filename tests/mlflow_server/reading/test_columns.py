"""Which columns there are, counted exactly or by a sample that says so."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest

from mlflow_server.reading import selection

LARGEST = 1.7976931348623157e308


def listed(fraud: Any, **question: Any) -> dict[tuple[str, str], dict[str, Any]]:
    found = fraud.room.ask("/runs/columns", **question).json
    return {(one["kind"], one["key"]): one for one in found["columns"]}


def test_columns_are_counted_as_the_runs_have_them(fraud: Any) -> None:
    answer = fraud.room.ask("/runs/columns", view="all").json
    assert (answer["runs"], answer["sampled"]) == (len(fraud.odd.all), False)
    found = listed(fraud, view="all")
    for kind in ("metrics", "params", "tags"):
        runs: Counter[str] = Counter()
        for run in fraud.odd.all:
            runs.update(list(getattr(run.data, kind)))
        told = {key: one["runs"] for (of, key), one in found.items() if of == kind}
        # MLflow leaves a tag without a value out.
        told = {key: number for key, number in told.items() if (kind, key) != ("tags", "50%")}
        runs.pop("50%", None) if kind == "tags" else None
        assert told == runs


def test_values_are_told_with_how_many_runs_have_them(fraud: Any) -> None:
    values = Counter(run.data.params["a b"] for run in fraud.odd.all if "a b" in run.data.params)
    one = listed(fraud, view="all")["params", "a b"]
    assert one["values"] == len(values)
    assert one["runs"] == values.total()
    assert len(one["common"]) == min(10, len(values))
    assert dict(map(tuple, one["common"])).items() <= dict(values).items()
    counts = [times for _, times in one["common"]]
    assert counts == sorted(counts, reverse=True)


def test_a_range_is_of_finite_numbers(fraud: Any) -> None:
    kept = [run.data.metrics.get("val/loss") for run in fraud.odd.all]
    finite = [one for one in kept if one is not None and abs(one) < LARGEST]
    one = listed(fraud, view="all")["metrics", "val/loss"]
    assert (one["min"], one["max"]) == (min(finite), max(finite))
    shown = dict(map(tuple, one["common"]))
    if any(one is not None and math.isnan(one) for one in kept):
        assert shown["NaN"] == sum(one is not None and math.isnan(one) for one in kept)


def test_attributes_are_columns_too(fraud: Any) -> None:
    found = listed(fraud, view="all")
    statuses = Counter(run.info.status for run in fraud.odd.all)
    assert dict(map(tuple, found["attributes", "status"]["common"])) == dict(statuses)
    assert found["attributes", "start_time"]["min"] == min(
        run.info.start_time for run in fraud.odd.all
    )


def test_more_runs_are_told_from_a_sample(fraud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "SAMPLE", 10)
    answer = fraud.room.ask("/runs/columns", view="all", exact_up_to=20).json
    assert (answer["runs"], answer["sampled"]) == (len(fraud.odd.all), True)
    assert 5 <= answer["looked_at"] <= 10
    assert max(one["runs"] for one in answer["columns"]) <= answer["looked_at"]


def test_a_sample_is_no_larger_than_what_would_be_counted(fraud: Any) -> None:
    answer = fraud.room.ask("/runs/columns", view="all", exact_up_to=8).json
    assert answer["sampled"]
    assert 4 <= answer["looked_at"] <= 8


def test_more_than_ten_thousand_runs_are_never_counted_one_by_one(fraud: Any) -> None:
    answer = fraud.room.ask("/runs/columns", exact_up_to=10_001)
    assert answer.status == 400
    assert "exact_up_to" in answer.json["message"]


def test_nothing_of_another_workspace_is_in_columns(fraud: Any) -> None:
    for question in (
        {},
        {"experiments": [fraud.secret_experiment]},
        {"runs": [fraud.secret_run]},
    ):
        found = listed(fraud, view="all", **question)
        assert not [key for _, key in found if "secret" in key]
    answer = fraud.room.ask("/runs/columns", experiments=[fraud.secret_experiment]).json
    assert answer == {"runs": 0, "sampled": False, "looked_at": 0, "columns": []}
