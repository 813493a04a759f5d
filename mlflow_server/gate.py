"""The gate lets a request through to MLflow only if it carries the shared secret.

MLflow loads it by the entry point `mlflow.app` (`mlflow server --app-name mlstudio-gate`). It
stands before everything MLflow serves: the REST API, the pages, artifacts and OpenTelemetry.
"""

import hmac
import json
import re
import warnings
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from mlflow_server.secret import accepted_secrets

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SECRET_HEADER = b"x-mlstudio-upstream"
OPEN_PATH = "/health"
REFUSAL = "This MLflow server is reached through ML Studio. Use the address Studio shows you."
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Gate:
    """An ASGI application that refuses every caller without one of the secrets.

    Two secrets may be valid at once, so that the secret can be changed without an outage.
    """

    def __init__(self, application: Application, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("The gate needs at least one secret.")
        self._application = application
        self._secrets = [secret.encode() for secret in secrets]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on without the secret, or refuse it."""
        if scope["type"] == "lifespan" or self._is_health_check(scope) or self._admits(scope):
            await self._application(_without_secret(scope), receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refuse(scope, send)

    def _is_health_check(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["path"] == OPEN_PATH
            and scope["method"] in {"GET", "HEAD"}
        )

    def _admits(self, scope: Scope) -> bool:
        sent = _values(scope, SECRET_HEADER)
        if len(sent) != 1:
            return False
        # Every secret is compared, so that the time says nothing about which one matched.
        matches = [hmac.compare_digest(sent[0], secret) for secret in self._secrets]
        return any(matches)


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope.get("headers", []) if key.lower() == name]


def _without_secret(scope: Scope) -> Scope:
    if "headers" not in scope:
        return scope
    headers = [item for item in scope["headers"] if item[0].lower() != SECRET_HEADER]
    return {**scope, "headers": headers}


async def _refuse(scope: Scope, send: Send) -> None:
    body = {"error_code": "UNAUTHENTICATED", "message": REFUSAL, "reason": "gate"}
    request_ids = [value.decode("latin-1") for value in _values(scope, b"x-request-id")]
    if len(request_ids) == 1 and REQUEST_ID.fullmatch(request_ids[0]):
        body["request_id"] = request_ids[0]
    content = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        # The body of the refused request is never read, so the connection cannot serve another.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def create_app() -> Application:
    """MLflow's whole server behind the gate.

    Raises ValueError if no secret is configured: then nothing is served at all.
    """
    secrets = accepted_secrets()
    with warnings.catch_warnings():
        # MLflow's own business, and said anew by every worker.
        warnings.filterwarnings("ignore", message="starlette.middleware.wsgi is deprecated")
        # Imported late: `mlflow server` imports this module before it sets MLflow's own settings.
        from mlflow.server.fastapi_app import app

        from mlflow_server.trash import Trash

    return Gate(Trash(app), secrets)
