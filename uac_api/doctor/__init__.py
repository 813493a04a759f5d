"""`studio doctor`: looks at everything ML Studio stands on, and says what to mend."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from sqlalchemy import select

from ..access.database import Database
from ..access.errors import AccessError
from ..access.models import Project
from ..settings import Settings, SettingsError, load
from . import databases, host, mlflow, secrets
from .finding import Finding, Findings, Level, fault

__all__ = ["Finding", "Level", "examine"]


def examine(environ: Mapping[str, str], *, outside: str | None = None) -> list[Finding]:
    """What is wrong, in the order in which it should be mended; empty if nothing is.

    `outside` is an address at which to look for MLflow's port, in place of this machine's own.
    Only `environ`'s names of secret files are read here; the settings come from `settings.load`.
    """
    try:
        settings = load()
    except SettingsError as error:
        fix = "Mend it in .env or the environment; .env.example explains each."
        return [fault("settings", line, fix) for line in str(error).splitlines()]
    return list(_everything(settings, environ, outside))


def _everything(settings: Settings, environ: Mapping[str, str], outside: str | None) -> Findings:
    yield from secrets.guessable(settings)
    yield from secrets.database_password(settings)
    yield from secrets.readable_files(settings, environ)
    yield from host.disk(settings)
    with closing(Database(settings.database_url)) as database:
        yield from databases.examine(database)
        slugs = _slugs(database)
    yield from mlflow.examine(settings, slugs)
    yield from host.mlflow_port(settings, outside)
    yield from host.addresses(settings)


def _slugs(database: Database) -> list[str]:
    try:
        return database.read(
            lambda session: list(
                session.scalars(select(Project.slug).where(Project.deleted_at.is_(None)))
            )
        )
    except AccessError:
        return []
