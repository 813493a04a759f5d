"""The source's database: copied as it is at one moment, and read from the copy.

The copy is SQLite at the schema of this code, whatever the source is: so an older source is
upgraded without being touched, and a run that is killed goes on with the same rows.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table
from sqlalchemy.engine import URL

from mlflow_server import database as mlflow_database
from ops.adopt.errors import AdoptError
from ops.backup.storage.encryption import Seal
from ops.backup.storage.stores import Folder
from ops.backup.tables import rows, targets
from ops.backup.tables.snapshot import engine_of, snapshot, tables

# Where everything of an MLflow without workspaces is.
WORKSPACE = "default"
_NEITHER = (
    "The source's database is at the migration {!r}, which this code does not know: its MLflow is "
    "newer than the one here. Update ML Studio first."
)


@dataclass(frozen=True)
class Source:
    """The copy, open for reading."""

    connection: Connection
    tables: dict[str, Table]


def take(url: URL, file: Path) -> None:
    """Copy the source's database to a file, whole or not at all; raises BackupError."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    for old in file.parent.glob(f"{unfinished.name}*"):
        old.unlink() if old.is_file() else shutil.rmtree(old)
    there = URL.create("sqlite", database=str(unfinished))
    if url.get_backend_name() == "sqlite":
        _copy_file(url, unfinished)
        _refuse_unknown(_revision(there))
    else:
        _copy_rows(url, there, Path(f"{unfinished}.rows"))
    targets.finish("mlflow", there, _revision(there))
    unfinished.replace(file)


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """The copy; nothing is written to it."""
    engine = engine_of(URL.create("sqlite", database=str(file)))
    try:
        with engine.connect() as connection:
            yield Source(connection, {table.name: table for table in tables(connection)})
    finally:
        engine.dispose()


def _copy_file(url: URL, file: Path) -> None:
    before = Path(url.database or "").absolute()
    if not before.is_file():
        raise AdoptError(f"There is no database at {before}.")
    # Opened for reading only, SQLite leaves even the log of its own changes where it is.
    with (
        closing(sqlite3.connect(f"{before.as_uri()}?mode=ro", uri=True, timeout=15)) as old,
        closing(sqlite3.connect(file)) as new,
    ):
        try:
            old.backup(new)
        except sqlite3.Error as error:
            raise AdoptError(f"The source's database {before} cannot be read: {error}") from None


def _copy_rows(url: URL, there: URL, folder: Path) -> None:
    store, seal = Folder(folder), Seal("")
    with snapshot(url, "source") as seen:
        _refuse_unknown(seen.revision)
        targets.migrate("mlflow", there, seen.revision)
        with targets.transaction(there) as connection:
            known = {table.name for table in tables(connection)}
        # Others may keep tables beside MLflow's, its own accounts for one.
        of_mlflow = [table for table in seen.tables if table.name in known]
        kept = rows.dump(replace(seen, tables=of_mlflow), store, seal, "rows")
    with targets.transaction(there) as connection:
        rows.load(connection, kept, store, seal)
    shutil.rmtree(folder)


def _revision(url: URL) -> str:
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    if found is None:
        raise AdoptError("The source's database holds no MLflow.")
    return found


def _refuse_unknown(revision: str) -> None:
    if revision not in mlflow_database.revisions():
        raise AdoptError(_NEITHER.format(revision))
