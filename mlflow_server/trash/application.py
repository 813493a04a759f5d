"""What the trash needs of MLflow's database, answered in MLflow's process, behind the gate.

`GET  /mlstudio/trash/models?name=&version=`  the rows of a model or a version, or null
`GET  /mlstudio/trash/models?skill=&version=` the same of a skill, `name` or `@organization/name`
`POST /mlstudio/trash/models`                 puts such rows back; 409 if something is in the way
`DELETE /mlstudio/trash/models?skill=`        deletes the rows of a skill, and leaves its files
`GET  /mlstudio/trash/{runs,experiments}?limit=&at=&id=`  the deleted ones

The workspace is the one of the header. Everything else goes on to MLflow.
"""

from collections.abc import Callable
from typing import Any

from mlflow.server.handlers import _get_tracking_store
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlflow_server.trash import deleted, kept_models, kept_skills
from telemetry.asgi import Application, Receive, Scope, Send

PREFIX = "/mlstudio/trash"
WORKSPACE_HEADER = "x-mlflow-workspace"
NOBODYS = ("", "default")
MOST = 1001


class Trash:
    """An ASGI application that answers below PREFIX and hands the rest to MLflow."""

    def __init__(
        self, application: Application, engine: Callable[[], Engine] | None = None
    ) -> None:
        self._application = application
        self._engine = engine or _mlflow_engine
        self._own = Starlette(
            routes=[
                Route(f"{PREFIX}/models", self._read, methods=["GET"]),
                Route(f"{PREFIX}/models", self._put_back, methods=["POST"]),
                Route(f"{PREFIX}/models", self._remove, methods=["DELETE"]),
                Route(f"{PREFIX}/{{what}}", self._listed, methods=["GET"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        ours = scope["type"] == "http" and str(scope["path"]).startswith(f"{PREFIX}/")
        await (self._own if ours else self._application)(scope, receive, send)

    async def _read(self, request: Request) -> Response:
        query = request.query_params
        name, skill, version = query.get("name", ""), query.get("skill"), query.get("version")

        def work(connection: Connection, workspace: str) -> Response:
            # Not 404: an MLflow without this module would say that too.
            if skill is not None:
                kept = kept_skills.read(connection, workspace, skill, version)
            else:
                kept = kept_models.read(connection, workspace, name, version)
            return JSONResponse({"kept": kept})

        return await self._run(request, work)

    async def _remove(self, request: Request) -> Response:
        skill = request.query_params.get("skill", "")

        def work(connection: Connection, workspace: str) -> Response:
            if kept_skills.remove(connection, workspace, skill):
                return JSONResponse({})
            return _refusal(404, f"Skill '{skill}' not found")

        return await self._run(request, work)

    async def _put_back(self, request: Request) -> Response:
        kept = await request.json()
        put_back = kept_skills.put_back if "skill" in kept else kept_models.put_back

        def work(connection: Connection, workspace: str) -> Response:
            try:
                left = put_back(connection, workspace, kept)
            except (kept_models.Taken, kept_models.Gone) as error:
                connection.rollback()
                return _refusal(409, str(error))
            return JSONResponse({"left": left})

        return await self._run(request, work)

    async def _listed(self, request: Request) -> Response:
        listed = deleted.LISTS.get(request.path_params["what"])
        if listed is None:
            return _refusal(404, "There is no such list.")
        query = request.query_params
        after = (int(query["at"]), query["id"]) if "at" in query else None
        limit = min(int(query.get("limit", MOST)), MOST)

        def work(connection: Connection, workspace: str) -> Response:
            return JSONResponse({"rows": listed(connection, workspace, after, limit)})

        return await self._run(request, work)

    async def _run(self, request: Request, work: Callable[[Connection, str], Response]) -> Response:
        workspace = request.headers.get(WORKSPACE_HEADER, "")
        if workspace in NOBODYS:
            return _refusal(400, "Name a workspace.")

        def in_transaction() -> Response:
            with self._engine().connect() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA busy_timeout = 20000")
                answer = work(connection, workspace)
                connection.commit()
                return answer

        try:
            return await run_in_threadpool(in_transaction)
        except SQLAlchemyError:
            return _refusal(503, "MLflow's database does not answer. Try again in a moment.")


def _mlflow_engine() -> Engine:
    engine: Engine = _get_tracking_store().engine
    return engine


def _refusal(status: int, sentence: str) -> Response:
    code = {400: "INVALID_PARAMETER_VALUE", 404: "RESOURCE_DOES_NOT_EXIST", 409: "CONFLICT"}
    body: dict[str, Any] = {
        "error_code": code.get(status, "TEMPORARILY_UNAVAILABLE"),
        "message": sentence,
    }
    return JSONResponse(body, status)
