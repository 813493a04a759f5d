"""Who moved an alias of a model, as the audit trail tells it."""

from datetime import UTC
from typing import Any

import pytest

from laboratory import Lab
from studio_app.api.client import ApiError
from studio_app.models import alias_history, registry

pytest_plugins = ("laboratory",)

SET = "POST /api/2.0/mlflow/registered-models/alias"
REMOVE = "DELETE /api/2.0/mlflow/registered-models/alias"
DELETE_VERSION = "DELETE /api/2.0/mlflow/model-versions/delete"
DELETE = "DELETE /api/2.0/mlflow/registered-models/delete"
RENAME = "POST /api/2.0/mlflow/registered-models/rename"


def events(*said: tuple[str, str]) -> list[dict[str, Any]]:
    """Events of operations on targets, in this order."""
    return [
        {"id": place, "at": "2026-01-01T00:00:00Z", "user": "alice", "operation": one, "target": on}
        for place, (one, on) in enumerate(said)
    ]


def told(name: str, *said: tuple[str, str]) -> list[tuple[str, str, str]]:
    """The moves that events tell of: alias, before and after."""
    # The trail answers the newest first.
    found = alias_history.moves(name, events(*said)[::-1])
    return [(move.alias, move.before, move.after) for move in found]


def test_a_move_tells_from_which_version_to_which() -> None:
    assert told(
        "risk",
        (SET, "model risk version 1 alias champion"),
        (SET, "model risk version 1 alias champion"),
        (SET, "model risk version 2 alias champion"),
        (REMOVE, "model risk alias champion"),
    ) == [("champion", "2", ""), ("champion", "1", "2"), ("champion", "", "1")]


@pytest.mark.parametrize(
    "ends",
    [(DELETE_VERSION, "model risk version 1"), (DELETE, "model risk"), (RENAME, "model risk")],
)
def test_an_alias_ends_with_its_version_or_its_model(ends: tuple[str, str]) -> None:
    begin = (SET, "model risk version 1 alias champion")
    after = (SET, "model risk version 2 alias champion")
    assert told("risk", begin, ends, after) == [
        ("champion", "", "2"),
        ("champion", "1", ""),
        ("champion", "", "1"),
    ]


def test_another_version_that_is_deleted_moves_nothing() -> None:
    begin = (SET, "model risk version 1 alias champion")
    assert len(told("risk", begin, (DELETE_VERSION, "model risk version 11"))) == 1


@pytest.mark.parametrize(
    "other",
    [
        (SET, "model risky version 1 alias champion"),
        (SET, "model risk version 3 version 1 alias champion"),
        (SET, "model a risk version 1 alias champion"),
        (REMOVE, "model risk version 3 alias champion"),
        (DELETE, "model risk version 1"),
        ("POST /api/2.0/mlflow/model-versions/transition-stage", "model risk version 1"),
    ],
)
def test_events_of_models_with_similar_names_are_not_this_ones(other: tuple[str, str]) -> None:
    begin = (SET, "model risk version 1 alias champion")
    assert told("risk", begin, other) == [("champion", "", "1")]


def test_a_name_is_no_pattern() -> None:
    assert told("r.*", (SET, "model risk version 1 alias a")) == []
    assert told("r.*", (SET, "model r.* version 1 alias a")) == [("a", "", "1")]


def test_what_is_not_known_is_a_dash() -> None:
    (row,) = alias_history.frame(
        [alias_history.Move("2026-01-01T00:00:00Z", "alice", "a", "", "2")], UTC
    ).to_dict("records")
    assert (row["From"], row["To"], row["Alias"], row["By"]) == ("–", "Version 2", "@a", "alice")  # noqa: RUF001


def test_an_owner_reads_the_moves_and_nobody_else(lab: Lab) -> None:
    alice = lab.client("alice")
    registry.set_alias(alice, lab.project, lab.model, "champion", "2")
    history = alias_history.read(alice, lab.project, lab.model)
    assert [(move.user, move.before, move.after) for move in history.moves] == [
        ("alice", "1", "2"),
        ("alice", "", "1"),
    ]
    assert history.whole
    for stranger in ("bob", "carol", "mallory"):
        with pytest.raises(ApiError):
            alias_history.read(lab.client(stranger), lab.project, lab.model)


def test_older_events_than_are_read_are_not_guessed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alias_history, "_MOST", 1)
    alice = lab.client("alice")
    registry.set_alias(alice, lab.project, lab.model, "champion", "2")
    history = alias_history.read(alice, lab.project, lab.model)
    assert [(move.before, move.after) for move in history.moves] == [("", "2")]
    assert not history.whole
