"""What the OpenAPI document says is what happens, whoever asks and whatever they send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.conftest import ArtifactsStandIn, StandIn, TrashStandIn, open_fraud, settings
from api.reading_room import ReadingStandIn, a_run
from people import CAST, PASSWORD, add_people, basic, session_of, token_of
from uac_api import create_app
from uac_api.access.database import Database
from uac_api.api.services import EXTENSION
from uac_api.migrations import upgrade

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Names that stand for something, so that not every made address is a missing one.
KNOWN = {"slug": ("fraud", "vault"), "username": (*CAST, "mallory"), "name": ("risk",)}
KNOWN |= {"run_id": ("run-1", "run-2"), "model_id": ("m-1",)}
DELETED = {"id": "run-1", "name": "sgd", "inside": "Grid", "at": 1_700_000_000_000}
WHO: dict[str, Callable[[Database], str]] = {
    "the owner": lambda database: session_of(database, "alice", "").credential,
    "a contributor": lambda database: session_of(database, "bob", "").credential,
    "a viewer": lambda database: session_of(database, "carol", "").credential,
    "a stranger": lambda database: session_of(database, "mallory", "").credential,
    "an administrator": lambda database: session_of(database, "admin", "").credential,
    "a token": lambda database: token_of(database, "alice", "").credential,
    "a password": lambda _: basic("alice", PASSWORD),
    "nobody": lambda _: "",
}

# Who is refused before anything is read, or is alice in another way, needs fewer.
CALLS = {"nobody": 3, "a password": 5, "a token": 5, "a stranger": 6}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[OpenAPI]:
    """The application on a database of its own, as much of it may be deleted here."""
    url = f"sqlite:///{tmp_path}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    database.write(open_fraud)
    made = create_app(settings(url))
    here = made.extensions[EXTENSION]
    mlflow = StandIn({"fraud"})
    made.extensions[EXTENSION] = replace(
        here,
        catalog=mlflow,
        deleted=TrashStandIn([DELETED]),
        reading=ReadingStandIn([a_run("fraud", "run-1", loss=0.5)]),
        artifacts=ArtifactsStandIn(),
    )
    yield made
    here.trail.stop()
    here.database.close()
    database.close()


def made_calls(operation: Any) -> st.SearchStrategy[Case[Any]]:
    """Calls of one operation, half of them about things that exist."""
    names = [one.name for one in operation.path_parameters]
    known = {name: st.sampled_from(KNOWN[name]) for name in names if name in KNOWN}

    def named(case: Case[Any], chosen: dict[str, str], *, real: bool) -> Case[Any]:
        if real and case.path_parameters:
            case.path_parameters.update(chosen)
        return case

    made: st.SearchStrategy[Case[Any]] = operation.as_strategy()
    return st.builds(named, made, st.fixed_dictionaries(known), real=st.booleans())


def ask_many(operation: Any, credential: str, calls: int) -> set[int]:
    """Statuses of so many calls of one operation; a wrong answer is an AssertionError."""
    headers = {"Authorization": credential} if credential else {}
    seen: set[int] = set()

    @given(case=made_calls(operation))
    @examples(
        max_examples=calls,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        answer = case.call(headers=headers)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    ask()
    return seen


@pytest.mark.parametrize("who", WHO)
def test_every_answer_is_documented_and_none_is_a_failure_of_ours(app: OpenAPI, who: str) -> None:
    signed_in = {"Authorization": basic("alice", PASSWORD)}
    schema = schemathesis.openapi.from_wsgi("/studio/v1/openapi.json", app, headers=signed_in)
    database = app.extensions[EXTENSION].database
    seen: set[int] = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        # A fresh credential each time: some operations end the one they are asked with.
        answers = ask_many(found.ok(), WHO[who](database), CALLS.get(who, 12))
        # Everybody may know whether the identity provider answers.
        seen |= answers - ({200} if found.ok().path == "/studio/v1/single-sign-on" else set())
    assert 400 in seen or who == "nobody"
    assert (200 in seen) == (who != "nobody"), "nothing was allowed, so little was tried"
