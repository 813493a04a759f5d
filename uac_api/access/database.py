"""The UAC database: one URL, three engines (SQLite, MySQL or MariaDB, PostgreSQL)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, Connection, Engine, Row, Select, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from .audit.signatures import IN_SESSION, Signer
from .errors import DatabaseUnavailable

T = TypeVar("T")

ATTEMPTS = 4
CONNECT_SECONDS = 5
# Deadlock and lock-wait codes after which the whole transaction may simply run again:
# MySQL 1205 and 1213 (error reference), PostgreSQL 40001 and 40P01 (appendix A).
RETRY_CODES = ("1205", "1213", "40001", "40P01", "database is locked")

PRODUCTS = {
    "sqlite": "SQLite",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "postgresql": "PostgreSQL",
}


class Database:
    """Runs pieces of work in a transaction of their own; a piece may run more than once.

    Raises DatabaseUnavailable when the server cannot be reached. Events that are written through
    it carry `marks`.
    """

    def __init__(self, url: str, marks: Signer | None = None) -> None:
        self.url = make_url(url)
        self._info = {IN_SESSION: marks}
        self.kind = self.url.get_backend_name()
        self._writer = self._engine()
        # A lone SELECT needs no BEGIN, no ROLLBACK and no ping before: a read runs again instead.
        self._reader = self._engine(
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
            pool_reset_on_return=None,
            pool_pre_ping=False,
        )
        if self.kind == "sqlite":
            event.listen(self._writer, "begin", _begin_immediate)

    def _engine(self, **options: Any) -> Engine:
        if self.kind == "sqlite":
            options["connect_args"] = {"timeout": 15, "check_same_thread": False}
        else:
            options.setdefault("isolation_level", "READ COMMITTED")
            options.setdefault("pool_pre_ping", True)
            options |= {"pool_size": 20, "max_overflow": 20}
            options |= {"pool_timeout": 5, "connect_args": {"connect_timeout": CONNECT_SECONDS}}
        # An error's text goes into the log; the hashes of a statement must not go with it.
        engine = create_engine(self.url, hide_parameters=True, **options)
        if self.kind == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        return engine

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One connection in one transaction, for migrations.

        On SQLite a table that others refer to can only be made anew while references are not
        looked at; they are when the transaction ends.
        """
        self.ping()
        with (
            self._writer.connect() as connection,
            _unchecked_references(connection, self.kind),
            connection.begin(),
        ):
            yield connection
            if self.kind == "sqlite":
                _check_references(connection)

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` answers, outside any transaction; it must only read."""

        def once() -> T:
            with Session(self._reader, expire_on_commit=False) as session:
                return work(session)

        return self._run(once, reads=True)

    def rows(
        self, statement: Select[*tuple[Any, ...]] | CompoundSelect[Any], **values: object
    ) -> Sequence[Row[Any]]:
        """The rows of one SELECT that is kept compiled: for the statement of every call.

        `statement` is a constant of its module with a bindparam for each of `values`.
        """

        def once() -> Sequence[Row[Any]]:
            with self._reader.connect() as connection:
                return connection.execute(statement, values).all()

        return self._run(once, reads=True)

    def write(self, work: Callable[[Session], T]) -> T:
        """What `work` answers, committed; after a deadlock the work runs again from its start."""

        def once() -> T:
            with (
                Session(self._writer, expire_on_commit=False, info=self._info) as session,
                session.begin(),
            ):
                return work(session)

        return self._run(once, reads=False)

    def rehearse(self, work: Callable[[Session], T]) -> T:
        """What `work` answers, while all that it changed is taken back."""

        def once() -> T:
            with Session(self._writer, expire_on_commit=False) as session:
                try:
                    answer = work(session)
                    # What only fails when it is written must fail in the rehearsal too.
                    session.flush()
                    return answer
                finally:
                    session.rollback()

        return self._run(once, reads=False)

    def product(self) -> str:
        """The server's name and version, such as MariaDB 10.11.6."""

        def work(session: Session) -> str:
            dialect = session.connection().dialect
            name = "MariaDB" if getattr(dialect, "is_mariadb", False) else PRODUCTS[self.kind]
            # Some add letters and what they are built from.
            numbers = [part for part in dialect.server_version_info or () if isinstance(part, int)]
            return f"{name} {'.'.join(map(str, numbers[:3]))}".strip()

        return self.read(work)

    def ping(self) -> None:
        """Raise DatabaseUnavailable unless the database answers a query."""
        self.read(lambda session: session.execute(text("SELECT 1")).scalar_one())

    def login_refusal(self) -> str:
        """Why a new connection would be refused, in a sentence; empty if it would not be.

        Connections that are open go on after a change of the password.
        """
        refused = login_refusal(self.url)
        return f"The UAC database refuses it: {refused}" if refused else ""

    def close(self) -> None:
        """Give all connections back."""
        self._reader.dispose()
        self._writer.dispose()

    def _run(self, once: Callable[[], T], *, reads: bool) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return once()
            except PoolTimeout as error:
                raise DatabaseUnavailable from error
            except DBAPIError as error:
                again = _may_run_again(error) or (reads and error.connection_invalidated)
                if again and attempt < ATTEMPTS:
                    continue
                if error.connection_invalidated or isinstance(
                    error, OperationalError | InterfaceError
                ):
                    raise DatabaseUnavailable from error
                raise
        raise DatabaseUnavailable


def login_refusal(url: URL) -> str:
    """Why this server refuses a new connection, in its driver's words; empty if it does not.

    A file lets in whoever may open it, so SQLite is not asked.
    """
    if url.get_backend_name() == "sqlite":
        return ""
    options = {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    try:
        with engine.connect():
            return ""
    except DBAPIError as error:
        return " ".join(str(error.orig or error).split())
    finally:
        engine.dispose()


@contextmanager
def _unchecked_references(connection: Connection, kind: str) -> Iterator[None]:
    driver = connection.connection.driver_connection
    if kind != "sqlite" or driver is None:
        yield
        return
    # Of no effect inside a transaction, so the driver is told before SQLAlchemy begins one.
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise RuntimeError(f"A row of {broken[0]} would refer to one that is not there.")


def _may_run_again(error: DBAPIError) -> bool:
    cause = error.orig
    codes = [str(getattr(cause, "sqlstate", "")), *(str(arg) for arg in getattr(cause, "args", ()))]
    return any(code in RETRY_CODES for code in codes)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_immediate(connection: Any) -> None:
    # The write lock is taken first: a transaction that reads, then writes cannot be overtaken.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
