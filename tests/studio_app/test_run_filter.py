"""The filter form as one sentence."""

from dataclasses import replace

import pytest

from ml_studio.runs_table import ValueFilter
from studio_app.models.registry import quoted
from studio_app.runs.table.run_filter import RunFilter, with_value


def test_an_empty_form_asks_for_nothing() -> None:
    assert RunFilter().empty
    assert RunFilter().sentence() == ""


def test_every_field_adds_a_part() -> None:
    wanted = RunFilter("forest", "FAILED", " metrics.a > 1 ", top_level=True)
    assert wanted.sentence() == (
        "attributes.run_name ILIKE '%forest%' AND attributes.status = 'FAILED' AND "
        "tags.`mlflow.parentRunId` IS NULL AND (metrics.a > 1)"
    )


def test_an_or_in_what_is_written_does_not_undo_the_other_fields() -> None:
    assert RunFilter(written="a OR b").sentence() == "a OR b"
    assert RunFilter(status="FAILED", written="a OR b").sentence() == (
        "attributes.status = 'FAILED' AND (a OR b)"
    )


@pytest.mark.parametrize("wanted", [RunFilter(), RunFilter("x", "FAILED", top_level=True)])
def test_a_caret_stands_below_the_mistake_in_what_was_written(wanted: RunFilter) -> None:
    wanted = replace(wanted, written=" metrics.a < AND b ")
    position = wanted.sentence().index("AND b")
    assert wanted.pointed_at(position) == "metrics.a < AND b\n            ^"
    end = len(wanted.sentence())
    assert wanted.pointed_at(end).splitlines()[1] == " " * len("metrics.a < AND b") + "^"


def test_of_a_long_filter_the_part_with_the_mistake_is_shown() -> None:
    wanted = RunFilter(written="a" * 500 + "!" + "b" * 500)
    line, caret = wanted.pointed_at(500).splitlines()
    assert line[len(caret) - 1] == "!"
    assert line[0] == line[-1] == "…"
    assert len(line) < 110


def test_a_status_that_does_not_exist_is_left_out() -> None:
    assert RunFilter(status="x' OR 1=1").sentence() == ""


def test_a_quote_in_a_name_cannot_end_the_value() -> None:
    assert quoted("it's") == '"it\'s"'
    assert quoted("plain") == "'plain'"
    assert quoted("both ' and \"") == "'both  and \"'"


@pytest.mark.parametrize(
    ("column", "value", "same", "clause"),
    [
        ("params.lr", "00120", True, "params.`lr` = '00120'"),
        ("params.lr rate", "it's", False, 'params.`lr rate` != "it\'s"'),
        ("metrics.test/auc", 0.1, True, "metrics.`test/auc` = 0.1"),
        ("metrics.loss", None, True, "metrics.`loss` IS NULL"),
        ("tags.team", None, False, "tags.`team` IS NOT NULL"),
        ("status", "FAILED", True, "attributes.status = 'FAILED'"),
        ("user", "bob", True, "tags.`mlflow.user` = 'bob'"),
        ("experiment", "Grid", True, "attributes.experiment_name = 'Grid'"),
        ("metrics.loss", float("inf"), True, ""),
        ("metrics.a`b", 1.0, True, ""),
        ("nonsense", "x", True, ""),
    ],
)
def test_a_value_of_the_table_becomes_a_part_of_the_filter(
    column: str, value: str | float | None, same: bool, clause: str
) -> None:
    assert with_value("", ValueFilter(column, value, same)) == clause


def test_a_part_joins_what_was_written_and_is_written_once() -> None:
    failed = ValueFilter("status", "FAILED", True)
    one = with_value("metrics.loss < 1", failed)
    assert one == "metrics.loss < 1 AND attributes.status = 'FAILED'"
    assert with_value(one, failed) == one
    either = with_value("metrics.loss < 1 or params.lr = '1'", failed)
    assert either == "(metrics.loss < 1 or params.lr = '1') AND attributes.status = 'FAILED'"
