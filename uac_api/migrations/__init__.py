"""Alembic migrations of the UAC database, and whether they have all been run."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ..access.database import Database
from ..errors import Unavailable


def upgrade(database: Database) -> None:
    """Run every migration that is missing."""
    with database.connection() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def outdated(database: Database) -> None:
    """Raise Unavailable unless the database has exactly the migrations of this code."""
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    found = database.read(lambda session: _revision(session.connection()))
    if found != wanted:
        raise Unavailable(
            f"The UAC database is at migration {found or 'none'}, this code needs {wanted}. "
            "Run: python -m uac_api.cli migrate",
            reason="migrations",
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
