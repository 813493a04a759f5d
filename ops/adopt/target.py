"""The database of the MLflow that adopts; it goes on serving people meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, Table
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from mlflow_server import database as mlflow_database
from ops.adopt.errors import AdoptError
from ops.backup.tables.snapshot import engine_of, kind_of, reason, tables
from ops.backup.tables.targets import one_of


@dataclass(frozen=True)
class Target:
    """An engine of the target and its tables."""

    engine: Engine
    tables: dict[str, Table]

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction."""
        with one_of(self.engine) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing and waits for no writer."""
        try:
            with self.engine.connect() as connection:
                if kind_of(connection) == "sqlite":
                    connection.execution_options(isolation_level="AUTOCOMMIT")
                yield connection
        except SQLAlchemyError as error:
            raise AdoptError(
                f"The database {self.engine.url!r} cannot be read: {reason(error)}"
            ) from error


@contextmanager
def opened(url: URL) -> Iterator[Target]:
    """The target; raises AdoptError unless its schema is the one of this code."""
    engine = engine_of(url)
    try:
        try:
            with engine.connect() as connection:
                revision = MigrationContext.configure(connection).get_current_revision()
                found = {table.name: table for table in tables(connection)}
        except SQLAlchemyError as error:
            raise AdoptError(f"The database {url!r} cannot be read: {reason(error)}") from error
        if revision != mlflow_database.revisions()[0]:
            raise AdoptError(
                f"The MLflow database {url!r} is not at the schema of this code. Start ML Studio "
                "once, which brings it up, and adopt then."
            )
        yield Target(engine, found)
    finally:
        engine.dispose()
