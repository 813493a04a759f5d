"""Experiments and models have names all of whose letters people see."""

# ruff: noqa: RUF001 (names in other scripts are what this is about)

from __future__ import annotations

from typing import Any

import pytest

from content import done
from people import Person, Reply
from recording import SLUG, NarrowProxy

HIDDEN = ("fr\u202eaud", "fra\u200bud", "\ufefffraud", "fr\u2067aud", "fra\u200dud")
ROWS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("experiments/create", "name", {}),
    ("experiments/update", "new_name", {"experiment_id": "1"}),
    ("registered-models/create", "name", {}),
    ("registered-models/rename", "new_name", {"name": "fraud"}),
)


def refused(reply: Reply) -> bool:
    return (reply.status, reply.json["reason"]) == (400, "invisible_letter")


@pytest.mark.parametrize("name", HIDDEN, ids=ascii)
@pytest.mark.parametrize(("path", "field", "more"), ROWS)
def test_a_name_that_hides_or_turns_a_letter_is_refused(
    proxy: NarrowProxy, path: str, field: str, more: dict[str, Any], name: str
) -> None:
    for spelling in {field, field.replace("new_name", "newName")}:
        assert refused(proxy.alice.mlflow(SLUG, "POST", path, {**more, spelling: name}))
    assert not proxy.upstream.seen


def test_names_in_every_script_and_names_of_runs_pass(alice: Person, project: str) -> None:
    for name in ("می\u200cخواهم", "क्\u200dष", "❤\ufe0f", "Größe 李"):
        done(alice.mlflow(project, "POST", "experiments/create", {"name": name}))
    made = done(alice.mlflow(project, "POST", "experiments/create", {"name": "plain"}))
    # A run's name is its author's own; Studio spells out what would turn the page around it.
    body = {"experiment_id": made["experiment_id"], "run_name": "👩\u200d🔬 \u202erun"}
    done(alice.mlflow(project, "POST", "runs/create", body))
