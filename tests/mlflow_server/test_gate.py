"""The gate admits ML Studio, and nobody else, to MLflow."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import loops
from mlflow_server.gate import Gate, is_probe
from mlflow_server.secret import FOLLOW_SECONDS, AcceptedSecrets, probe_token
from mlflow_server.settings import GateSettings
from telemetry.asgi import Message, Receive, Scope, Send
from uac_api.mlflow.upstream import Upstream

SECRET = "a-secret-of-more-than-thirty-two-characters"
PREVIOUS = "the-one-before-it-was-just-as-long-as-this"
Headers = Iterable[tuple[bytes, bytes]]


class Recorder:
    """An application behind the gate that remembers what reached it."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"mlflow"})


def ask(
    headers: Headers = (),
    *,
    path: str = "/api/2.0/mlflow/runs/get",
    method: str = "GET",
    kind: str = "http",
) -> tuple[Recorder, list[Message]]:
    behind, sent = Recorder(), []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "path": path, "method": method, "headers": list(headers)}
    loops.run(Gate(behind, [SECRET, PREVIOUS])(scope, receive, send))
    return behind, sent


def body_of(sent: list[Message]) -> dict[str, Any]:
    return dict(json.loads(sent[1]["body"]))


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS])
def test_the_current_and_the_previous_secret_open_the_gate(secret: str) -> None:
    behind, sent = ask([(b"x-mlstudio-upstream", secret.encode())])
    assert sent[0]["status"] == 200
    assert len(behind.scopes) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-mlstudio-upstream", b"")],
        [(b"x-mlstudio-upstream", b"wrong")],
        [(b"x-mlstudio-upstream", SECRET[:-1].encode())],
        [(b"x-mlstudio-upstream", SECRET.encode() + b" ")],
        [(b"x-mlstudio-upstream", "sécret".encode("latin-1"))],
        [(b"x-mlstudio-upstream", SECRET.encode()), (b"x-mlstudio-upstream", b"wrong")],
        [(b"authorization", b"Bearer " + SECRET.encode())],
    ],
)
def test_a_caller_without_exactly_one_right_secret_is_refused(headers: Headers) -> None:
    behind, sent = ask(headers)
    assert sent[0]["status"] == 401
    assert body_of(sent)["error_code"] == "UNAUTHENTICATED"
    assert body_of(sent)["reason"] == "gate"
    assert behind.scopes == []


@pytest.mark.parametrize("path", ["/", "/v1/traces", "/health/", "//health", "/health/../api"])
def test_no_other_path_is_open(path: str) -> None:
    assert ask(path=path)[1][0]["status"] == 401


def test_health_is_open_to_everybody() -> None:
    assert ask(path="/health")[1][0]["status"] == 200
    assert ask(path="/health", method="HEAD")[1][0]["status"] == 200


def test_health_is_open_for_reading_only() -> None:
    assert ask(path="/health", method="POST")[1][0]["status"] == 401


def test_the_secret_does_not_reach_mlflow() -> None:
    accept = (b"accept", b"*/*")
    behind, _ = ask([(b"X-MLStudio-Upstream", SECRET.encode()), accept])
    assert behind.scopes[0]["headers"] == [accept]


def test_not_even_a_wrong_secret_reaches_mlflow_with_a_health_check() -> None:
    behind, _ = ask([(b"x-mlstudio-upstream", b"wrong")], path="/health")
    assert behind.scopes[0]["headers"] == []


def test_a_websocket_without_the_secret_is_closed() -> None:
    behind, sent = ask(kind="websocket")
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert behind.scopes == []


def test_a_websocket_to_health_is_closed_too() -> None:
    assert ask(kind="websocket", path="/health")[1][0]["type"] == "websocket.close"


def test_start_and_stop_are_passed_on() -> None:
    behind, sent = ask(kind="lifespan")
    assert [scope["type"] for scope in behind.scopes] == ["lifespan"]
    assert sent == []


def test_a_refusal_carries_the_request_id() -> None:
    assert body_of(ask([(b"x-request-id", b"abc-1")])[1])["request_id"] == "abc-1"


def test_a_refusal_does_not_repeat_a_malformed_request_id() -> None:
    assert "request_id" not in body_of(ask([(b"x-request-id", b"<script>")])[1])


def test_the_previous_secret_ends_when_its_file_is_emptied(tmp_path: Path) -> None:
    file, moment = tmp_path / "previous", [0.0]
    file.write_text(PREVIOUS)
    environment = {"STUDIO_UPSTREAM_SECRET": SECRET}
    environment["STUDIO_UPSTREAM_SECRET_PREVIOUS_FILE"] = str(file)
    accepted = AcceptedSecrets(GateSettings.load(environment), clock=lambda: moment[0])
    assert list(accepted) == [SECRET, PREVIOUS]
    file.write_text("")
    assert list(accepted) == [SECRET, PREVIOUS], "looked at every few seconds"
    moment[0] += FOLLOW_SECONDS + 1
    assert list(accepted) == [SECRET]
    file.write_text(PREVIOUS)
    moment[0] += FOLLOW_SECONDS + 1
    assert list(accepted) == [SECRET], "what has ended has ended"


def test_a_previous_secret_of_the_environment_stays() -> None:
    both = {"STUDIO_UPSTREAM_SECRET": SECRET, "STUDIO_UPSTREAM_SECRET_PREVIOUS": PREVIOUS}
    moment = [0.0]
    accepted = AcceptedSecrets(GateSettings.load(both), clock=lambda: moment[0])
    moment[0] += FOLLOW_SECONDS + 1
    assert list(accepted) == [SECRET, PREVIOUS]


def test_a_health_check_proves_itself_and_opens_nothing() -> None:
    proof = (b"x-mlstudio-probe", probe_token(SECRET).encode())
    scope: Scope = {"type": "http", "headers": [proof]}
    assert is_probe(scope, [SECRET])
    assert not is_probe(scope, [PREVIOUS])
    assert not is_probe({"type": "http", "headers": [(proof[0], SECRET.encode())]}, [SECRET])
    behind, sent = ask([proof])
    assert sent[0]["status"] == 401
    assert behind.scopes == []
    behind, _ = ask([proof, (b"x-mlstudio-upstream", SECRET.encode())])
    assert behind.scopes[0]["headers"] == [], "nor does it reach MLflow"


def test_the_uac_api_proves_itself_in_the_same_way() -> None:
    upstream = Upstream("http://127.0.0.1:9", SECRET, timeout=1)
    assert upstream.probe_headers == {"X-MLStudio-Probe": probe_token(SECRET)}


def test_a_gate_without_a_secret_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        Gate(Recorder(), [])
