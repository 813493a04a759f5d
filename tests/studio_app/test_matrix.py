"""The matrix of roles as a table: what the API said, what was edited, what a spreadsheet gets."""

import pandas as pd

from ml_studio.role_matrix import MatrixCell, MatrixRow
from studio_app.sharing import matrix
from studio_app.sharing.matrix import Change

PAGE = {
    "people": [
        {
            "username": "bob",
            "groups": ["analysts"],
            "grants": [
                {"project": "fraud", "role": "viewer", "expired": False, "version": 3},
                {"project": "churn", "role": "owner", "expired": True, "version": 2},
            ],
        },
        {"username": "=carol", "groups": [], "grants": []},
    ],
    "groups": [
        {
            "name": "bob",
            "grants": [{"project": "churn", "role": "viewer", "expired": False, "version": 1}],
        }
    ],
}
PROJECTS = ["fraud", "churn"]


def edited(row: int, project: str, role: str | None) -> pd.DataFrame:
    table = matrix.frame(PAGE, PROJECTS)
    table.loc[row, project] = role
    return table


def test_people_and_groups_are_rows_and_a_role_that_has_ended_is_none() -> None:
    rows = matrix.frame(PAGE, PROJECTS).to_dict("records")
    assert rows == [
        {"Name": "bob", "Kind": "person", "Groups": "analysts", "fraud": "viewer", "churn": ""},
        {"Name": "=carol", "Kind": "person", "Groups": "", "fraud": "", "churn": ""},
        {"Name": "bob", "Kind": "group", "Groups": "", "fraud": "", "churn": "viewer"},
    ]


def test_an_untouched_table_has_no_changes() -> None:
    assert matrix.changes(PAGE, matrix.frame(PAGE, PROJECTS), PROJECTS) == []


def test_an_edited_cell_is_a_change_of_the_version_that_was_seen() -> None:
    for table, change in (
        (edited(0, "fraud", "owner"), Change("person", "bob", "fraud", "viewer", "owner", 3)),
        (edited(0, "fraud", None), Change("person", "bob", "fraud", "viewer", "", 3)),
        (edited(1, "churn", "viewer"), Change("person", "=carol", "churn", "", "viewer", None)),
        (edited(2, "churn", "owner"), Change("group", "bob", "churn", "viewer", "owner", 1)),
    ):
        assert matrix.changes(PAGE, table, PROJECTS) == [change]


def test_a_role_that_has_ended_is_given_again_with_its_version() -> None:
    (change,) = matrix.changes(PAGE, edited(0, "churn", "viewer"), PROJECTS)
    assert change == Change("person", "bob", "churn", "", "viewer", 2)


def test_no_name_becomes_a_formula_of_a_spreadsheet() -> None:
    lines = matrix.as_csv(matrix.frame(PAGE, PROJECTS)).splitlines()
    assert lines[0] == "Name,Kind,Groups,fraud,churn"
    assert lines[2] == "'=carol,person,,,"


def test_a_cell_has_the_letter_of_the_strongest_role_small_where_a_group_gives_it() -> None:
    drawn = matrix.rows(PAGE, ["fraud", "churn"])
    assert [(row.name, row.kind, row.cells) for row in drawn] == [
        ("bob", "group", " V"),
        ("bob", "person", "V "),
        ("=carol", "person", "  "),
    ]
    analysts = {"project": "fraud", "role": "owner", "expired": False, "version": 1}
    weaker = {"project": "churn", "role": "viewer", "expired": False, "version": 1}
    page = {**PAGE, "groups": [{"name": "analysts", "grants": [analysts, weaker]}]}
    assert matrix.rows(page, ["fraud", "churn"])[1].cells == "ov"
    assert matrix.rows(page, ["fraud"], role="owner")[1].about == "analysts"
    assert matrix.rows(page, ["fraud"], role="maintainer") == []


def test_who_has_most_stands_first() -> None:
    rows = [MatrixRow(cells, "person", "", cells) for cells in ("VVV", " o ", "  ", "MC ")]
    assert [row.name for row in matrix.most_access_first(rows)] == [" o ", "MC ", "VVV", "  "]


def test_a_chosen_cell_becomes_a_change_of_the_version_that_was_seen() -> None:
    fraud = MatrixCell("person", "bob", "fraud")
    assert matrix.change(PAGE, fraud, "owner") == Change(
        "person", "bob", "fraud", "viewer", "owner", 3
    )
    ended = MatrixCell("person", "bob", "churn")
    assert matrix.change(PAGE, ended, "").before == ""
    stranger = MatrixCell("group", "nobody", "fraud")
    assert matrix.change(PAGE, stranger, "viewer") == Change(
        "group", "nobody", "fraud", "", "viewer", None
    )
