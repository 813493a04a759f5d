"""The gate lets a request through to MLflow only if it carries the shared secret.

MLflow loads it by the entry point `mlflow.app` (`mlflow server --app-name mlstudio-gate`). It
stands before everything MLflow serves: the REST API, the pages, artifacts and OpenTelemetry.
"""

import gc
import hmac
import sys
import warnings
from collections.abc import Iterable

from mlflow_server.log import CLIENT, OPEN_PATH, SERVICE, with_log
from mlflow_server.secret import AcceptedSecrets, probe_token
from mlflow_server.settings import GateSettings
from telemetry import spans
from telemetry.asgi import Application, Receive, Scope, Send, header, refuse, values
from telemetry.ids import REQUEST_ID

SECRET_HEADER = b"x-mlstudio-upstream"
PROBE_HEADER = b"x-mlstudio-probe"
# What is between the UAC API and us, and nothing to MLflow.
OURS = (SECRET_HEADER, PROBE_HEADER, CLIENT)
REFUSAL = "This MLflow server is reached through ML Studio. Use the address Studio shows you."


class Gate:
    """An ASGI application that refuses every caller without one of the secrets.

    Two secrets may be valid at once, so that the secret can be changed without an outage. They are
    looked at anew for each call.
    """

    def __init__(self, application: Application, secrets: Iterable[str]) -> None:
        if not any(secrets):
            raise ValueError("The gate needs at least one secret.")
        self._application = application
        self._secrets = secrets

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
        return _equals_any(sent[0], self._secrets)


def is_probe(scope: Scope, secrets: Iterable[str]) -> bool:
    """Whether the request proves that it is a health check of ours."""
    sent = values(scope, PROBE_HEADER)
    return len(sent) == 1 and _equals_any(sent[0], map(probe_token, secrets))


def _equals_any(sent: bytes, valid: Iterable[str]) -> bool:
    matches = [hmac.compare_digest(sent, one.encode()) for one in valid]
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
    await refuse(send, 401, body)


# How long a thread keeps the interpreter when others want it. A change lets go of it twenty times,
# for each statement and commit, and would wait for a reading of many rows each time.
SWITCH_SECONDS = 0.0005


def create_app() -> Application:
    """MLflow's whole server behind the gate.

    Raises SettingsError if no secret is configured: then nothing is served at all.
    """
    settings = GateSettings.load()
    secrets = AcceptedSecrets(settings)
    with warnings.catch_warnings():
        # MLflow's own business, and said anew by every worker.
        warnings.filterwarnings("ignore", message="starlette.middleware.wsgi is deprecated")
        # Imported late: `mlflow server` imports this module before it sets MLflow's own settings.
        from mlflow.server import app as flask_app
        from mlflow.server.fastapi_app import app

        from mlflow_server import deadlines, file_conflicts, patterns
        from mlflow_server.draining import Draining
        from mlflow_server.reading.application import Reading
        from mlflow_server.standing import Standing
        from mlflow_server.trash.application import Trash

    file_conflicts.answer_on(app, flask_app)
    patterns.install()
    deadlines.install()
    if settings.traces:
        spans.configure(SERVICE)
    seconds = settings.read_seconds
    served = Standing(Reading(Trash(file_conflicts.WholeAnswers(app)), seconds))
    drained = Draining(deadlines.Deadlines(served, seconds))
    sys.setswitchinterval(SWITCH_SECONDS)
    # What was imported stays: a collection that goes through it all for every hundred thousand rows
    # that are read takes longer than reading them.
    gc.collect()
    gc.freeze()
    gate = Gate(drained, secrets)
    return with_log(gate, lambda scope: is_probe(scope, secrets))
