"""Order, columns and cells of the table of runs."""

import math
import sys
from datetime import UTC

import pandas as pd
import pyarrow as pa
import pytest

from studio_app.api.base import Json
from studio_app.runs.run_frames import as_number, run_frame
from studio_app.runs.table import run_table
from studio_app.runs.table.run_columns import MOST_WITH_VALUES, RunColumns, read
from studio_app.ui import formats
from studio_app.ui.drawn import Buttons

NAN = float("nan")


def _frame(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "run_id": [own for own, _ in rows],
            "name": [own.upper() for own, _ in rows],
            "parent": [parent for _, parent in rows],
        }
    )


@pytest.mark.parametrize(
    ("sort", "by", "ascending"),
    [
        ("start desc", "attributes.start_time", False),
        ("start asc", "attributes.start_time", True),
        ("name asc", "attributes.run_name", True),
        ("seconds desc", "attributes.duration", False),
        ("user asc", "tags.mlflow.user", True),
        ("metrics.test/auc desc", "metrics.test/auc", False),
        ("params.lr asc", "params.lr", True),
        ("metrics.a`; DROP asc", "metrics.a`; DROP", True),
        # An address may say anything: the usual order then.
        ("nonsense,", None, None),
        ("run_id asc", None, None),
        ("metrics. asc", None, None),
        (f"metrics.{'x' * 300} asc", None, None),
        ("", None, None),
    ],
)
def test_the_order_in_the_address_becomes_an_order_of_the_question(
    sort: str, by: str | None, ascending: bool | None
) -> None:
    assert run_table.order(sort) == ([{"by": by, "ascending": ascending}] if by else [])


def test_an_order_has_several_columns_each_once_and_no_more_than_the_api_takes() -> None:
    assert run_table.order("metrics.loss asc,nonsense,start desc,metrics.loss desc") == [
        {"by": "metrics.loss", "ascending": True},
        {"by": "attributes.start_time", "ascending": False},
    ]
    assert len(run_table.order(",".join(f"metrics.m{at} asc" for at in range(9)))) == 5


@pytest.mark.parametrize(
    ("shown", "total", "more", "said"),
    [
        (1, "1", False, "1 run"),
        (1234, "1234", False, "1\u202f234 runs"),
        (100, "1234", True, "The first 100 of 1\u202f234 runs"),
        (300, "10000+", True, "The first 300 of more than 10\u202f000 runs"),
    ],
)
def test_how_many_runs_there_are_is_told(shown: int, total: str, more: bool, said: str) -> None:
    assert run_table.how_many(shown, total, more=more) == said


def test_names_of_nested_runs_are_marked() -> None:
    names = run_table.displayed(_frame(("a", ""), ("b", "a")), [], UTC, 0)["name"].tolist()
    assert names == ["A", "↳ B"]


def test_seeds_dates_and_names_of_digits_are_shown_as_they_were_logged() -> None:
    frame = _frame(*((own, "") for own in "abcd")).assign(
        logged=pd.Series([frozenset({"metrics.seed", "metrics.loss"})] * 3 + [frozenset()])
    )
    frame["params.id"] = ["00120", "120", "20240115", None]
    frame["metrics.seed"] = [1234560.0, 1234561.0, 20240115.0, math.nan]
    frame["metrics.loss"] = [math.nan, math.inf, 0.25, math.nan]
    shown = run_table.displayed(frame, ["params.id", "metrics.seed", "metrics.loss"], UTC, 0)
    assert shown["params.id"].tolist() == ["00120", "120", "20240115", None]
    assert shown["metrics.loss"].tolist() == ["NaN", "∞", "0.25", None]
    config = run_table.configuration(shown, Buttons("open", list("abcd")))
    assert config["metrics.seed"]["type_config"]["format"] == "%s"
    assert config["metrics.loss"]["alignment"] == "right"


def test_a_run_without_a_start_has_not_run_since_1970() -> None:
    frame = run_frame(_answer({"status": "RUNNING", "start_time": 0}))
    shown = run_table.displayed(frame, ["start", "seconds"], UTC, 1_700_000_000_000)
    assert shown["seconds"].tolist() == [formats.MISSING]
    assert shown["start"].isna().all()


def test_what_was_not_logged_is_told_from_nan_and_texts_stay_texts() -> None:
    answer = _answer({"run_name": None}, {}, {}).append_column("metrics.loss", [[None, NAN, 0.5]])
    answer = answer.append_column("params.id", [["00120", None, "1e5"]])
    answer = answer.append_column("tags.mlflow.user", [["bob", None, ""]])
    frame = run_frame(answer)
    assert [set(one) for one in frame["logged"]] == [set(), {"metrics.loss"}, {"metrics.loss"}]
    assert frame["params.id"].tolist() == ["00120", None, "1e5"]
    assert frame["user"].tolist() == ["bob", "somebody", "somebody"]
    assert frame["name"].tolist() == ["0", "run", "run"]
    assert not run_frame(answer.slice(0, 0))["logged"].tolist()


def test_infinity_and_nan_are_read_as_mlflow_stores_them() -> None:
    stored = [sys.float_info.max, -sys.float_info.max, "NaN", 1.5]
    assert str([as_number(value) for value in stored]) == "[inf, -inf, nan, 1.5]"


def test_numbers_logged_as_params_sort_as_numbers_and_a_running_run_counts_on() -> None:
    frame = _frame(("a", ""), ("b", "")).assign(
        status=["RUNNING", "FINISHED"], start=[1000, 2000], seconds=[float("nan"), 3.0]
    )
    frame["params.lr"] = ["0.1", None]
    frame["params.depth"] = ["2", "None"]
    columns = ["seconds", "params.lr", "params.depth", "metrics.gone"]
    shown = run_table.displayed(frame, columns, UTC, 61_000)
    assert shown["seconds"].tolist() == ["1 min 0 s", "3.0 s"]
    assert pd.api.types.is_numeric_dtype(shown["params.lr"])
    assert shown["params.depth"].tolist() == ["2", "None"]
    assert "metrics.gone" not in shown


def test_params_that_differ_are_shown_before_those_that_do_not() -> None:
    known = _columns(("metrics", "m", 2, 2), ("params", "a", 2, 1), ("params", "b", 2, 2))
    assert known.first_choice()[-3:] == ["metrics.m", "params.b", "params.a"]


def test_metrics_of_most_runs_are_shown_first_and_those_of_the_machine_last() -> None:
    known = _columns(
        ("metrics", "system/cpu", 2, 2),
        ("metrics", "rare", 1, 1),
        *(("metrics", f"class_{number}", 2, 2) for number in (10, 1, 2)),
        ("tags", "mlflow.user", 2, 1),
        ("attributes", "status", 2, 1),
    )
    counted = ["metrics.class_1", "metrics.class_2", "metrics.class_10"]
    assert known.first_choice()[4:] == [*counted, "metrics.rare", "metrics.system/cpu"]
    assert known.families["metrics"][:3] == counted
    assert known.families["tags"] == []


def _columns(*found: tuple[str, str, int, int]) -> RunColumns:
    columns = [
        {"kind": kind, "key": key, "runs": runs, "values": values}
        | {"min": None, "max": None, "common": []}
        for kind, key, runs, values in found
    ]
    return read({"runs": 2, "sampled": False, "looked_at": 2, "columns": columns})


def _answer(*runs: dict[str, object]) -> pa.Table:
    usual = {
        "run_name": "run",
        "status": "FINISHED",
        "start_time": 1,
        "end_time": None,
        "user_id": "somebody",
        "parent_run_id": None,
    }
    rows = [{"run_id": str(at), **usual, **run} for at, run in enumerate(runs)]
    return pa.Table.from_pylist(rows)


def test_what_can_be_filtered_by_has_its_commonest_values_in_one_order() -> None:
    def column(kind: str, key: str, values: int, common: list[object]) -> Json:
        seen = {"kind": kind, "key": key, "runs": 4, "values": values, "common": common}
        return seen | {"min": 0.5 if kind == "metrics" else None, "max": None}

    document = {
        "runs": 4,
        "looked_at": 4,
        "columns": [
            column("attributes", "status", 2, [["FINISHED", 3], ["FAILED", 1]]),
            column("metrics", "loss", 1, [[0.5, 4]]),
            column("params", "lr", 3, [["10", 1], ["9", 1], ["0.1", 2]]),
            column("tags", "mlflow.user", 1, [["bob", 4]]),
        ],
    }
    known = read(document)
    assert "tags.mlflow.user" not in known.had
    found = {f"{one.kind}.{one.key}": one for one in known.filterable}
    assert list(found["params.lr"].common) == [("0.1", 2), ("9", 1), ("10", 1)]
    assert list(found["tags.mlflow.user"].common) == [("bob", 4)]
    assert found["metrics.loss"].low == 0.5
    assert not found["metrics.loss"].common, "nobody looks for a metric by its exact value"


def test_of_many_columns_those_with_few_values_keep_them() -> None:
    columns = [
        {"kind": "params", "key": str(at), "runs": 1, "values": at, "common": [["a", 1]]}
        | {"min": None, "max": None}
        for at in range(MOST_WITH_VALUES + 3, 0, -1)
    ]
    known = read({"runs": 1, "looked_at": 1, "columns": columns})
    without = [one.key for one in known.filterable if not one.common]
    assert without == [str(MOST_WITH_VALUES + more) for more in (3, 2, 1)]
