"""`studio doctor`: looks at everything ML Studio stands on, and says what to mend."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from configuration.settings import SettingsError

from ..access.audit.signatures import Signer
from ..access.database import Database
from ..access.errors import AccessError
from ..access.installation import artifact_store
from ..access.models import Project
from ..settings import Settings, load
from . import audit, backups, databases, host, jobs, mlflow, processes, secrets
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
    marks = Signer(*settings.mark_keys)
    with closing(Database(settings.database_url, marks)) as database:
        found = list(databases.examine(database))
        yield from found
        # What is not there cannot be looked into.
        if not any(one.level is Level.FAULT for one in found):
            yield from processes.examine(database, marks)
            yield from jobs.examine(database, marks)
            yield from backups.examine(database)
            yield from audit.examine(database, marks)
        slugs, store = _slugs(database), _artifact_store(database)
    yield from mlflow.examine(settings, slugs, store)
    yield from host.mlflow_port(settings, outside)
    yield from host.addresses(settings)
    yield from host.host_name(settings)


def _artifact_store(database: Database) -> str:
    try:
        return database.read(artifact_store.artifact_store)
    except (AccessError, DBAPIError):
        return ""


def _slugs(database: Database) -> list[str]:
    try:
        return database.read(
            lambda session: list(
                session.scalars(select(Project.slug).where(Project.deleted_at.is_(None)))
            )
        )
    except AccessError:
        return []
