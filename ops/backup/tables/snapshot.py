"""A database as it was at one moment, while others go on writing to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from ops.backup.errors import BackupError

REVISIONS = "alembic_version"
# PostgreSQL sees from the first statement on what it saw then.
BEGIN = {
    "sqlite": "BEGIN",
    "mysql": "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    "postgresql": "SELECT 1",
}


@dataclass(frozen=True)
class Snapshot:
    """A connection that sees one moment, and what the database is made of."""

    connection: Connection
    tables: list[Table]
    revision: str

    @property
    def dialect(self) -> str:
        """sqlite, mysql (MariaDB too) or postgresql."""
        return kind_of(self.connection)


def kind_of(connection: Connection) -> str:
    """sqlite, mysql (MariaDB too) or postgresql."""
    name = connection.dialect.name
    return "mysql" if name == "mariadb" else name


def engine_of(url: URL) -> Engine:
    """An engine for one piece of work. Errors of it show no values, which may be secrets."""
    seconds = "timeout" if url.get_backend_name() == "sqlite" else "connect_timeout"
    return create_engine(url, connect_args={seconds: 15}, hide_parameters=True)


@contextmanager
def snapshot(url: URL, what: str) -> Iterator[Snapshot]:
    """The database at this moment; raises BackupError if it is none that can be backed up."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise BackupError(f"There is no {what} database at {url.database}: nothing to back up.")
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            kind = kind_of(connection)
            if kind == "sqlite":
                # The driver begins no transaction for a SELECT unless it is told to leave it to us.
                connection.execution_options(isolation_level="AUTOCOMMIT")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            connection.exec_driver_sql(BEGIN[kind])
            yield _look(connection, what)
            connection.rollback()
    except SQLAlchemyError as error:
        raise BackupError(f"The {what} database cannot be read: {reason(error)}") from error
    finally:
        engine.dispose()


def _look(connection: Connection, what: str) -> Snapshot:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise BackupError(f"The {what} database has no tables yet: nothing to back up.")
    return Snapshot(connection, tables(connection), revision)


def tables(connection: Connection) -> list[Table]:
    """Every table but Alembic's, those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != REVISIONS]


def reason(error: Exception) -> str:
    """The driver's sentence, without SQLAlchemy's statement and link."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
