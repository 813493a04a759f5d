"""The projects that a plan needs: opened as the REST for people opens them, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from configuration.settings import SettingsError
from ops.adopt.errors import AdoptError
from ops.adopt.planning.plan import Part, Plan
from ops.adopt.target import Target
from uac_api import settings
from uac_api.access import validation
from uac_api.access.audit import events
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.access.errors import AccessError, NotFound
from uac_api.access.models import Base, Member, Project, Usage, UsageCount
from uac_api.access.people import users
from uac_api.access.projects import projects
from uac_api.errors import StudioError
from uac_api.mlflow.catalog import Catalog
from uac_api.mlflow.upstream import Upstream

BY = "cli"
# What looking at a project leaves behind is no use that anybody would miss.
COUNTED = (Usage, UsageCount)


@dataclass(frozen=True)
class Projects:
    """The UAC database, and MLflow as the UAC API asks it."""

    database: Database
    catalog: Catalog

    def missing(self, plan: Plan) -> set[str]:
        """Projects of the plan that must be opened."""

        def work(session: Session) -> set[str]:
            there = select(Project.slug).where(Project.deleted_at.is_(None))
            return set(plan.projects) - set(session.scalars(there))

        return self.database.read(work)

    def problems(self, plan: Plan) -> Iterator[str]:
        """A sentence for each project that cannot be opened."""
        missing = self.missing(plan)
        for slug, part in plan.projects.items():
            if slug not in missing:
                continue
            try:
                self.database.read(partial(_check, slug=slug, part=part))
            except AccessError as error:
                yield f"{slug}: {error.message}"
            except AdoptError as error:
                yield str(error)

    def open(self, slug: str, part: Part) -> None:
        """Open a project: MLflow's side first, as `POST /projects` does."""
        self.database.read(partial(_check, slug=slug, part=part))
        self.catalog.open_project(slug)

        def work(session: Session) -> None:
            owner = users.get(session, part.owner)
            made = projects.create(session, _draft(slug, part), owner)
            _event(session, "projects.create", slug, f"{made.slug}, owner {owner.username}")

        self.database.write(work)

    def opener(self, slug: str) -> str | None:
        """Who opened the project of that slug; None if there is none."""

        def work(session: Session) -> str | None:
            try:
                return projects.get(session, slug, lock=False).created_by
            except NotFound:
                return None

        return self.database.read(work)

    def record(self, operation: str, slug: str, target: str) -> None:
        """Write an event."""
        self.database.write(lambda session: _event(session, operation, slug, target))

    def take_back(self, slug: str, target: Target) -> bool:
        """Remove a project that this adoption opened; False if somebody has used it since."""
        workspaces = target.tables["workspaces"]
        with target.reading() as connection:
            for table in target.tables.values():
                if "workspace" not in table.columns:
                    continue
                held = select(func.count()).where(table.c.workspace == slug)
                if connection.scalar(held):
                    return False

        def work(session: Session) -> bool:
            try:
                project = projects.get(session, slug)
            except NotFound:
                return False
            if _used(session, project):
                return False
            for table in (Member, *COUNTED):
                session.execute(delete(table).where(table.project_id == project.id))
            session.delete(project)
            return True

        if not self.database.write(work):
            return False
        with target.writing() as connection:
            connection.execute(delete(workspaces).where(workspaces.c.name == slug))
        return True


@contextmanager
def opened() -> Iterator[Projects]:
    """With the settings of the UAC API; raises AdoptError for all that either side refuses."""
    try:
        configured = settings.load()
    except SettingsError as error:
        raise AdoptError(str(error)) from None
    upstream = Upstream(
        configured.upstream_url,
        configured.upstream_secret.get_secret_value(),
        timeout=configured.upstream_timeout_seconds,
    )
    database = Database(configured.database_url, Signer(*configured.mark_keys))
    try:
        yield Projects(database, Catalog(upstream))
    except (AccessError, StudioError) as error:
        raise AdoptError(error.message) from None
    finally:
        database.close()


def _check(session: Session, slug: str, part: Part) -> None:
    if not part.owner:
        raise AdoptError(f"{slug} is no project yet. Name who will own it: --owner {slug}=PERSON")
    users.get(session, part.owner, lock=False)
    projects.require_free(session, validation.slug(slug))
    _draft(slug, part)


def _draft(slug: str, part: Part) -> Project:
    return projects.draft(slug=slug, name=part.title, description="", created_by=BY)


def _event(session: Session, operation: str, slug: str, target: str) -> None:
    entry = events.Entry(operation, events.ALLOWED, user=BY, project=slug, target=target)
    events.write(session, [entry])


def _used(session: Session, project: Project) -> bool:
    """Whether anything but its first owner, and what was counted, belongs to the project."""
    counted = [one.__tablename__ for one in COUNTED]
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name != Project.__tablename__ or table.name in counted:
                continue
            number = session.scalar(select(func.count()).where(key.parent == project.id)) or 0
            if number > (1 if table.name == Member.__tablename__ else 0):
                return True
    return False
