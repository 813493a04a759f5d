"""Order, columns and cells of the table of runs."""

import math
import sys
from datetime import UTC

import pandas as pd
import pytest

from studio_app import formats, run_table
from studio_app.drawn import Buttons
from studio_app.run_frames import as_number, run_frame


def _frame(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "run_id": [own for own, _ in rows],
            "name": [own.upper() for own, _ in rows],
            "parent": [parent for _, parent in rows],
        }
    )


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("start desc", ["attributes.start_time DESC"]),
        ("start asc", ["attributes.start_time ASC"]),
        ("name asc", ["attributes.run_name ASC", "attributes.start_time DESC"]),
        (
            "metrics.test/auc desc",
            ["metrics.`test/auc` DESC", "attributes.start_time DESC"],
        ),
        ("params.lr asc", ["params.`lr` ASC", "attributes.start_time DESC"]),
        ("metrics.a`; DROP asc", ["attributes.start_time DESC"]),
        ("nonsense", ["attributes.start_time DESC"]),
        ("", ["attributes.start_time DESC"]),
    ],
)
def test_the_order_in_the_address_becomes_an_order_of_mlflow(sort: str, order: list[str]) -> None:
    assert run_table.order_by(sort) == order


def test_children_stand_under_their_parents_at_any_depth() -> None:
    found = run_table.nested(_frame(("c", "b"), ("x", ""), ("b", "a"), ("a", "")))
    assert found["run_id"].tolist() == ["x", "a", "b", "c"]
    assert found["depth"].tolist() == [0, 0, 1, 2]


def test_a_child_without_its_parent_and_runs_in_a_circle_are_shown_all_the_same() -> None:
    found = run_table.nested(_frame(("a", "b"), ("b", "a"), ("c", "gone"), ("d", "d")))
    assert sorted(found["run_id"]) == ["a", "b", "c", "d"]


def test_names_are_indented_by_depth() -> None:
    frame = run_table.nested(_frame(("a", ""), ("b", "a"), ("c", "b")))
    names = run_table.displayed(frame, [], UTC, 0)["name"].tolist()
    assert names == ["A", "↳ B", "\u2003↳ C"]


@pytest.mark.parametrize(
    ("depth", "sign"), [(4, "\u2003\u2003\u2003↳ "), (20, "\u2003" * 5 + "↳20 ")]
)
def test_deeply_nested_names_stay_in_view(depth: int, sign: str) -> None:
    frame = _frame(("a", "b")).assign(depth=[depth])
    assert run_table.displayed(frame, [], UTC, 0)["name"].tolist() == [f"{sign}A"]


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
    info = {"run_id": "a", "status": "RUNNING", "start_time": 0}
    frame = run_frame([{"info": info}])
    shown = run_table.displayed(frame, ["start", "seconds"], UTC, 1_700_000_000_000)
    assert shown["seconds"].tolist() == [formats.MISSING]
    assert shown["start"].isna().all()


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
    frame = pd.DataFrame({"params.a": ["1", "1"], "params.b": ["1", "2"], "metrics.m": [1.0, 2.0]})
    assert run_table.first_choice(frame)[-3:] == ["metrics.m", "params.b", "params.a"]
