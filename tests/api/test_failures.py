"""Every error of the management API has one shape."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from api.conftest import Caller, Studio
from conftest import Stack
from people import PASSWORD, Person, Reply

SHAPE = {"error_code", "message", "reason", "request_id"}
LIMIT = 1024 * 1024


def error(reply: Reply) -> tuple[int, str, str]:
    """Status, code and reason of an error, whose shape is checked on the way."""
    document = reply.json
    assert set(document) == SHAPE
    assert all(isinstance(value, str) and value for value in document.values())
    assert document["request_id"] == reply.headers["x-request-id"]
    assert reply.headers["content-type"] == "application/json"
    assert document["message"].endswith(".")
    return reply.status, document["error_code"], document["reason"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/nothing", "/users/alice/nothing", "/"])
def test_an_unknown_address_is_404(alice: Caller, method: str, path: str) -> None:
    reply = alice.studio(method, path)
    assert error(reply) == (404, "RESOURCE_DOES_NOT_EXIST", "no_such_address")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/me"), ("PUT", "/projects"), ("POST", "/audit")]
)
def test_a_wrong_method_is_405(alice: Caller, method: str, path: str) -> None:
    assert error(alice.studio(method, path)) == (405, "ENDPOINT_NOT_FOUND", "wrong_method")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{'a': 1}",
        b"\xff\xfe{",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_broken_json_is_400(alice: Caller, raw: bytes) -> None:
    reply = alice.studio("PATCH", "/me", raw=raw)
    assert error(reply) == (400, "INVALID_PARAMETER_VALUE", "broken_json")


def test_json_needs_no_content_type(alice: Caller) -> None:
    reply = alice.studio("PATCH", "/me", raw=b'{"email": "a@example.com"}')
    assert (reply.status, reply.json["email"]) == (200, "a@example.com")


def test_a_body_over_the_limit_is_413_and_one_at_it_is_read(alice: Caller) -> None:
    frame = len(json.dumps({"display_name": ""}))
    within = alice.studio("PATCH", "/me", {"display_name": "x" * (LIMIT - frame)})
    assert error(within) == (400, "INVALID_PARAMETER_VALUE", "invalid_text")
    over = alice.studio("PATCH", "/me", {"display_name": "x" * (LIMIT - frame + 1)})
    assert error(over) == (413, "REQUEST_TOO_LARGE", "too_large")
    assert "1 MiB" in over.json["message"]


def test_a_body_over_the_limit_in_chunks_is_413_on_the_wire(stack: Stack) -> None:
    alice = stack.person("alice")
    headers = {"Transfer-Encoding": "chunked"}
    pieces: Any = (b"x" * 65536 for _ in range(17))
    reply = alice.studio("PATCH", "/me", raw=pieces, headers=headers)
    assert error(reply) == (413, "REQUEST_TOO_LARGE", "too_large")


def test_wrong_fields_are_named_and_their_values_not_repeated(studio: Studio) -> None:
    body = {"username": 7, "password": {"hidden": PASSWORD}, "extra": PASSWORD}
    reply = studio.anonymous().studio("POST", "/sessions", body)
    assert error(reply) == (400, "INVALID_PARAMETER_VALUE", "invalid_fields")
    assert all(f"{name}: " in reply.json["message"] for name in body)
    assert PASSWORD not in reply.json["message"]


def test_an_unexpected_failure_is_500_without_its_inside(studio: Studio, alice: Caller) -> None:
    studio.mlflow.broken = True
    sent = {"Authorization": alice.credential, "X-Request-ID": "broken-1"}
    answer = studio.app.test_client().get("/studio/v1/status", headers=sent)
    document = answer.get_json()
    assert (answer.status_code, document["error_code"]) == (500, "INTERNAL_ERROR")
    assert (set(document), document["request_id"]) == (SHAPE, "broken-1")
    for word in (b"secret-detail", b"Traceback", b"RuntimeError", b".py"):
        assert word not in answer.data


def test_a_401_tells_how_to_sign_in(studio: Studio) -> None:
    reply = studio.anonymous().studio("GET", "/me")
    assert error(reply) == (401, "UNAUTHENTICATED", "wrong_credentials")
    assert reply.headers["www-authenticate"] == 'Bearer realm="ML Studio"'


def test_the_request_id_that_came_goes_back_and_into_the_trail(
    studio: Studio, mallory: Caller
) -> None:
    for path in ("/studio/v1/users", "/projects/fraud/api/2.0/mlflow/experiments/search"):
        reply = mallory.ask("GET", path, headers={"X-Request-ID": f"mine{len(path)}"})
        assert reply.json["request_id"] == reply.headers["x-request-id"] == f"mine{len(path)}"
        assert len(studio.events(request_id=f"mine{len(path)}")) == 1


@pytest.mark.parametrize("offered", ["", "x" * 65, "two words", 'quote"', "é", "a/b"])
def test_a_request_id_of_another_form_is_replaced(alice: Caller, offered: str) -> None:
    reply = alice.studio("GET", "/me", headers={"X-Request-ID": offered})
    assert reply.headers["x-request-id"] != offered
    assert len(reply.headers["x-request-id"]) == 32


def test_denials_are_written_down_with_status_and_reason(
    studio: Studio, bob: Caller, mallory: Caller
) -> None:
    studio.anonymous().studio("GET", "/me")
    mallory.studio("GET", "/users")
    mallory.studio("GET", "/projects/fraud/members")
    bob.studio("PATCH", "/projects/fraud", {"name": "Mine"})
    seen = {(e.user, e.operation, e.project, e.status, e.reason) for e in studio.events()}
    assert seen == {
        ("", "me.read", "", 401, "wrong_credentials"),
        ("mallory", "users.list", "", 403, "administrators_only"),
        ("mallory", "members.list", "fraud", 404, "no_such_project"),
        ("bob", "projects.update", "fraud", 403, "role_too_low"),
    }


def test_mistakes_and_missing_things_are_no_denials(studio: Studio, alice: Caller) -> None:
    alice.studio("GET", "/nothing")
    alice.studio("PATCH", "/me", {"display_name": ""})
    alice.studio("DELETE", "/tokens/unknown")
    assert studio.events() == []


def test_no_line_of_the_log_holds_a_password_or_a_token(stack: Stack) -> None:
    anonymous = Person("", stack.uac.url, "")
    alice = stack.person("alice")
    wrong = "wrong password, never logged"
    opened = anonymous.studio("POST", "/sessions", {"username": "alice", "password": PASSWORD})
    anonymous.studio("POST", "/sessions", {"username": "alice", "password": wrong})
    anonymous.studio("POST", "/sessions", {"username": 7, "password": [wrong]})
    made = alice.studio("POST", "/tokens", {"name": "laptop"})
    program = Person("alice", alice.address, f"Bearer {made.json['token']}")
    program.studio("GET", "/me", headers={"X-Request-ID": "log-line-1"})
    program.mlflow("nowhere", "GET", "experiments/search")
    path, last = f"/tokens/{made.json['token']}", {"X-Request-ID": "log-line-3"}
    program.studio("DELETE", path, headers=last)
    _line_of(stack, "log-line-1")
    _line_of(stack, "log-line-3")
    lines = stack.uac.log.read_text()
    secrets = [opened.json["token"], opened.json["ticket"], made.json["token"], alice.credential]
    words = [PASSWORD, wrong, *(text.split("_", 2)[2] for text in secrets)]
    assert [word for word in words if word in lines] == []


def test_a_line_of_the_log_is_json_with_who_what_and_how_long(stack: Stack) -> None:
    stack.person("mallory").studio("GET", "/users", headers={"X-Request-ID": "log-line-2"})
    line = _line_of(stack, "log-line-2")
    assert {key: line[key] for key in ("method", "path", "status", "person", "reason")} == {
        "method": "GET",
        "path": "/studio/v1/users",
        "status": 403,
        "person": "mallory",
        "reason": "administrators_only",
    }
    assert line["ms"] > 0


def _line_of(stack: Stack, request_id: str) -> dict[str, Any]:
    """The log line of a request; it is written after the answer has left."""
    until = time.monotonic() + 10
    while True:
        lines = stack.uac.log.read_text().splitlines()
        found = [json.loads(line) for line in lines if request_id in line]
        if found or time.monotonic() > until:
            (line,) = found
            return dict(line)
        time.sleep(0.05)
