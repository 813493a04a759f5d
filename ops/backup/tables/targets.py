"""The databases of an installation that a backup goes into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from mlflow_server import database as mlflow_database
from ops.backup.errors import BackupError
from ops.backup.tables.snapshot import engine_of, reason
from uac_api import migrations
from uac_api.access.database import Database


@contextmanager
def transaction(url: URL) -> Iterator[Connection]:
    """One transaction: all of it or nothing. Raises BackupError for what the driver says."""
    engine = engine_of(url)
    try:
        with one_of(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def one_of(engine: Engine) -> Iterator[Connection]:
    """One transaction of an engine that lives on."""
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("COMMIT")
            else:
                connection.commit()
    except SQLAlchemyError as error:
        raise BackupError(f"The database {engine.url!r} refuses: {reason(error)}") from error


def refuse_filled(url: URL) -> None:
    """Raise BackupError unless there is nothing in the database."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    with transaction(url) as connection:
        found = inspect(connection).get_table_names()
    if found:
        raise BackupError(
            f"The database {url!r} is not empty ({len(found)} tables). A restore writes into "
            "an empty place only: name another database, or drop this one if nobody needs it."
        )


def refuse_newer(what: str, revision: str) -> None:
    """Raise BackupError if this code does not know how to make the tables of the backup."""
    if revision not in _revisions(what):
        raise BackupError(
            f"The backup is newer than this code: its {what} database is at the migration "
            f"{revision}, which is not known here. Restore with the version that made it."
        )


def migrate(what: str, url: URL, revision: str) -> None:
    """Make the tables as they were at a revision."""
    try:
        _migrate(what, url, revision)
    except Exception as error:
        # Drivers and migrations raise what they like.
        raise BackupError(f"The {what} database {url!r} was not made: {reason(error)}") from error


def _migrate(what: str, url: URL, revision: str) -> None:
    address = url.render_as_string(hide_password=False)
    if what == "mlflow":
        newest = _revisions(what)[0]
        mlflow_database.prepare(address, None if revision == newest else revision)
        return
    file = Path(url.database or "").absolute()
    if url.get_backend_name() == "sqlite":
        file.parent.mkdir(parents=True, exist_ok=True)
    with closing(Database(address)) as database:
        migrations.upgrade(database, revision)


def finish(what: str, url: URL, revision: str) -> str | None:
    """Bring the tables of an older backup up to this code; the revision they have now, if so."""
    newest = _revisions(what)[0]
    if revision == newest:
        return None
    migrate(what, url, newest)
    return newest


def _revisions(what: str) -> list[str]:
    return mlflow_database.revisions() if what == "mlflow" else migrations.revisions()
