"""One line of the log, and one span, for each request that reaches MLflow.

It stands outside the gate, so it sees whom the gate refuses. What differs from one request to the
next (ids, names of files, the query, the body) is not taken down.
"""

import logging
import time
from collections.abc import Callable

from mlflow_server.asgi import Application, Message, Receive, Scope, Send, header
from telemetry import hops, ids, lines, spans

SERVICE = "mlflow_server"
OPEN_PATH = "/health"
WORKSPACE = b"x-mlflow-workspace"
CLIENT = b"x-mlstudio-client"
# MLflow itself never says this: it is the gate.
REFUSED = 401
SERVER_ERROR = 500

_log = logging.getLogger("mlflow_server.requests")


class Journal:
    """An ASGI application that takes down what the one behind it answers."""

    def __init__(
        self, application: Application, is_probe: Callable[[Scope], bool] = lambda _: False
    ) -> None:
        self._application = application
        self._is_probe = is_probe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; a health check leaves no line unless the server fails it."""
        if scope["type"] != "http" or scope["path"] == OPEN_PATH:
            await self._application(scope, receive, send)
            if scope["type"] == "lifespan":
                # The server ends by a signal, at which nothing more is sent by itself.
                spans.stop()
            return
        began = time.perf_counter()
        request_id = ids.request_id(header(scope, b"x-request-id"))
        probe = self._is_probe(scope)
        hop = hops.begin(header(scope, b"traceparent"), request_id, silent=probe)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, answer)
        finally:
            if probe and 0 < status < SERVER_ERROR:
                hops.end(hop, "", {}, failed=False)
            else:
                self._take_down(scope, hop, status, time.perf_counter() - began)

    def _take_down(self, scope: Scope, hop: hops.Hop, status: int, seconds: float) -> None:
        denied = status == REFUSED
        path = ids.shape(scope["path"])
        told = {
            "method": scope["method"],
            "path": path,
            # What a stranger sent is no project's name.
            "project": "" if denied else header(scope, WORKSPACE),
            "decision": "denied" if denied else "allowed",
            "status": status,
        }
        peer = (scope.get("client") or ("",))[0]
        # The UAC API says for whom it asks; a stranger may say anything.
        address = peer if denied else header(scope, CLIENT) or peer
        hops.end(hop, f"{scope['method']} {path}", told, failed=not 0 < status < SERVER_ERROR)
        who = {"request_id": hop.request_id, "trace_id": hop.trace_id}
        lines.say(
            _log, "request", {**who, **told, "address": address, "ms": round(seconds * 1000, 1)}
        )
