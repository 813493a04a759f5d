"""What a drill reads in the restored installation: a project, a person in it, a run with a file."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, or_, select, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from ops.backup.artifacts import Entry
from ops.backup.tables.targets import transaction
from ops.purge.files import WORKSPACES
from uac_api.access.credentials import sessions
from uac_api.access.database import Database
from uac_api.access.models import Kind, Member, Project, User, now

HOURS = 1
ACTIVE = "runs.lifecycle_stage = 'active' AND experiments.lifecycle_stage = 'active'"
IN_PROJECT = f"""
    SELECT runs.run_uuid, runs.experiment_id, experiments.workspace
    FROM runs JOIN experiments ON experiments.experiment_id = runs.experiment_id
    WHERE {ACTIVE} AND experiments.workspace IN :slugs
"""  # noqa: S608 - no value is put in
NEWEST = f"{IN_PROJECT} ORDER BY runs.start_time DESC LIMIT 1"
ONE = f"{IN_PROJECT} AND runs.run_uuid = :run"


@dataclass(frozen=True)
class Run:
    """A run of the restored database, and what of it must be answered again."""

    id: str
    experiment: str
    project: str
    metrics: frozenset[str] = frozenset()
    params: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Subject:
    """Who reads what; `run` and `artifact` are None where the backup has none that can be read."""

    session: str = field(repr=False)
    project: str
    run: Run | None = None
    artifact: Entry | None = None


def choose(uac: URL, mlflow: URL, restored: Iterable[Entry]) -> Subject | None:
    """Something to read, with a session for the person; None if no project has a person in it.

    A run that has one of the restored artifacts is preferred, else it is the newest run.
    """
    with closing(Database(uac.render_as_string(hide_password=False))) as database:
        people = database.read(_people)
        if not people:
            return None
        with transaction(mlflow) as connection:
            run, artifact = _run(connection, list(people), restored)
        project = run.project if run else next(iter(people))
        # Only the copy ever knows this session.
        token = database.write(
            lambda session: sessions.start(session, people[project], hours=HOURS)[0]
        )
    return Subject(token, project, run, artifact)


def _people(session: Session) -> dict[str, int]:
    """A person in each living project, by its slug."""
    rows = session.execute(
        select(Project.slug, User.id)
        .join(Member, Member.project_id == Project.id)
        .join(User, User.id == Member.user_id)
        .where(
            Project.deleted_at.is_(None),
            User.kind == Kind.PERSON,
            ~User.disabled,
            or_(Member.expires_at.is_(None), Member.expires_at > now()),
        )
        .order_by(Project.slug, User.id)
    )
    return {row[0]: row[1] for row in rows}


def _run(
    connection: Connection, slugs: list[str], restored: Iterable[Entry]
) -> tuple[Run | None, Entry | None]:
    for entry in restored:
        # workspaces/<project>/<experiment>/<run>/artifacts/...
        parts = entry.path.split("/")
        if len(parts) > 5 and parts[0] == WORKSPACES and parts[4] == "artifacts":
            found = _found(connection, ONE, slugs, run=parts[3])
            if found is not None and [found.project, found.experiment] == parts[1:3]:
                return found, entry
    return _found(connection, NEWEST, slugs), None


def _found(connection: Connection, statement: str, slugs: list[str], **more: str) -> Run | None:
    query = text(statement).bindparams(bindparam("slugs", expanding=True))
    row = connection.execute(query, {"slugs": slugs, **more}).first()
    if row is None:
        return None
    run, experiment, project = row

    def keys(table: str) -> frozenset[str]:
        said = connection.execute(
            text(f"SELECT {table}.key FROM {table} WHERE run_uuid = :run"),  # noqa: S608
            {"run": run},
        )
        return frozenset(said.scalars())

    return Run(run, str(experiment), project, keys("latest_metrics"), keys("params"))
