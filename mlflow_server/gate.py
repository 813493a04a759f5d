"""The gate lets a request through to MLflow only if it carries the shared secret.

MLflow loads it by the entry point `mlflow.app` (`mlflow server --app-name mlstudio-gate`). It
stands before everything MLflow serves: the REST API, the pages, artifacts and OpenTelemetry.
"""

import hmac
import json
import os
import warnings
from collections.abc import Sequence

from mlflow_server.asgi import Application, Receive, Scope, Send, header, values
from mlflow_server.journal import CLIENT, OPEN_PATH, SERVICE, Journal
from mlflow_server.secret import accepted_secrets
from telemetry import spans
from telemetry.ids import REQUEST_ID

SECRET_HEADER = b"x-mlstudio-upstream"
# What is between the UAC API and us, and nothing to MLflow.
OURS = (SECRET_HEADER, CLIENT)
REFUSAL = "This MLflow server is reached through ML Studio. Use the address Studio shows you."


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
        sent = values(scope, SECRET_HEADER)
        if len(sent) != 1:
            return False
        # Every secret is compared, so that the time says nothing about which one matched.
        matches = [hmac.compare_digest(sent[0], secret) for secret in self._secrets]
        return any(matches)


def _without_secret(scope: Scope) -> Scope:
    if "headers" not in scope:
        return scope
    headers = [item for item in scope["headers"] if item[0].lower() not in OURS]
    return {**scope, "headers": headers}


async def _refuse(scope: Scope, send: Send) -> None:
    body = {"error_code": "UNAUTHENTICATED", "message": REFUSAL, "reason": "gate"}
    request_id = header(scope, b"x-request-id")
    if REQUEST_ID.fullmatch(request_id):
        body["request_id"] = request_id
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
        from mlflow.server import app as flask_app
        from mlflow.server.fastapi_app import app

        from mlflow_server import file_conflicts
        from mlflow_server.trash import Trash

    file_conflicts.answer_on(app, flask_app)
    if spans.wanted(os.environ):
        spans.configure(SERVICE)
    return Journal(Gate(Trash(file_conflicts.WholeAnswers(app)), secrets))
