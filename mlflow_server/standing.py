"""What MLflow's own process knows of its standing, for `studio doctor`, behind the gate.

`GET /mlstudio/standing` answers {"database": ""}, or why a new connection to MLflow's database is
refused: those that are open go on after a change of the password, so no other call would tell.
"""

from collections.abc import Callable

from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from telemetry.asgi import Application, Receive, Scope, Send

PATH = "/mlstudio/standing"


class Standing:
    """An ASGI application that answers at PATH and hands the rest to MLflow."""

    def __init__(self, application: Application, url: Callable[[], URL] | None = None) -> None:
        self._application = application
        self._url = url or _mlflow_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", PATH):
            await self._application(scope, receive, send)
            return
        refusal = await run_in_threadpool(lambda: login_refusal(self._url()))
        await JSONResponse({"database": refusal})(scope, receive, send)


def login_refusal(url: URL) -> str:
    """Why a new connection to this database is refused, in the driver's words; empty if none is."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect():
            return ""
    except SQLAlchemyError as error:
        return " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    finally:
        engine.dispose()


def _mlflow_url() -> URL:
    # Only inside MLflow's server is there one.
    from mlflow.server.handlers import _get_tracking_store

    url: URL = _get_tracking_store().engine.url
    return url
