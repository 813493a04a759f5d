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
from collections.abc import Callable, Hashable, Iterable, Iterator
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
    Question,
    RunsQuestion,
    read_question,
)
from mlflow_server.reading.rows import Check
from mlflow_server.reading.runs import Table, read_all, read_page
from mlflow_server.reading.scheduling import AT_A_TIME, Scheduler
from mlflow_server.reading.session import Cancellation, Cancelled, read_only
from telemetry.asgi import Application, Receive, Scope, Send

PREFIX = "/mlstudio/reading"
TOTAL = "x-mlstudio-total"
NEXT = "x-mlstudio-next"
# Questions that are answered at all in this process, the waiting ones and those whose answer is
# being read too.
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


@dataclass(frozen=True)
class Answer:
    """The head of an answer and its body, piece by piece."""

    headers: dict[str, str]
    pieces: Iterable[bytes]


@dataclass(frozen=True)
class Asked:
    """What answers a question. Those with the same `key` have the same answer.

    Without one it is long and sent while it is read, to whoever asked alone.
    """

    work: Callable[[Cancellation], Answer]
    key: Hashable | None = None


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
        self._scheduler: Scheduler[Any] = Scheduler()
        self._parsing = CapacityLimiter(AT_A_TIME)
        self._questions = 0
        self._answers: dict[str, tuple[type[Any], Callable[[Any, Cancellation], Answer]]] = {
            f"{PREFIX}/runs/query": (RunsQuestion, self._runs),
            f"{PREFIX}/runs/columns": (ColumnsQuestion, self._columns),
            f"{PREFIX}/metrics/curves": (CurvesQuestion, self._curves),
            **{
                f"{PREFIX}/lists/{name}": (kind, partial(self._list, read))
                for name, (kind, read) in LISTS.items()
            },
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == PREFIX or path.startswith(f"{PREFIX}/")):
            await self._application(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            asked = await self._read(request)
            with self._counted():
                await self._serve(asked, receive, send)
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

    async def _read(self, request: Request) -> Asked:
        """What answers the request, not begun. Raises ReadingError."""
        path, method = request.url.path, request.method
        if path == PREFIX:
            if method != "GET":
                raise ReadingError(405, "method", "This is read by GET.")
            return Asked(self._standing, PREFIX)
        if path not in self._answers:
            raise ReadingError(404, "path", "There is nothing to read here.")
        if method != "POST":
            raise ReadingError(405, "method", "Questions are sent by POST.")
        kind, answer = self._answers[path]
        body = await _read_body(request)
        # Not in MLflow's forty threads, which may all be busy, nor behind questions under way.
        question = await to_thread.run_sync(read_question, kind, body, limiter=self._parsing)
        return Asked(partial(answer, question), None if _is_long(question) else (path, body))

    async def _serve(self, asked: Asked, receive: Receive, send: Send) -> None:
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
                if asked.key is None:
                    await self._stream(partial(asked.work, cancellation), send)
                else:
                    await self._send_whole(asked, send)
            except Exception as error:  # raised below, not as a group
                ended.append(error)
            group.cancel_scope.cancel()
        # Whatever a statement said that was stopped, nobody hears it.
        if ended and not cancellation.is_cancelled:
            raise ended[0]

    async def _send_whole(self, asked: Asked, send: Send) -> None:
        answer = await self._scheduler.share(
            asked.key, lambda cancellation: _explained(lambda: _whole(asked.work(cancellation)))
        )
        await _send_head(answer, send)
        for piece in answer.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _stream(self, work: Callable[[], Answer], send: Send) -> None:
        answer, pieces, piece = await self._in_thread(lambda: _begin(work()))
        await _send_head(answer, send)
        while piece is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            try:
                piece = await self._in_thread(lambda: next(pieces, None))
            except ReadingError as error:
                # The head has gone: only an answer without its end tells that it is not whole.
                raise BrokenOff(error.message) from error
        await send({"type": "http.response.body", "body": b""})

    async def _in_thread(self, work: Callable[[], _Worked]) -> _Worked:
        """Work in one of the reading room's threads. Raises ReadingError for what is no mistake."""
        given: _Worked = await self._scheduler.run(partial(_explained, work))
        return given

    def _open(self, cancellation: Cancellation) -> AbstractContextManager[Connection]:
        return read_only(self._engine(), self._seconds, cancellation)

    def _standing(self, cancellation: Cancellation) -> Answer:
        with self._open(cancellation) as connection:
            return _json_answer(schema.describe(schema.read_revision(connection)))

    def _runs(self, question: RunsQuestion, cancellation: Cancellation) -> Answer:
        read = read_groups if question.group_by else read_all if question.all else read_page
        table = read(question, partial(self._open, cancellation), cancellation.check)
        return _table_answer(table, question.format)

    def _columns(self, question: ColumnsQuestion, cancellation: Cancellation) -> Answer:
        opened = partial(self._open, cancellation)
        return _json_answer(read_columns(question, opened, cancellation.check))

    def _curves(self, question: CurvesQuestion, cancellation: Cancellation) -> Answer:
        table = read_curves(question, partial(self._open, cancellation), cancellation.check)
        return _table_answer(table, question.format)

    def _list(self, read: ReadList, question: ListQuestion, cancellation: Cancellation) -> Answer:
        with self._open(cancellation) as connection:
            rows, following = read(connection, question, cancellation.check)
        return _json_answer({"rows": rows, "next": following})


def _is_long(question: Question) -> bool:
    """Whether an answer is too long to be held."""
    if isinstance(question, CurvesQuestion):
        return True
    return isinstance(question, RunsQuestion) and question.all and not question.group_by


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


def _begin(answer: Answer) -> tuple[Answer, Iterator[bytes], bytes | None]:
    """The answer, its pieces and the first of them: what fails until then can still be told."""
    pieces = iter(answer.pieces)
    return answer, pieces, next(pieces, None)


def _whole(answer: Answer) -> Answer:
    return Answer(answer.headers, tuple(answer.pieces))


async def _send_head(answer: Answer, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})


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
    return Answer(headers, [body])


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
