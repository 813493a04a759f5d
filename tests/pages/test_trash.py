"""Trash: who sees what was deleted, and who brings it back, with a real MLflow."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from laboratory import Lab, Open, said
from studio_app.models import registry
from studio_app.runs import tracking

pytest_plugins = ("laboratory",)


@pytest.fixture
def emptied(lab: Lab) -> Lab:
    """The project, whose model and whose run `diverged` alice has deleted."""
    alice = lab.client("alice")
    tracking.delete_runs(alice, lab.project, [lab.diverged])
    registry.delete_model(alice, lab.project, lab.model)
    return lab


def buttons(at: AppTest) -> list[str]:
    return [button.label for button in at.main.button]


def models(open_page: Open, lab: Lab, who: str) -> AppTest:
    at = open_page("trash", who, project=lab.project)
    at.main.button_group(key="trash-kind").set_value("models")
    return at.run()


def press(at: AppTest, key: str) -> AppTest:
    """Presses Restore of a row, then agrees; AppTest needs the first pressed again."""
    at.button(key=key).click().run()
    at.button(key=key).click()
    at.button(key="confirm-verb").click()
    return at.run()


def test_a_contributor_sees_deleted_runs_and_brings_them_back(
    emptied: Lab, open_page: Open
) -> None:
    at = open_page("trash", "bob", project=emptied.project)
    seen = said(at)
    assert "diverged" in seen
    assert "run in Grid" in seen
    assert "30 days left" in seen
    assert "After 30 days it goes for good" in seen
    at = press(at, f"restore-runs-{emptied.diverged}")
    assert not at.exception
    assert "No deleted runs" in said(at)
    frame = tracking.runs_by_id(
        emptied.client("bob"), emptied.project, emptied.experiment_id, [emptied.diverged]
    )
    assert len(frame) == 1


def test_who_may_not_delete_sees_it_without_a_button(emptied: Lab, open_page: Open) -> None:
    for who in ("bob", "carol"):
        at = models(open_page, emptied, who)
        assert emptied.model in said(at)
        assert "by alice" in said(at)
        assert "Restore" not in buttons(at)
    assert "Restore" not in buttons(open_page("trash", "carol", project=emptied.project))


def test_an_owner_brings_a_model_back_and_what_is_in_the_way_is_told(
    emptied: Lab, open_page: Open
) -> None:
    alice = emptied.client("alice")
    registry.create_model(alice, emptied.project, emptied.model, "")
    at = models(open_page, emptied, "alice")
    key = next(button.key for button in at.main.button if button.label == "Restore")
    assert key is not None
    at = press(at, key)
    assert "Rename it, then restore" in at.error[0].value
    registry.delete_model(alice, emptied.project, emptied.model)
    at = press(models(open_page, emptied, "alice"), key)
    assert not at.error
    assert registry.model(alice, emptied.project, emptied.model)["aliases"]


def test_strangers_and_administrators_see_nothing_of_it(emptied: Lab, open_page: Open) -> None:
    for who in ("mallory", "admin"):
        at = open_page("trash", who, project=emptied.project)
        assert "No such project for you" in said(at)
        assert "diverged" not in said(at)


def test_an_empty_trash_says_how_long_things_would_stay(project: str, open_page: Open) -> None:
    seen = said(open_page("trash", "carol", project=project))
    assert "No deleted runs" in seen
    assert "30 days" in seen
