"""Deleted projects that can come back: /studio/v1/deleted-projects."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.decide import allow
from ...access.decisions.principals import Principal
from ...access.models import Project
from ...access.projects import deleted_projects
from ...errors import refuse
from ..json import Json, shape
from ..schemas.projects.trash import DeletedProjectOut, DeletedProjectsOut, ProjectRestore
from ..schemas.queries import Page, ProjectPath
from ..schemas.responses import DOCUMENTED
from ..services import begin, record, require, services

blueprint = APIBlueprint(
    "deleted_projects", __name__, url_prefix="/studio/v1/deleted-projects", **DOCUMENTED
)

LIST, RESTORE = "deleted_projects.list", "deleted_projects.restore"


@blueprint.get("", responses={200: DeletedProjectsOut})
def listed(query: Page) -> Json:
    """The deleted projects that I may restore: those I own, for administrators every one."""
    here, principal = services(), require(LIST)
    after = here.page_tokens.read(principal.username, LIST, query.page_token) or ""

    def work(session: Session) -> list[Project]:
        back = deleted_projects.as_if_back(session, principal)
        slugs = None
        if not allow(back, RESTORE, "").allowed:
            slugs = [slug for slug in back.grants if allow(back, RESTORE, slug).allowed]
        return deleted_projects.page(session, slugs=slugs, after=after, limit=query.max_results + 1)

    found = here.database.read(work)
    shown, token = found[: query.max_results], ""
    if len(found) > len(shown):
        token = here.page_tokens.write(principal.username, LIST, shown[-1].slug)
    rows = [_json(project) for project in shown]
    return shape(DeletedProjectsOut(projects=rows, next_page_token=token)), 200


@blueprint.post("/<slug>/restore", responses={200: DeletedProjectOut})
def restore(path: ProjectPath, body: ProjectRestore) -> Json:  # noqa: ARG001 (checked: empty)
    """Bring a deleted project back with its members, their roles, and the tokens for it."""
    principal = require(LIST)
    begin(RESTORE, path.slug)

    def work(session: Session) -> Json:
        _require(deleted_projects.as_if_back(session, principal), path.slug)
        project = deleted_projects.get(session, path.slug)
        told = _json(project)
        deleted_projects.restore(project)
        record(session, path.slug)
        return shape(told), 200

    return services().database.write(work)


def _require(back: Principal, slug: str) -> None:
    decision = allow(back, RESTORE, slug)
    if not decision.allowed:
        raise refuse(decision)


def _json(project: Project) -> DeletedProjectOut:
    return DeletedProjectOut(
        slug=project.slug,
        name=project.name,
        description=project.description,
        deleted_by=project.deleted_by,
        deleted_at=project.deleted_at,
        goes_at=goes_at(project.deleted_at),
    )


def goes_at(deleted_at: datetime | None) -> datetime | None:
    """When something is purged that was deleted then; None for never, or if that is not known."""
    days = services().settings.trash_days
    return deleted_at + timedelta(days=days) if deleted_at is not None and days else None
