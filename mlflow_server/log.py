"""One line of the log, and one span, for each request that reaches MLflow.

It stands outside the gate, so it sees whom the gate refuses. What differs from one request to the
next (ids, names of files, the query, the body) is not taken down.
"""

import logging
from collections.abc import Callable
from functools import partial

from telemetry import ids, log_lines, request_spans
from telemetry.access_log import AccessLog, Finish
from telemetry.asgi import Application, Scope, header

SERVICE = "mlflow_server"
OPEN_PATH = "/health"
WORKSPACE = b"x-mlflow-workspace"
CLIENT = b"x-mlstudio-client"
# MLflow itself never says this: it is the gate.
REFUSED = 401
SERVER_ERROR = 500

_log = logging.getLogger("mlflow_server.requests")


def with_log(
    application: Application, is_probe: Callable[[Scope], bool] = lambda _: False
) -> AccessLog:
    """The application with its access log; a probe of ours leaves a line only if it fails."""

    def begin(scope: Scope) -> Finish | None:
        if scope["path"] == OPEN_PATH:
            return None
        probe = is_probe(scope)
        request_id = ids.request_id(header(scope, b"x-request-id"))
        hop = request_spans.begin(header(scope, b"traceparent"), request_id, silent=probe)
        return partial(_finish, scope, hop, probe)

    return AccessLog(application, begin)


def _finish(scope: Scope, hop: request_spans.Hop, probe: bool, status: int, seconds: float) -> None:
    failed = not 0 < status < SERVER_ERROR
    if probe and not failed:
        request_spans.end(hop, "", {}, failed=False)
        return
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
    request_spans.end(hop, f"{scope['method']} {path}", told, failed=failed)
    who = {"request_id": hop.request_id, "trace_id": hop.trace_id}
    log_lines.say(
        _log, "request", {**who, **told, "address": address, "ms": round(seconds * 1000, 1)}
    )
