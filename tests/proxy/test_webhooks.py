"""Webhooks belong to owners, call the public internet only, and keep to their project."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from conftest import Stack
from content import done
from people import Person, Reply
from processes import SECRET
from recording import Recorder
from uac_api.mlflow.upstream import SECRET_HEADER, WORKSPACE_HEADER

PUBLIC = "https://93.184.216.34/hook"
WORD = "whisper-of-alice"
EVENT = {"entity": "REGISTERED_MODEL", "action": "CREATED"}


def body(**more: object) -> dict[str, object]:
    """A webhook as MLflow's REST takes it."""
    return {"name": uuid.uuid4().hex, "url": PUBLIC, "events": [EVENT], "secret": WORD, **more}


def created(owner: Person, slug: str, **more: object) -> str:
    """A new webhook's id."""
    reply = done(owner.mlflow(slug, "POST", "webhooks", body(**more)))
    return str(reply["webhook"]["webhook_id"])


def listed(owner: Person, slug: str) -> list[dict[str, Any]]:
    """The webhooks of a project."""
    found: list[dict[str, Any]] = done(owner.mlflow(slug, "GET", "webhooks")).get("webhooks", [])
    return found


def attempts(person: Person, slug: str, hook: str) -> list[Reply]:
    """Everything that can be done with webhooks."""
    one = f"webhooks/{hook}"
    return [
        person.mlflow(slug, "GET", "webhooks"),
        person.mlflow(slug, "POST", "webhooks", body()),
        person.mlflow(slug, "GET", one),
        person.mlflow(slug, "PATCH", one, {"description": "taken"}),
        person.mlflow(slug, "POST", f"{one}/test", {}),
        person.mlflow(slug, "DELETE", one),
    ]


def test_an_owner_makes_changes_and_deletes_a_webhook(alice: Person, project: str) -> None:
    hook = created(alice, project, description="news")
    one = f"webhooks/{hook}"
    read = alice.mlflow(project, "GET", one)
    assert done(read)["webhook"]["url"] == PUBLIC
    assert WORD.encode() not in read.body, "the secret never comes back"
    done(alice.mlflow(project, "PATCH", one, {"description": "old news"}))
    assert [hook["description"] for hook in listed(alice, project)] == ["old news"]
    done(alice.mlflow(project, "DELETE", one))
    assert listed(alice, project) == []


@pytest.mark.parametrize("name", ["bob", "carol", "dave"])
def test_nobody_below_an_owner_touches_or_sees_webhooks(
    stack: Stack, alice: Person, project: str, name: str
) -> None:
    hook = created(alice, project)
    before = listed(alice, project)
    for reply in attempts(stack.person(name), project, hook):
        assert (reply.status, reply.json["reason"]) == (403, "role_too_low")
        assert PUBLIC.encode() not in reply.body
    assert listed(alice, project) == before


def test_a_stranger_finds_no_webhook_neither_by_the_project_nor_by_its_id(
    stack: Stack, alice: Person, project: str
) -> None:
    hook = created(alice, project)
    before = listed(alice, project)
    erin = stack.person("erin")
    own = f"e-{uuid.uuid4().hex[:8]}"
    assert erin.studio("POST", "/projects", {"slug": own, "name": own}).status == 201
    for reply in attempts(erin, project, hook):
        assert (reply.status, reply.json["reason"]) == (404, "no_such_project")
    theirs, made, *by_id = attempts(erin, own, hook)
    assert (theirs.status, theirs.json.get("webhooks"), made.status) == (200, None, 200)
    for reply in by_id:
        assert reply.status == 404
        assert PUBLIC.encode() not in reply.body
    assert listed(alice, project) == before


@pytest.mark.parametrize(
    "url", ["http://93.184.216.34/", "https://127.0.0.1/", "https://10.0.0.7/"]
)
def test_an_address_inside_is_refused_when_made_and_when_changed(
    alice: Person, project: str, url: str
) -> None:
    hook = created(alice, project)
    made = alice.mlflow(project, "POST", "webhooks", body(url=url))
    changed = alice.mlflow(project, "PATCH", f"webhooks/{hook}", {"url": url})
    escaped = json.dumps({"url": url}).replace("url", "\\u0075rl").encode()
    kind = {"Content-Type": "application/json"}
    hidden = alice.mlflow(project, "PATCH", f"webhooks/{hook}", raw=escaped, headers=kind)
    for reply in (made, changed, hidden):
        assert (reply.status, reply.json["reason"]) == (400, "webhook_target")
        assert "https://<host>/" in reply.json["message"]
    assert [one["url"] for one in listed(alice, project)] == [PUBLIC]


@pytest.fixture
def receiver() -> Iterator[Recorder]:
    """Something that webhooks call."""
    recorder = Recorder()
    recorder.start()
    yield recorder
    recorder.stop()


def _hook_inside(stack: Stack, slug: str, url: str) -> None:
    """A webhook to this machine, which only somebody behind the gate can make."""
    headers = {SECRET_HEADER: SECRET, WORKSPACE_HEADER: slug}
    target = f"{stack.mlflow.url}/api/2.0/mlflow/webhooks"
    made = urllib3.request("POST", target, json=body(url=url), headers=headers)
    assert made.status == 200, made.data


def _called(receiver: Recorder, path: str) -> list[str]:
    """The models that a webhook was told of."""
    seen = [one for one in list(receiver.seen) if urlsplit(one.target).path == path]
    return [json.loads(one.body)["data"]["name"] for one in seen]


def test_what_happens_in_one_project_is_never_told_to_the_webhook_of_another(
    switched: Stack, receiver: Recorder
) -> None:
    alice = switched.person("alice")
    first, second = switched.new_project(), switched.new_project()
    _hook_inside(switched, first, f"{receiver.url}/first")
    _hook_inside(switched, second, f"{receiver.url}/second")
    for slug, name in ((first, "one"), (second, "two"), (first, "three")):
        done(alice.mlflow(slug, "POST", "registered-models/create", {"name": name}))
    until = time.monotonic() + 15
    while len(receiver.seen) < 3 and time.monotonic() < until:
        time.sleep(0.1)
    assert sorted(_called(receiver, "/first")) == ["one", "three"]
    assert _called(receiver, "/second") == ["two"]
