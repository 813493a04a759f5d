"""The reading room says which schema it stands on."""

from __future__ import annotations

from typing import Any

from mlflow_server import database
from mlflow_server.reading import schema


def test_the_schema_of_the_installed_mlflow_was_tested() -> None:
    newest = database.revisions()[0]
    assert newest in schema.TESTED
    assert schema.difference(newest) == ""


def test_the_room_names_the_revision_of_its_database(fraud: Any) -> None:
    found = fraud.room.send("GET", "")
    assert found.json == {"revision": database.revisions()[0], "tested": True}


def test_another_revision_is_named() -> None:
    assert schema.describe("abc") == {"revision": "abc", "tested": False}
    assert "has the revision abc" in schema.difference("abc")
