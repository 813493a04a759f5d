"""Permissions: administrators change roles in a matrix, and see first who is touched."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import components
from laboratory import links
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


def choose(at: AppTest, name: str, project: str, kind: str = "person") -> AppTest:
    """Chooses a cell of the matrix."""
    cell = {"kind": kind, "name": name, "project": project}
    at.session_state["role-matrix"] = {"chosen": cell}
    return at.run()


@pytest.fixture
def matrix(studio: Open, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    """Opens the matrix as an administrator."""
    components.install(monkeypatch)
    return lambda: studio("permissions", "admin")


def test_the_matrix_has_a_letter_for_each_role_and_all_projects(
    matrix: Callable[[], AppTest],
) -> None:
    at = matrix()
    assert not at.exception
    given = components.drawn["role_matrix"]
    assert [one["name"] for one in given["projects"]] == ["Fraud detection", "Vault"]
    cells = {row["name"]: row["cells"] for row in given["rows"]}
    assert (cells["alice"], cells["bob"], cells["admin"]) == ("O ", "C ", " O")
    assert cells["mallory"] == "  "


def test_rows_are_narrowed_to_a_role_and_ordered_by_access(
    matrix: Callable[[], AppTest],
) -> None:
    at = matrix()
    at.selectbox(key="matrix-role").select("viewer").run()
    assert [row["name"] for row in components.drawn["role_matrix"]["rows"]] == ["carol"]
    at.selectbox(key="matrix-role").select("maintainer").run()
    assert "Nobody has this role" in text(at)
    at.selectbox(key="matrix-role").select("").run()
    at.selectbox(key="matrix-order").select("Most access first").run()
    first = [row["name"] for row in components.drawn["role_matrix"]["rows"]][:4]
    assert first == ["admin", "alice", "bob", "carol"]


def test_a_cell_leads_to_why_and_to_its_audit_events(matrix: Callable[[], AppTest]) -> None:
    at = choose(matrix(), "bob", "fraud")
    assert "**bob** in **Fraud detection**, role of their own: **contributor**" in text(at)
    assert ("why", "project=fraud&user=bob") in links(at)
    assert ("audit", "project=fraud&about=bob&period=years") in links(at)


def test_a_cell_of_a_project_that_is_not_shown_says_nothing(
    matrix: Callable[[], AppTest],
) -> None:
    assert "Choose a cell" in text(choose(matrix(), "bob", "none"))


def test_the_role_of_a_cell_is_previewed_and_saved(
    matrix: Callable[[], AppTest], service: Service
) -> None:
    at = press(choose(matrix(), "carol", "fraud"), "Change role").run()
    at.selectbox(key="matrix-role-person-carol-fraud").select("maintainer")
    press(at, "Change role").run()
    assert "**carol** gain" in text(at)
    assert service.client("carol").project("fraud")["role"] == "viewer"
    press(at, "Change role")
    press(at, "Save").run()
    assert service.client("carol").project("fraud")["role"] == "maintainer"


def test_the_table_to_edit_has_people_by_projects(studio: Open) -> None:
    at = studio("permissions", "admin", view="edit")
    assert not at.exception
    (review,) = [button for button in at.button if button.label.startswith("Review")]
    assert (review.label, review.disabled) == ("Review 0 changes", True)


def test_a_change_is_previewed_and_saved(
    studio: Open, service: Service, edit: Callable[[str, str, str], None]
) -> None:
    edit("carol", "fraud", "maintainer")
    at = press(studio("permissions", "admin", view="edit"), "Review 1 change").run()
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
    at = press(studio("permissions", "admin", view="edit"), "Review 1 change").run()
    assert "**carol** lose" in text(at)
    press(at, "Review 1 change")
    press(at, "Save all").run()
    assert service.client("carol").me()["projects"] == []


def test_the_last_owner_stays_and_nothing_can_be_saved(
    studio: Open, service: Service, edit: Callable[[str, str, str], None]
) -> None:
    edit("alice", "fraud", "viewer")
    at = press(studio("permissions", "admin", view="edit"), "Review 1 change").run()
    assert any("last owner" in error.value for error in at.error)
    save = next(button for button in at.button if button.label == "Save all")
    assert save.disabled
    assert service.client("alice").project("fraud")["role"] == "owner"


def test_nobody_found_is_said(studio: Open) -> None:
    at = studio("permissions", "admin", view="edit")
    at.text_input(key="matrix-user").input("zzz").run()
    assert "Nobody found" in text(at)
