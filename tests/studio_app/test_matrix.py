"""The matrix of roles as a table: what the API said, what was edited, what a spreadsheet gets."""

import pandas as pd

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
