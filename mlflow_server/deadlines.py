"""What only reads ends in MLflow's database when its time is over: the statement itself.

Whoever waits for an answer gives up at some time, but the database goes on: a search of a viewer
may keep a processor busy for hours. The UAC API marks the calls that only read by a header. All
statements of such a call have one deadline, and the database ends the one that is under way:

    PostgreSQL       statement_timeout of the transaction
    MySQL, MariaDB   max_execution_time, max_statement_time of the session
    SQLite           sqlite3_interrupt, by a thread that looks at the clock

Changes are never ended, and neither is what does not come through the gate: migrations, backups,
the purge. A call whose statement was ended is answered 400 in MLflow's shape: every client of
MLflow repeats 429, 503 and 504 up to seven times, which would make the search seven.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.pool import Pool

from mlflow_server import patterns
from telemetry.asgi import Application, Receive, Scope, Send, values

READS = b"x-mlstudio-reads"
# How often SQLite is told again that it should end. A statement that has just begun is not ended by
# what came before it.
AGAIN_SECONDS = 0.1
# A deadline that is nearer is as good as over.
SHORTEST_SECONDS = 0.001
# The reason of an answer to a call that was ended.
TOO_SLOW = "search_too_slow"
# What SQLAlchemy remembers of a connection to MySQL: the limit that its session has, in ms.
SESSION_LIMIT = "mlstudio_limit"
# query_canceled
POSTGRESQL_ENDED = "57014"
# ER_QUERY_INTERRUPTED; ER_STATEMENT_TIMEOUT (MariaDB); ER_QUERY_TIMEOUT, ER_REGEXP_TIME_OUT (MySQL)
MYSQL_ENDED = (1317, 1969, 3024, 3699)


class Deadline:
    """So many seconds in the database, from the first statement of a call on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._at: float | None = None

    @property
    def at(self) -> float:
        """The moment by time.monotonic(). Waiting for a thread or a connection does not count."""
        if self._at is None:
            self._at = time.monotonic() + self.seconds
        return self._at

    @property
    def left(self) -> float:
        """The seconds that are left; never less than the shortest that a database takes."""
        return max(SHORTEST_SECONDS, self.at - time.monotonic())


_deadline: ContextVar[Deadline | None] = ContextVar("mlstudio_deadline", default=None)


@contextmanager
def limit(seconds: float) -> Iterator[Deadline]:
    """Give the statements of this thread, within, so many seconds together."""
    deadline = Deadline(seconds)
    token = _deadline.set(deadline)
    try:
        yield deadline
    finally:
        _deadline.reset(token)


class Deadlines:
    """An ASGI application that gives the calls that only read `seconds` in the database."""

    def __init__(self, application: Application, seconds: float) -> None:
        self._application = application
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on. The threads that serve it see the deadline too."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        reads = bool(values(scope, READS))
        # Said for every call, also that there is none: after a pause uvicorn reads a connection in
        # the context of the call before, and a change would inherit its deadline.
        token = _deadline.set(Deadline(self._seconds) if reads else None)
        headers = [item for item in scope["headers"] if item[0].lower() != READS]
        try:
            await self._application({**scope, "headers": headers}, receive, send)
        finally:
            _deadline.reset(token)


class Interrupter:
    """A thread that interrupts connections to SQLite at their deadlines, until they are let go."""

    def __init__(self) -> None:
        self._until: dict[int, tuple[float, sqlite3.Connection]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        # When the thread looks again by itself.
        self._looks_at = math.inf

    def watch(self, connection: sqlite3.Connection, at: float) -> None:
        """Interrupt what the connection does from that moment on."""
        with self._changed:
            self._until[id(connection)] = (at, connection)
            if self._thread is None:
                # Made here, so that it belongs to the process that serves.
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif at < self._looks_at:
                self._changed.notify()

    def release(self, connection: sqlite3.Connection) -> None:
        """Never interrupt it again; once this returns, the next user of the connection is safe."""
        with self._changed:
            self._until.pop(id(connection), None)

    def _run(self) -> None:
        with self._changed:
            while True:
                seconds = self._seconds_to_next()
                self._looks_at = math.inf if seconds is None else time.monotonic() + seconds
                self._changed.wait(seconds)
                now = time.monotonic()
                for at, connection in list(self._until.values()):
                    if at <= now and not _interrupt(connection):
                        del self._until[id(connection)]

    def _seconds_to_next(self) -> float | None:
        if not self._until:
            return None
        return max(AGAIN_SECONDS, min(at for at, _ in self._until.values()) - time.monotonic())


def _interrupt(connection: sqlite3.Connection) -> bool:
    """Whether there was something to interrupt: who lets go of a broken connection closes it."""
    try:
        connection.interrupt()
    except sqlite3.ProgrammingError:
        return False
    return True


_interrupter = Interrupter()


def install() -> None:
    """Have every engine of this process keep the deadline of the call that it works for."""
    event.listen(Engine, "begin", _begin)
    event.listen(Engine, "before_cursor_execute", _require_time)
    event.listen(Engine, "handle_error", _explain)
    event.listen(Pool, "checkin", _release)


def _begin(connection: Connection) -> None:
    """Tell the database how long the statements of this transaction may take."""
    deadline = _deadline.get()
    match connection.dialect.name:
        case "sqlite":
            if deadline is not None:
                _interrupter.watch(_raw(connection), deadline.at)
        case "postgresql":
            if deadline is not None:
                milliseconds = int(deadline.left * 1000) + 1
                _say(connection, f"SET LOCAL statement_timeout = {milliseconds}")
        case "mysql" | "mariadb":
            _limit_session(connection, 0 if deadline is None else int(deadline.seconds * 1000))


def _limit_session(connection: Connection, milliseconds: int) -> None:
    """Set the limit of a session, unless it has it already from the call before."""
    if connection.info.get(SESSION_LIMIT, 0) == milliseconds:
        return
    if getattr(connection.dialect, "is_mariadb", False):
        _say(connection, f"SET SESSION max_statement_time = {milliseconds / 1000}")
    else:
        _say(connection, f"SET SESSION max_execution_time = {milliseconds}")
    connection.info[SESSION_LIMIT] = milliseconds


def _require_time(*_: object) -> None:
    """Begin no statement after the deadline."""
    deadline = _deadline.get()
    if deadline is not None and time.monotonic() >= deadline.at:
        raise too_slow(deadline)


def _explain(context: ExceptionContext) -> MlflowException | None:
    """What the caller is told of a statement that was ended, or of a pattern that RE2 cannot read.

    MLflow rolls its session back for an error of its own, as for any other.
    """
    error = context.original_exception
    if isinstance(error, sqlite3.OperationalError) and patterns.RAISED in str(error):
        return _refusal(
            "RLIKE takes patterns that RE2 can read: no back references, no lookaround. Change the "
            "pattern, or use LIKE.",
            "pattern",
        )
    deadline = _deadline.get()
    if deadline is None or not _was_ended(error):
        return None
    return too_slow(deadline)


def _was_ended(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    if getattr(error, "sqlstate", None) == POSTGRESQL_ENDED:
        return True
    return bool(error.args) and error.args[0] in MYSQL_ENDED


def too_slow(deadline: Deadline) -> MlflowException:
    """The answer to a call that was ended."""
    return _refusal(
        f"This took longer than {deadline.seconds:g} s in MLflow's database and was ended. Ask for "
        "less: narrow the filter, name fewer experiments or rows, or take another order.",
        TOO_SLOW,
    )


def _refusal(sentence: str, reason: str) -> MlflowException:
    return MlflowException(sentence, error_code=INVALID_PARAMETER_VALUE, reason=reason)


def _release(connection: Any, *_: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        _interrupter.release(connection)


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _say(connection: Connection, statement: str) -> None:
    cursor = _raw(connection).cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()
