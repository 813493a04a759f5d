"""The temporary databases of a drill: files in its folder, or databases of its own on a server.

On a server a database is called `<prefix>_drill_<time>_<random>`, and a session of the drill holds
a lock of the server's with that name. A database of such a name that nobody holds the lock of was
left by a drill that was killed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ops.backup.errors import BackupError
from ops.backup.tables.snapshot import reason

# With "_drill_", the time and the random part 62 characters; PostgreSQL takes 63, MySQL 64.
PREFIX_LONGEST = 32
# "You may not make a database": MySQL's error reference, PostgreSQL's appendix A.
MYSQL_REFUSES, POSTGRESQL_REFUSES = 1044, "42501"
# The session that holds the lock is idle while the drill works; MySQL would end it after 8 hours.
IDLE_SECONDS = 7 * 24 * 3600


class TemporaryDatabase(Protocol):
    """One database of a drill."""

    @property
    def where(self) -> str:
        """Where it is made, in words and without a password."""

    def remove_leftovers(self) -> list[str]:
        """Drop what dead drills have left there; their names. Raises BackupError."""

    def create(self, folder: Path) -> URL:
        """Make it, empty; what is a file is made in the folder. Raises BackupError."""

    def drop(self) -> str:
        """Drop it; its name, "" if there was nothing to drop. Raises BackupError."""


class DatabaseFile:
    """A SQLite file in the drill's folder, which goes with the folder."""

    where = "SQLite files"

    def __init__(self, name: str) -> None:
        self._name = name

    def remove_leftovers(self) -> list[str]:
        """Nothing: they go with their folders."""
        return []

    def create(self, folder: Path) -> URL:
        """The address of the file, which the first connection makes."""
        return URL.create("sqlite", database=str(folder / f"{self._name}.db"))

    def drop(self) -> str:
        """Nothing: it goes with its folder."""
        return ""


@dataclass(frozen=True)
class Statements:
    """The SQL of one kind of server. `{}` is the quoted name of a database, `:name` its name."""

    names: str
    lock: str
    unlock: str
    create: tuple[str, ...]
    drop: str
    begin: tuple[str, ...] = ()


STATEMENTS = {
    "mysql": Statements(
        names="SELECT schema_name FROM information_schema.schemata",
        lock="SELECT get_lock(:name, 0)",
        unlock="SELECT release_lock(:name)",
        create=("CREATE DATABASE {} CHARACTER SET utf8mb4",),
        drop="DROP DATABASE IF EXISTS {}",
        begin=(f"SET SESSION wait_timeout = {IDLE_SECONDS}",),
    ),
    "postgresql": Statements(
        names="SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = current_user",
        lock="SELECT pg_try_advisory_lock(hashtextextended(:name, 0))",
        unlock="SELECT pg_advisory_unlock(hashtextextended(:name, 0))",
        # Everybody on the server may connect to a new database otherwise.
        create=("CREATE DATABASE {} TEMPLATE template0", "REVOKE ALL ON DATABASE {} FROM PUBLIC"),
        drop="DROP DATABASE IF EXISTS {} WITH (FORCE)",
    ),
}


class ServerDatabase:
    """A database on a server, made and dropped by the account of `url`."""

    def __init__(self, url: URL, prefix: str) -> None:
        self._url = url
        self._kind = "postgresql" if url.get_backend_name() == "postgresql" else "mysql"
        self._statements = STATEMENTS[self._kind]
        self._prefix = prefix
        self._engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 15},
            hide_parameters=True,
            poolclass=NullPool,
        )
        self._connection: Connection | None = None
        self._name = ""

    @property
    def where(self) -> str:
        """The kind of server, its host and port."""
        port = f":{self._url.port}" if self._url.port else ""
        return f"{self._url.get_backend_name()} at {self._url.host or 'localhost'}{port}"

    def remove_leftovers(self) -> list[str]:
        """Drop the databases of drills that are dead; their names."""
        form = re.compile(rf"{re.escape(beginning(self._prefix))}\d{{14}}_[0-9a-f]{{8}}")
        dropped = []
        with self._session() as session:
            for name in session.execute(text(self._statements.names)).scalars().all():
                if form.fullmatch(name) and session.scalar(
                    text(self._statements.lock), {"name": name}
                ):
                    _run(session, self._statements.drop, name)
                    session.execute(text(self._statements.unlock), {"name": name})
                    dropped.append(str(name))
        return dropped

    def create(self, folder: Path) -> URL:  # noqa: ARG002 - it is no file
        """Make it; its lock is held from before on."""
        name = f"{beginning(self._prefix)}{datetime.now(UTC):%Y%m%d%H%M%S}_{secrets.token_hex(4)}"
        with self._session() as session:
            session.execute(text(self._statements.lock), {"name": name})
            self._name = name
            try:
                for statement in self._statements.create:
                    _run(session, statement, name)
            except SQLAlchemyError as error:
                if not _is_refusal(error):
                    raise
                self._name = ""
                raise BackupError(self._missing_right()) from error
        return self._url.set(database=name)

    def drop(self) -> str:
        """Drop it, and end the session that holds its lock; its name."""
        name = self._name
        try:
            if name:
                # By a new session: the server may have ended the one that holds the lock.
                with self._failures(), self._engine.connect() as session:
                    _run(session, self._statements.drop, name)
                self._name = ""
            return name
        finally:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._engine.dispose()

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        """The session that holds the locks."""
        with self._failures():
            if self._connection is None:
                self._connection = self._engine.connect()
                for statement in self._statements.begin:
                    self._connection.exec_driver_sql(statement)
            yield self._connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise BackupError(f"{self.where} refuses: {reason(error)}") from error

    def _missing_right(self) -> str:
        return (
            f"The account '{self._url.username}' may not make a database on {self.where}, and the "
            "drill makes one of its own there. Nothing was made or changed. Let an administrator "
            f"of the server run: {self._grant()}; or name another server with --database-url "
            "(STUDIO_DRILL_DATABASE_URL), or sqlite:// for files."
        )

    def _grant(self) -> str:
        if self._kind == "postgresql":
            return f"ALTER ROLE {self._url.username} CREATEDB"
        return f"GRANT ALL ON `{grant_pattern(self._prefix)}`.* TO '{self._url.username}'@'%'"


def beginning(prefix: str) -> str:
    """How the names of a drill's databases begin."""
    return f"{prefix[:PREFIX_LONGEST]}_drill_"


def grant_pattern(prefix: str) -> str:
    r"""The databases of drills as a GRANT of MySQL names them: `uac\_drill\_%`."""
    return re.sub(r"([_%\\])", r"\\\1", beginning(prefix)) + "%"


def _run(session: Connection, statement: str, name: str) -> None:
    quote = session.dialect.identifier_preparer.quote_identifier
    session.exec_driver_sql(statement.format(quote(name)))


def _is_refusal(error: SQLAlchemyError) -> bool:
    said = getattr(error, "orig", None)
    refused = getattr(said, "sqlstate", None) == POSTGRESQL_REFUSES
    return refused or getattr(said, "args", ())[:1] == (MYSQL_REFUSES,)
