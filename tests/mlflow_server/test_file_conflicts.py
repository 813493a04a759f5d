"""An answer that breaks off in MLflow is never ended as if it were whole."""

import json
from typing import Any

import pytest

import loops
from mlflow_server.file_conflicts import WholeAnswers
from telemetry.asgi import Message, Receive, Scope, Send

FILE = "/api/2.0/mlflow-artifacts/artifacts/workspaces/p/1/r/artifacts/a"
START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b"", "more_body": False}


def piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def ask(
    says: list[Message], error: Exception | None = None, *, path: str = FILE, method: str = "GET"
) -> tuple[list[Message], Exception | None]:
    """What is sent, and raised, when MLflow says this and then fails."""
    sent: list[Message] = []

    async def behind(_: Scope, __: Receive, send: Send) -> None:
        for message in says:
            await send(message)
        if error is not None:
            raise error

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "path": path, "method": method, "headers": []}
    try:
        loops.run(WholeAnswers(behind)(scope, receive, send))
    except Exception as raised:
        return sent, raised
    return sent, None


@pytest.mark.parametrize(
    "says",
    [
        [START, piece(b"abc"), piece(b"def"), END],
        [START, piece(b"abc", more=False)],
        [START, END],
        [START, piece(b""), piece(b"abc"), END],
    ],
)
def test_an_answer_goes_out_as_it_is(says: list[Message]) -> None:
    assert ask(says) == (says, None)


def test_a_failure_in_the_middle_has_no_end() -> None:
    failure = OSError(5, "Input/output error")
    assert ask([START, piece(b"abc"), END], failure) == ([START, piece(b"abc")], failure)


def test_a_failure_before_the_first_byte_leaves_the_answer_to_the_server() -> None:
    failure = OSError(5, "Input/output error")
    assert ask([START, END], failure) == ([], failure)


def test_a_failure_elsewhere_is_none_of_its_business() -> None:
    failure = IsADirectoryError(21, "Is a directory")
    for elsewhere in ({"path": "/api/2.0/mlflow/runs/get"}, {"method": "PUT"}):
        assert ask([START, END], failure, **elsewhere) == ([START, END], failure)


def test_a_folder_is_told_as_that_however_it_was_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_server.file_conflicts._root_is_there", lambda: True)
    wrapped = RuntimeError("Caught handled exception, but response already started.")
    wrapped.__cause__ = IsADirectoryError(21, "Is a directory", "/srv/tmp/x")
    for failure in (wrapped, wrapped.__cause__):
        sent, raised = ask([START, END], failure)
        body = json.loads(sent[1]["body"])
        assert (raised, sent[0]["status"], body["reason"]) == (None, 400, "folder")
        assert ("/srv" in body["message"], "directory, not a file" in body["message"]) == (
            False,
            True,
        )
