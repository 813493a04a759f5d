"""The card that a model or a version begins with."""

import pandas as pd
import pytest

from studio_app.models import model_card
from studio_app.models.version_record import VersionRecord
from studio_app.runs.tracking import Run


def record(metrics: dict[str, float], datasets: list[dict[str, str]]) -> VersionRecord:
    """A version of a run with these metrics and datasets."""
    frame = pd.DataFrame({"key": list(metrics), "value": list(metrics.values())})
    run = Run(info={"run_id": "1f2e"}, metrics=frame, params={}, tags={}, datasets=datasets)
    return VersionRecord("1", "", run, None, None, None, "")


def test_a_card_begins_with_what_is_known_of_the_version() -> None:
    text = model_card.template(record({"auc": 0.9}, [{"name": "train", "digest": "d1"}]))
    assert "| auc | 0.9 |" in text
    assert "- train (d1)" in text
    assert "## Limits" in text
    assert "| Metric |" not in model_card.template()


def test_names_in_a_template_are_only_text() -> None:
    odd = "a|b ![x](https://evil.example)"
    text = model_card.template(record({odd: 1.0}, [{"name": odd, "digest": "{data}"}]))
    assert "| a\\|b !\\[x\\](https\\://evil.example) | 1 |" in text
    assert "- a|b !\\[x\\](https\\://evil.example) ({data})" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Churn\n\n## Use\nWho *leaves*.\nSoon.\n\n## Data\nAll.", "Who leaves. Soon."),
        ("New.\n\n- a", "New."),
        ("# Only a title", ""),
        ("", ""),
    ],
)
def test_a_card_is_named_by_its_first_words(text: str, said: str) -> None:
    assert model_card.excerpt(text) == said
