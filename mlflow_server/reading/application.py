"""The reading room: runs, columns and curves of MLflow's database, behind the gate.

`GET  /mlstudio/reading`                  the revision of the schema, and whether it was tested
`POST /mlstudio/reading/runs/query`       a page of runs, all of them, or groups
`POST /mlstudio/reading/runs/columns`     which columns there are, for facets
`POST /mlstudio/reading/metrics/curves`   histories of metrics, thinned
`POST /mlstudio/reading/lists/{kind}`     a page of experiments, runs, models or traces

Bodies are JSON (questions.py) and name the workspaces that may be read. Lists answer in JSON,
{"rows", "next"}. Tables and curves stream in the format that is asked for, with the total in
`X-MLStudio-Total` and the position of the next page in `X-MLStudio-Next`.
Everything else goes on to MLflow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import anyio
import pyarrow as pa
from anyio import CapacityLimiter, to_thread
from mlflow.exceptions import MlflowException
from mlflow.server.handlers import _get_tracking_store
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from mlflow_server import deadlines
from mlflow_server.reading import schema
from mlflow_server.reading.columns import read_columns
from mlflow_server.reading.curves import read_curves
from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.formats import CONTENT_TYPES, encode
from mlflow_server.reading.groups import read_groups
from mlflow_server.reading.lists.experiments import read_experiments
from mlflow_server.reading.lists.models import read_models
from mlflow_server.reading.lists.runs import read_runs
from mlflow_server.reading.lists.traces import read_traces
from mlflow_server.reading.questions import (
    ColumnsQuestion,
    CreatedListQuestion,
    CurvesQuestion,
    ListQuestion,
    Position,
    RunsQuestion,
    read_question,
)
from mlflow_server.reading.rows import Check
from mlflow_server.reading.runs import Table, read_all, read_page
from mlflow_server.reading.session import Cancellation, Cancelled, read_only
from telemetry.asgi import Application, Receive, Scope, Send

PREFIX = "/mlstudio/reading"
TOTAL = "x-mlstudio-total"
NEXT = "x-mlstudio-next"
# Questions that are worked on at a time in this process, and those that are answered at all, the
# waiting ones and those whose answer is being read too. MLflow has forty threads and some
# connections to its database: most stay its own.
AT_A_TIME = 4
MOST_QUESTIONS = 64
LARGEST_BODY = 4 * 1024 * 1024
# ER_REGEXP_ERROR of MariaDB; the errors of MySQL's regular expressions (ER_REGEXP_...).
MARIADB_PATTERN = 1139
MYSQL_PATTERNS = range(3684, 3700)
# What is sent at a time.
PIECE = 256 * 1024

_CODES = {
    400: "INVALID_PARAMETER_VALUE",
    404: "ENDPOINT_NOT_FOUND",
    405: "ENDPOINT_NOT_FOUND",
    413: "INVALID_PARAMETER_VALUE",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_Worked = TypeVar("_Worked")
ReadList = Callable[[Connection, ListQuestion, Check], tuple[list[dict[str, Any]], Position | None]]
LISTS: dict[str, tuple[type[ListQuestion], ReadList]] = {
    "experiments": (ListQuestion, read_experiments),
    "runs": (CreatedListQuestion, read_runs),
    "models": (ListQuestion, read_models),
    "traces": (CreatedListQuestion, read_traces),
}


@dataclass
class Answer:
    """The head of an answer and its body, piece by piece."""

    headers: dict[str, str]
    pieces: Iterator[bytes]


class BrokenOff(Exception):
    """An answer that had begun and cannot be continued."""


class Reading:
    """An ASGI application that answers at and below PREFIX and hands the rest to MLflow.

    `seconds` is how long the statements of one question may take together; of all runs, those of
    each batch, and of curves, those of each run.
    """

    def __init__(
        self,
        application: Application,
        seconds: float,
        engine: Callable[[], Engine] | None = None,
    ) -> None:
        self._application = application
        self._seconds = seconds
        self._engine = engine or _mlflow_engine
        self._limiter: CapacityLimiter | None = None
        self._questions = 0
        self._answers: dict[str, Callable[[bytes, Cancellation], Answer]] = {
            f"{PREFIX}/runs/query": self._runs,
            f"{PREFIX}/runs/columns": self._columns,
            f"{PREFIX}/metrics/curves": self._curves,
            **{f"{PREFIX}/lists/{kind}": partial(self._list, *how) for kind, how in LISTS.items()},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == PREFIX or path.startswith(f"{PREFIX}/")):
            await self._application(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            work = await self._work(request)
            with self._counted():
                await self._serve(work, receive, send)
        except ReadingError as error:
            await _refusal(error)(scope, receive, send)
        except (Cancelled, ClientDisconnect):
            return

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._questions >= MOST_QUESTIONS:
            raise ReadingError(503, "busy", "Many questions are under way. Try again in a moment.")
        self._questions += 1
        try:
            yield
        finally:
            self._questions -= 1

    async def _work(self, request: Request) -> Callable[[Cancellation], Answer]:
        """What answers the request, not begun. Raises ReadingError."""
        path, method = request.url.path, request.method
        if path == PREFIX:
            if method != "GET":
                raise ReadingError(405, "method", "This is read by GET.")
            return self._standing
        answer = self._answers.get(path)
        if answer is None:
            raise ReadingError(404, "path", "There is nothing to read here.")
        if method != "POST":
            raise ReadingError(405, "method", "Questions are sent by POST.")
        return partial(answer, await _read_body(request))

    async def _serve(
        self, work: Callable[[Cancellation], Answer], receive: Receive, send: Send
    ) -> None:
        """Send the answer; stop the statement under way when the client goes."""
        cancellation = Cancellation()
        ended: list[Exception] = []

        async def watch(done: anyio.CancelScope) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            await to_thread.run_sync(cancellation.cancel)
            done.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(watch, group.cancel_scope)
            try:
                await self._send(work, cancellation, send)
            except Exception as error:  # raised below, not as a group
                ended.append(error)
            group.cancel_scope.cancel()
        # Whatever a statement said that was stopped, nobody hears it.
        if ended and not cancellation.is_cancelled:
            raise ended[0]

    async def _send(
        self, work: Callable[[Cancellation], Answer], cancellation: Cancellation, send: Send
    ) -> None:
        answer, piece = await self._in_thread(lambda: _begin(work(cancellation)))
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        headers.append((b"cache-control", b"no-store"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while piece is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            try:
                piece = await self._in_thread(lambda: _next(answer.pieces))
            except ReadingError as error:
                # The head has gone: only an answer without its end tells that it is not whole.
                raise BrokenOff(error.message) from error
        await send({"type": "http.response.body", "body": b""})

    async def _in_thread(self, work: Callable[[], _Worked]) -> _Worked:
        """Work in one of the reading room's threads. Raises ReadingError for what is no mistake."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(AT_A_TIME)
        return await to_thread.run_sync(partial(_explained, work), limiter=self._limiter)

    def _open(self, cancellation: Cancellation) -> AbstractContextManager[Connection]:
        return read_only(self._engine(), self._seconds, cancellation)

    def _standing(self, cancellation: Cancellation) -> Answer:
        with self._open(cancellation) as connection:
            return _json_answer(schema.describe(schema.read_revision(connection)))

    def _runs(self, body: bytes, cancellation: Cancellation) -> Answer:
        question = read_question(RunsQuestion, body)
        read = read_groups if question.group_by else read_all if question.all else read_page
        table = read(question, partial(self._open, cancellation), cancellation.check)
        return _table_answer(table, question.format)

    def _columns(self, body: bytes, cancellation: Cancellation) -> Answer:
        question = read_question(ColumnsQuestion, body)
        opened = partial(self._open, cancellation)
        return _json_answer(read_columns(question, opened, cancellation.check))

    def _curves(self, body: bytes, cancellation: Cancellation) -> Answer:
        question = read_question(CurvesQuestion, body)
        table = read_curves(question, partial(self._open, cancellation), cancellation.check)
        return _table_answer(table, question.format)

    def _list(
        self, kind: type[ListQuestion], read: ReadList, body: bytes, cancellation: Cancellation
    ) -> Answer:
        question = read_question(kind, body)
        with self._open(cancellation) as connection:
            rows, following = read(connection, question, cancellation.check)
        return _json_answer({"rows": rows, "next": following})


async def _read_body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise ReadingError(413, "body", f"A question has {LARGEST_BODY} bytes at most.")
        parts.append(part)
    return b"".join(parts)


def _explained(work: Callable[[], _Worked]) -> _Worked:
    """What the work returns; what the database says becomes a ReadingError."""
    try:
        return work()
    except MlflowException as error:
        raise _of_mlflow(error) from None
    except (DataError, OverflowError, UnicodeError, pa.ArrowInvalid):
        raise ReadingError(
            400, "value", "A value is outside of what MLflow's database can be asked."
        ) from None
    except OperationalError as error:
        if _is_of_pattern(error):
            raise ReadingError(
                400, "pattern", "MLflow's database does not take the pattern of RLIKE."
            ) from None
        raise _away() from None
    except (InterfaceError, PoolTimeout):
        raise _away() from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _away() from None
        raise
    except (sqlite3.OperationalError, OSError):
        raise _away() from None


def _is_of_pattern(error: OperationalError) -> bool:
    """Whether MySQL or MariaDB refuses a regular expression that RE2 reads."""
    code = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return code == MARIADB_PATTERN or code in MYSQL_PATTERNS


def _of_mlflow(error: MlflowException) -> ReadingError:
    """A statement that was ended, or a pattern that cannot be read (deadlines.py)."""
    reason = (error.json_kwargs or {}).get("reason")
    if reason == deadlines.TOO_SLOW:
        return ReadingError(504, "too_slow", error.message)
    return ReadingError(400, str(reason or "filter"), error.message)


def _away() -> ReadingError:
    return ReadingError(
        503, "database", "MLflow's database does not answer. Try again in a moment."
    )


def _begin(answer: Answer) -> tuple[Answer, bytes | None]:
    """The answer with its first piece: what fails until then can still be told."""
    return answer, _next(answer.pieces)


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


def _in_pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Small parts together and large ones apart, so that no thread is taken for a few bytes."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _table_answer(table: Table, form: Any) -> Answer:
    headers = {"content-type": CONTENT_TYPES[form], TOTAL: table.total}
    if table.following is not None:
        headers[NEXT] = table.following
    return Answer(headers, _in_pieces(encode(form, table.schema, table.batches)))


def _json_answer(content: dict[str, Any]) -> Answer:
    body = bytes(JSONResponse(content).body)
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    return Answer(headers, iter([body]))


def _refusal(error: ReadingError) -> Response:
    body = {
        "error_code": _CODES.get(error.status, "INTERNAL_ERROR"),
        "message": error.message,
        "reason": error.reason,
        **error.facts,
    }
    return JSONResponse(body, error.status, headers={"cache-control": "no-store"})


def _mlflow_engine() -> Engine:
    engine: Engine = _get_tracking_store().engine
    return engine
