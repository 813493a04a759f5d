"""Asks the reading room in this process, as the UAC API asks it behind the gate."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

import loops
from telemetry.asgi import Message, Receive, Scope, Send

PREFIX = "/mlstudio/reading"


@dataclass
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def table(self) -> pa.Table:
        """The body as a table of Arrow."""
        assert self.status == 200, self.body
        return pa.ipc.open_stream(self.body).read_all()

    @property
    def ids(self) -> list[str]:
        """The ids of the runs, in order."""
        return [str(one) for one in self.table["run_id"].to_pylist()]

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and reason."""
        return self.status, self.json["reason"]


class Room:
    """The reading room over one database."""

    def __init__(self, engine: Engine, seconds: float = 60.0) -> None:
        # Late, so that the warnings of MLflow's own models are the test's to silence.
        from mlflow_server.reading.application import Reading

        self.application = Reading(_elsewhere, seconds, lambda: engine)

    def ask(self, path: str, *, workspaces: list[str] | None = None, **question: Any) -> Answered:
        """Ask as somebody who may read these workspaces."""
        named = ["fraud"] if workspaces is None else workspaces
        return self.send("POST", path, json.dumps({"workspaces": named, **question}).encode())

    def runs(self, **question: Any) -> Answered:
        """Ask for runs."""
        return self.ask("/runs/query", **question)

    def send(self, method: str, path: str, body: bytes = b"") -> Answered:
        """Send a request and collect the answer."""
        answered: list[Answered] = []

        async def scene() -> None:
            answered.append(await exchange(self.application, method, PREFIX + path, body))

        loops.run(scene())
        return answered[0]


async def exchange(
    application: Callable[[Scope, Receive, Send], Awaitable[None]],
    method: str,
    path: str,
    body: bytes,
    wait: Callable[[], Awaitable[None]] | None = None,
) -> Answered:
    """One request; `wait` returns when the client goes away."""
    import asyncio

    sent: list[Message] = []
    incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if incoming:
            return incoming.pop()
        await (wait() if wait else asyncio.Event().wait())
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    await application(scope, receive, send)
    if not sent:
        return Answered(0, {}, b"")
    headers = {key.decode(): value.decode() for key, value in sent[0].get("headers", [])}
    return Answered(sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:]))


async def _elsewhere(_scope: Scope, _receive: Receive, send: Send) -> None:
    """MLflow, to which everything else goes on."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"MLflow"})
