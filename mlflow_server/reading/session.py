"""Read-only transactions on MLflow's database that can be stopped.

    with read_only(engine, seconds, cancellation) as connection:
        ...

All statements see one state of the database and have `seconds` together (deadlines.py). Another
thread may call `cancellation.cancel()`, which ends the statement that is under way.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import copy_context
from typing import Any, TypeVar

from mlflow.exceptions import MlflowException
from sqlalchemy import Connection, Engine, Select, text
from sqlalchemy.exc import SQLAlchemyError

from mlflow_server import deadlines

Open = Callable[[], AbstractContextManager[Connection]]
_Done = TypeVar("_Done")


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


class Cancellation:
    """Stops the statements of one question, on all its connections, now and from now on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: set[Connection] = set()
        self._cancelled = False

    def cancel(self) -> None:
        """End the statements that are under way, and begin no other."""
        with self._lock:
            self._cancelled = True
            for connection in self._connections:
                # It may have gone meanwhile: then there is nothing to end.
                with suppress(SQLAlchemyError, sqlite3.Error, OSError):
                    _end_statement(connection)

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits any more."""
        return self._cancelled

    def check(self) -> None:
        """Raise Cancelled if nobody waits any more."""
        if self._cancelled:
            raise Cancelled

    @contextmanager
    def watch(self, connection: Connection) -> Iterator[None]:
        """What the connection does within may be ended; nothing of it afterwards."""
        with self._lock:
            self.check()
            self._connections.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)


@contextmanager
def read_only(
    engine: Engine, seconds: float, cancellation: Cancellation | None = None
) -> Iterator[Connection]:
    """A connection in a read-only transaction with one deadline for all its statements.

    Raises MlflowException "search_too_slow" at the deadline, Cancelled, and SQLAlchemyError.
    """
    watched = cancellation or Cancellation()
    with (
        deadlines.limit(seconds),
        engine.connect() as connection,
        watched.watch(connection),
        _transaction(connection),
    ):
        yield connection


def fetch_all(connection: Connection, statement: Select[Any]) -> Sequence[tuple[Any, ...]]:
    """All rows, as the driver has them: texts, numbers, and 0 or 1 for SQLite's booleans.

    For answers of many thousand rows: building SQLAlchemy's own rows takes nearly as long as the
    statement does in SQLite.
    """
    result = connection.execute(statement)
    try:
        cursor: Any = result.cursor
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows
    finally:
        result.close()


def fetch_parts(
    connection: Connection, statement: Select[Any], size: int
) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of `fetch_all`, `size` at a time, so that never all of them are held."""
    if connection.dialect.name != "sqlite":
        # Their cursors stay on the server, and SQLAlchemy holds the first rows of such a one.
        streamed = connection.execution_options(stream_results=True)
        with streamed.execute(statement) as result:
            yield from result.partitions(size)
        return
    with connection.execute(statement) as result:
        cursor: Any = result.cursor
        while rows := cursor.fetchmany(size):
            yield rows


@contextmanager
def run_beside(work: Callable[[], _Done]) -> Iterator[Callable[[], _Done]]:
    """A call that waits for what `work` gives, which another thread does meanwhile."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as beside:
        # The deadline of the question is a context variable.
        yield beside.submit(copy_context().run, work).result


def run_side_by_side(work: Sequence[Callable[[Connection], _Done]], open_: Open) -> list[_Done]:
    """What each piece of work gives, in their order; two are worked on at a time.

    Each has a connection and a deadline of its own: a question about many is not ended for that.
    Nearly all of it happens in the database (SQLite's lets go of the interpreter): one piece after
    the other would leave the second processor idle. What changes meanwhile may be seen by one piece
    and not by the other. The first error ends both.
    """
    todo = deque(enumerate(work))
    done: dict[int, _Done] = {}

    def share() -> None:
        try:
            while todo:
                try:
                    at, piece = todo.popleft()
                except IndexError:  # the other thread was faster
                    return
                with open_() as connection:
                    done[at] = piece(connection)
        except BaseException:
            todo.clear()
            raise

    # For a single one a thread and a connection cost more than they save.
    if len(todo) < 2:
        share()
    else:
        with run_beside(share) as wait:
            share()
            wait()
    return [done[at] for at in range(len(work))]


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    kind = connection.dialect.name
    try:
        if kind == "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
            # The driver begins none for what only reads: each statement would see another state.
            connection.exec_driver_sql("BEGIN")
        elif kind == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            connection.exec_driver_sql("START TRANSACTION READ ONLY")
        yield
    finally:
        if kind == "sqlite":
            _allow_writes(connection)


def _allow_writes(connection: Connection) -> None:
    """Give the connection back as it was, or not at all."""
    try:
        connection.rollback()
        # Past SQLAlchemy, which begins nothing after the deadline.
        _raw(connection).execute("PRAGMA query_only = OFF")
    except (sqlite3.Error, SQLAlchemyError, MlflowException):
        # The next one to have it would be MLflow, and could not write.
        connection.invalidate()


def _end_statement(connection: Connection) -> None:
    raw = _raw(connection)
    match connection.dialect.name:
        case "sqlite":
            raw.interrupt()
        case "postgresql":
            raw.cancel()
        case _:
            with connection.engine.connect() as other:
                other.execute(text(f"KILL QUERY {int(raw.thread_id())}"))


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
