"""The limits of a project: /studio/v1/projects/<slug>/quota."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.projects import projects
from ...access.quotas import limits as quotas
from ...access.quotas.limits import Own
from ..if_match import expected
from ..json import Json, no_content, shape
from ..schemas.projects.usage import QuotaAsked, QuotaOut
from ..schemas.queries import ProjectPath
from ..schemas.responses import DOCUMENTED
from ..services import record, require, services
from .usage_json import quota_json

blueprint = APIBlueprint(
    "quotas", __name__, url_prefix="/studio/v1/projects/<slug>/quota", **DOCUMENTED
)


@blueprint.put("", responses={200: QuotaOut})
def put(path: ProjectPath, body: QuotaAsked) -> Json:
    """Give a project limits of its own; with If-Match only if nobody changed them meanwhile."""
    principal = require("quotas.set", path.slug)
    version, given = expected(), Own(**body.model_dump())

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        quota = quotas.put(session, project, given, by=principal.username, expected=version)
        record(session, _told(given))
        return shape(quota_json(quota)), 200

    return services().database.write(work)


@blueprint.delete("", responses={204: None})
def reset(path: ProjectPath) -> Response:
    """Give a project the limits for all again."""
    principal = require("quotas.reset", path.slug)
    version = expected()

    def work(session: Session) -> None:
        project = projects.get(session, path.slug)
        quotas.put(session, project, Own(), by=principal.username, expected=version)
        record(session, path.slug, status=204)

    services().database.write(work)
    return no_content()


def _told(given: Own) -> str:
    limits = (
        ("storage", given.storage_mb, "MB"),
        ("runs", given.runs_per_day, "a day"),
        ("requests", given.requests_per_minute, "a minute"),
    )
    return ", ".join(f"{name} {_amount(value, unit)}" for name, value, unit in limits)


def _amount(value: int | None, unit: str) -> str:
    return "default" if value is None else f"{value} {unit}" if value else "no limit"
