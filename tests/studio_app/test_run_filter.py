"""The filter form as a sentence of MLflow."""

from studio_app.registry import quoted
from studio_app.run_filter import RunFilter


def test_an_empty_form_asks_for_nothing() -> None:
    assert RunFilter().empty
    assert RunFilter().sentence() == ""


def test_every_field_adds_a_part() -> None:
    wanted = RunFilter("forest", "FAILED", " metrics.a > 1 ", top_level=True)
    assert wanted.sentence() == (
        "attributes.run_name ILIKE '%forest%' AND attributes.status = 'FAILED' AND "
        "tags.`mlflow.parentRunId` IS NULL AND metrics.a > 1"
    )


def test_a_status_that_does_not_exist_is_left_out() -> None:
    assert RunFilter(status="x' OR 1=1").sentence() == ""


def test_a_quote_in_a_name_cannot_end_the_value() -> None:
    assert quoted("it's") == '"it\'s"'
    assert quoted("plain") == "'plain'"
    assert quoted("both ' and \"") == "'both  and \"'"
