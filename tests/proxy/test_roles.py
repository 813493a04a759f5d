"""Who may do what through the proxy; a refusal leaves everything as it was."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from conftest import Stack
from content import (
    TEXT,
    Content,
    artifact,
    done,
    metrics,
    new_experiment,
    new_trace,
    new_version,
    v3,
)
from people import Person, Reply
from uac_api.access.decisions.roles import Action

# Written by hand from the table of roles in the design, not derived from the code.
MAY = {
    "alice": {"read", "log", "register", "promote", "delete"},
    "dave": {"read", "log", "register", "promote", "delete"},
    "bob": {"read", "log", "register"},
    "carol": {"read"},
    "mallory": set(),
    "admin": set(),
}
STRANGERS = ("mallory", "admin")

Happened = Callable[[], bool]
Act = Callable[[Person], Reply]


@dataclass(frozen=True)
class Try:
    """Something somebody tries, and how alice sees whether it happened."""

    act: Act
    happened: Happened


def read_run(_: Person, c: Content) -> Try:
    seen: list[Reply] = []

    def act(who: Person) -> Reply:
        seen.append(who.mlflow(c.slug, "GET", f"runs/get?run_id={c.run}"))
        return seen[-1]

    return Try(act, lambda: c.run_name.encode() in seen[-1].body)


def read_file(_: Person, c: Content) -> Try:
    seen: list[Reply] = []

    def act(who: Person) -> Reply:
        seen.append(who.ask("GET", artifact(c.slug, f"{c.artifacts}/notes/plan.txt")))
        return seen[-1]

    return Try(act, lambda: seen[-1].body == TEXT)


def log_metric(alice: Person, c: Content) -> Try:
    key = uuid.uuid4().hex
    body = {"run_id": c.run, "key": key, "value": 1.0, "timestamp": 1}
    return Try(
        lambda who: who.mlflow(c.slug, "POST", "runs/log-metric", body),
        lambda: key in metrics(alice, c.slug, c.run),
    )


def log_file(alice: Person, c: Content) -> Try:
    path = artifact(c.slug, f"{c.artifacts}/{uuid.uuid4().hex}.txt")
    return Try(
        lambda who: who.ask("PUT", path, raw=b"hello"),
        lambda: alice.ask("GET", path).status == 200,
    )


def register_model(alice: Person, c: Content) -> Try:
    name = uuid.uuid4().hex
    return Try(
        lambda who: who.mlflow(c.slug, "POST", "registered-models/create", {"name": name}),
        lambda: alice.mlflow(c.slug, "GET", f"registered-models/get?name={name}").status == 200,
    )


def register_version(alice: Person, c: Content) -> Try:
    said = uuid.uuid4().hex
    named = {"source": f"runs:/{c.run}/model", "run_id": c.run, "description": said}

    def happened() -> bool:
        path = "model-versions/search?max_results=1000"
        return said.encode() in alice.mlflow(c.slug, "GET", path).body

    return Try(lambda who: new_version(who, c.slug, c.registered, **named), happened)


def set_alias(alice: Person, c: Content) -> Try:
    alias = f"a{uuid.uuid4().hex}"
    body = {"name": c.registered, "alias": alias, "version": c.version}
    path = f"registered-models/alias?name={c.registered}&alias={alias}"
    return Try(
        lambda who: who.mlflow(c.slug, "POST", "registered-models/alias", body),
        lambda: alice.mlflow(c.slug, "GET", path).status == 200,
    )


def move_stage(alice: Person, c: Content) -> Try:
    made = done(new_version(alice, c.slug, c.registered, source=f"runs:/{c.run}/m", run_id=c.run))
    named = {"name": c.registered, "version": made["model_version"]["version"]}
    body = {**named, "stage": "Production", "archive_existing_versions": False}
    path = f"model-versions/get?name={c.registered}&version={named['version']}"

    def happened() -> bool:
        version = done(alice.mlflow(c.slug, "GET", path))["model_version"]
        return bool(version["current_stage"] == "Production")

    return Try(
        lambda who: who.mlflow(c.slug, "POST", "model-versions/transition-stage", body), happened
    )


def delete_experiment(alice: Person, c: Content) -> Try:
    made = new_experiment(alice, c.slug)

    def happened() -> bool:
        reply = done(alice.mlflow(c.slug, "GET", f"experiments/get?experiment_id={made}"))
        return bool(reply["experiment"]["lifecycle_stage"] == "deleted")

    return Try(
        lambda who: who.mlflow(c.slug, "POST", "experiments/delete", {"experiment_id": made}),
        happened,
    )


def delete_file(alice: Person, c: Content) -> Try:
    path = artifact(c.slug, f"{c.artifacts}/{uuid.uuid4().hex}.txt")
    assert alice.ask("PUT", path, raw=b"hello").status == 200
    return Try(
        lambda who: who.ask("DELETE", path), lambda: alice.ask("GET", path).status in (404, 500)
    )


def delete_version(alice: Person, c: Content) -> Try:
    made = done(new_version(alice, c.slug, c.registered, source=f"runs:/{c.run}/m", run_id=c.run))
    body = {"name": c.registered, "version": made["model_version"]["version"]}
    path = f"model-versions/get?name={c.registered}&version={body['version']}"
    return Try(
        lambda who: who.mlflow(c.slug, "DELETE", "model-versions/delete", body),
        lambda: alice.mlflow(c.slug, "GET", path).status == 404,
    )


def delete_trace(alice: Person, c: Content) -> Try:
    trace = new_trace(alice, c.slug, c.experiment)
    body = {"experiment_id": c.experiment, "request_ids": [trace]}
    return Try(
        lambda who: v3(who, c.slug, "POST", "traces/delete-traces", body),
        lambda: v3(alice, c.slug, "GET", f"traces/{trace}").status == 404,
    )


ATTEMPTS: list[tuple[str, Callable[[Person, Content], Try]]] = [
    ("read", read_run),
    ("read", read_file),
    ("log", log_metric),
    ("log", log_file),
    ("register", register_model),
    ("register", register_version),
    ("promote", set_alias),
    ("promote", move_stage),
    ("delete", delete_experiment),
    ("delete", delete_file),
    ("delete", delete_version),
    ("delete", delete_trace),
]


@pytest.mark.parametrize("username", MAY)
@pytest.mark.parametrize(
    ("action", "prepare"), ATTEMPTS, ids=[prepare.__name__ for _, prepare in ATTEMPTS]
)
def test_the_table_of_roles_holds(
    stack: Stack,
    filled: Content,
    username: str,
    action: str,
    prepare: Callable[[Person, Content], Try],
) -> None:
    attempt = prepare(stack.person("alice"), filled)
    reply = attempt.act(stack.person(username))
    if action in MAY[username]:
        assert reply.status == 200, reply.body
        assert attempt.happened()
        return
    hidden = username in STRANGERS
    assert reply.status == (404 if hidden else 403)
    code = "RESOURCE_DOES_NOT_EXIST" if hidden else "PERMISSION_DENIED"
    assert reply.json["error_code"] == code
    assert reply.json["reason"] == ("no_such_project" if hidden else "role_too_low")
    assert not attempt.happened()


def test_a_token_only_takes_away(stack: Stack, filled: Content) -> None:
    alice = stack.person("alice")
    reader = stack.with_token("alice", actions=frozenset({Action.READ}))
    attempt = log_metric(alice, filled)
    reply = attempt.act(reader)
    assert (reply.status, reply.json["reason"]) == (403, "token_too_narrow")
    assert not attempt.happened()
    assert read_run(alice, filled).act(reader).status == 200


def test_a_viewers_token_with_every_action_is_still_a_viewers(
    stack: Stack, filled: Content
) -> None:
    attempt = log_metric(stack.person("alice"), filled)
    reply = attempt.act(stack.with_token("carol", actions=frozenset(Action)))
    assert (reply.status, reply.json["reason"]) == (403, "role_too_low")
    assert not attempt.happened()


def test_a_refusal_says_the_role_and_whom_to_ask(carol: Person, filled: Content) -> None:
    reply = log_metric(carol, filled).act(carol)
    assert reply.json["message"] == (
        f"The role viewer in project '{filled.slug}' does not include 'log'. "
        "Ask an owner of the project for a higher role."
    )
