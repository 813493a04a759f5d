"""The filter of the runs page as one sentence."""

import pytest

from ml_studio.runs_table import ValueFilter
from mlflow_server.reading.grammar import parse
from studio_app.models.registry import quoted
from studio_app.runs.table.run_filter import EXAMPLES, joined, sentence, with_value


def test_an_address_without_a_filter_asks_for_nothing() -> None:
    assert sentence({}) == sentence({"filter": "  ", "name": "", "top": "no"}) == ""


def test_every_part_of_an_older_address_is_a_part_of_the_sentence() -> None:
    older = {"name": "forest", "status": "FAILED", "filter": " metrics.a > 1 ", "top": "yes"}
    assert sentence(older) == (
        "metrics.a > 1 AND run_name ILIKE '%forest%' AND status = 'FAILED' "
        "AND tags.mlflow.parentRunId IS NULL"
    )


def test_an_or_in_what_is_written_does_not_undo_the_other_parts() -> None:
    assert sentence({"filter": "a OR b"}) == "a OR b"
    assert sentence({"filter": "a OR b", "status": "FAILED"}) == "(a OR b) AND status = 'FAILED'"


def test_a_status_that_does_not_exist_is_left_out() -> None:
    assert sentence({"status": "x' OR 1=1"}) == ""


@pytest.mark.parametrize(
    "written",
    [
        "params.a = 'this or that'",
        'params.a = "it\'s or"',
        "metrics.`a or b` > 1",
        "(a = 1 OR (b = 2 OR c = 3))",
        "(a = 1) AND (b = ')' OR c = '(')",
    ],
)
def test_only_an_or_at_the_top_takes_brackets(written: str) -> None:
    assert joined(written, "d = 1") == f"{written} AND d = 1"


def test_examples_can_be_read() -> None:
    for example in EXAMPLES:
        assert parse(example.code) is not None


def test_a_quote_in_a_name_cannot_end_the_value() -> None:
    assert quoted("it's") == '"it\'s"'
    assert quoted("plain") == "'plain'"
    assert quoted("both ' and \"") == "'both  and \"'"


@pytest.mark.parametrize(
    ("column", "value", "same", "clause"),
    [
        ("params.lr", "00120", True, "params.lr = '00120'"),
        ("params.lr rate", "it's", False, 'params.`lr rate` != "it\'s"'),
        ("metrics.test/auc", 0.1, True, "metrics.test/auc = 0.1"),
        ("metrics.loss", None, True, "metrics.loss IS NULL"),
        ("tags.team", None, False, "tags.team IS NOT NULL"),
        ("status", "FAILED", True, "status = 'FAILED'"),
        ("user", "bob", True, "tags.mlflow.user = 'bob'"),
        ("experiment", "Grid", True, "experiment_name = 'Grid'"),
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
    assert one == "metrics.loss < 1 AND status = 'FAILED'"
    assert with_value(one, failed) == one
    either = with_value("metrics.loss < 1 or params.lr = '1'", failed)
    assert either == "(metrics.loss < 1 or params.lr = '1') AND status = 'FAILED'"


def test_a_number_that_only_begins_alike_is_another_part() -> None:
    assert with_value("metrics.loss = 0.12", ValueFilter("metrics.loss", 0.1, True)) == (
        "metrics.loss = 0.12 AND metrics.loss = 0.1"
    )
