"""Alembic migrations of the UAC database: run once whoever starts, and whether all have been.

A migration works with the code of the version before it: new columns have a default of the
database, nothing is renamed or taken away that the version before uses. So replicas of two
versions serve side by side while an update rolls.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ..access.database import Database
from ..errors import Unavailable

# A number and a name that nothing else takes on the same server: "studio" in ASCII.
LOCK_NUMBER, LOCK_NAME = 0x73747564696F, "mlstudio-migrations"
LOCK_SECONDS = 600


def upgrade(database: Database, to: str = "head") -> None:
    """Run every migration that is missing; of several who try at once one does, the rest wait.

    Raises Unavailable for a database newer than this code, or if the lock is not to be had.
    """
    with database.connection() as connection, _alone(connection, database.kind):
        _refuse_newer(_revision(connection))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def downgrade(database: Database, to: str) -> None:
    """Take migrations back to that one, or all of them to "base"; what only they hold is lost."""
    with database.connection() as connection, _alone(connection, database.kind):
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, to)


def revisions() -> list[str]:
    """Every migration that this code knows, the newest first."""
    known = ScriptDirectory.from_config(_config())
    return [script.revision for script in known.walk_revisions()]


def outdated(database: Database) -> None:
    """Raise Unavailable if migrations are missing.

    A database with more of them than this code knows is fit: it was made to be, while an update
    rolls from replica to replica.
    """
    known = ScriptDirectory.from_config(_config())
    found = database.read(lambda session: _revision(session.connection()))
    if found != known.get_current_head() and (found is None or _is_known(known, found)):
        raise Unavailable(
            f"The UAC database is at migration {found or 'none'}, this code needs "
            f"{known.get_current_head()}. Run: python -m uac_api.cli migrate",
            reason="migrations",
        )


def refuse_newer(database: Database) -> None:
    """Raise Unavailable if the database is newer than this code, which must not start then."""
    _refuse_newer(database.read(lambda session: _revision(session.connection())))


def _refuse_newer(found: str | None) -> None:
    known = ScriptDirectory.from_config(_config())
    if found is not None and not _is_known(known, found):
        raise Unavailable(
            f"The UAC database is at migration {found}, which this code does not know: the "
            f"database is newer (this code ends at {known.get_current_head()}). Start the "
            "version of ML Studio that made it, or restore the backup from before the update.",
            reason="migrations",
        )


def _is_known(known: ScriptDirectory, revision: str) -> bool:
    return any(script.revision == revision for script in known.walk_revisions())


@contextmanager
def _alone(connection: Connection, kind: str) -> Iterator[None]:
    # On SQLite the connection's transaction holds the only write lock there is.
    if kind == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK_NUMBER})
        yield
    elif kind in ("mysql", "mariadb"):
        # MySQL ends a transaction at every change of a table; this lock belongs to the session.
        asked = {"name": LOCK_NAME, "seconds": LOCK_SECONDS}
        taken = connection.scalar(text("SELECT get_lock(:name, :seconds)"), asked)
        if taken != 1:
            raise Unavailable("Another process is migrating the UAC database. Try again later.")
        try:
            yield
        finally:
            connection.execute(text("SELECT release_lock(:name)"), {"name": LOCK_NAME})
    else:
        yield


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
