"""Permissions: administrators change roles in a matrix, and see first who is touched."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from serving import Open, Service, press, text


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Edits one cell of the table, as a click into it would."""

    def cell(name: str, project: str, role: str) -> None:
        def edited(table: pd.DataFrame, **_: Any) -> pd.DataFrame:
            changed = table.copy()
            changed.loc[changed["Name"] == name, project] = role
            return changed

        monkeypatch.setattr(st, "data_editor", edited)

    return cell


def test_others_are_refused_with_a_text_and_see_no_role(studio: Open) -> None:
    for who in ("alice", "carol", "mallory"):
        said = text(studio("permissions", who))
        assert "Only for administrators" in said
        assert "bob" not in said


def test_the_matrix_shows_people_by_projects(studio: Open) -> None:
    at = studio("permissions", "admin")
    assert not at.exception
    (review,) = [button for button in at.button if button.label.startswith("Review")]
    assert (review.label, review.disabled) == ("Review 0 changes", True)


def test_a_change_is_previewed_and_saved(
    studio: Open, service: Service, edit: Callable[[str, str, str], None]
) -> None:
    edit("carol", "fraud", "maintainer")
    at = press(studio("permissions", "admin"), "Review 1 change").run()
    said = text(at)
    assert "viewer → maintainer" in said
    assert "**carol** gain" in said
    assert service.client("carol").project("fraud")["role"] == "viewer"
    press(at, "Review 1 change")
    press(at, "Save all").run()
    assert service.client("carol").project("fraud")["role"] == "maintainer"


def test_a_role_is_taken_away_by_an_empty_cell(
    studio: Open, service: Service, edit: Callable[[str, str, str], None]
) -> None:
    edit("carol", "fraud", "")
    at = press(studio("permissions", "admin"), "Review 1 change").run()
    assert "**carol** lose" in text(at)
    press(at, "Review 1 change")
    press(at, "Save all").run()
    assert service.client("carol").me()["projects"] == []


def test_the_last_owner_stays_and_nothing_can_be_saved(
    studio: Open, service: Service, edit: Callable[[str, str, str], None]
) -> None:
    edit("alice", "fraud", "viewer")
    at = press(studio("permissions", "admin"), "Review 1 change").run()
    assert any("last owner" in error.value for error in at.error)
    save = next(button for button in at.button if button.label == "Save all")
    assert save.disabled
    assert service.client("alice").project("fraud")["role"] == "owner"


def test_nobody_found_is_said(studio: Open) -> None:
    at = studio("permissions", "admin")
    at.text_input(key="matrix-user").input("zzz").run()
    assert "Nobody found" in text(at)
