"""What projects use of their limits: /studio/v1/projects/<slug>/usage and /studio/v1/usage."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.decide import allowed_actions
from ...access.decisions.roles import Action
from ...access.projects import projects
from ...access.quotas import usage
from ..json import Json, shape
from ..schemas.projects.usage import DayOut, UsageNearOut, UsageOut, UsagePage, UsagesOut
from ..schemas.queries import ProjectPath
from ..schemas.responses import DOCUMENTED
from ..services import require, services
from .usage_json import limits_json, standing_json

DAYS = 30

blueprint = APIBlueprint("usage", __name__, url_prefix="/studio/v1", **DOCUMENTED)


@blueprint.get("/projects/<slug>/usage", responses={200: UsageOut})
def read(path: ProjectPath) -> Json:
    """What a project uses, its limits, and its last 30 days."""
    require("usage.read", path.slug)
    here = services()

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        standing = usage.standings(session, here.meter.defaults, ids=[project.id])[project.id]
        days = usage.days(session, project.id, count=DAYS)
        answer = UsageOut(
            **standing_json(standing).model_dump(),
            defaults=limits_json(here.meter.defaults),
            days=[DayOut(day=d.day, runs=d.runs, requests=d.requests, bytes=d.bytes) for d in days],
        )
        return shape(answer), 200

    return here.database.read(work)


@blueprint.get("/usage", responses={200: UsagesOut})
def listed(query: UsagePage) -> Json:
    """What every project uses, by slug or with the largest first."""
    principal = require("usage.list")
    here = services()
    question = ("usage", query.order)
    after = here.page_tokens.read(principal.username, question, query.page_token)
    found = here.database.read(
        lambda session: usage.page(
            session,
            here.meter.defaults,
            largest_first=query.order == "storage",
            after=(after[0], after[1]) if after else None,
            limit=query.max_results + 1,
        )
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        position = [shown[-1].storage.used, shown[-1].project.slug]
        token = here.page_tokens.write(principal.username, question, position)
    answer = UsagesOut(
        usage=[standing_json(one) for one in shown],
        defaults=limits_json(here.meter.defaults),
        next_page_token=token,
    )
    return shape(answer), 200


@blueprint.get("/usage/near", responses={200: UsageNearOut})
def listed_near() -> Json:
    """My projects whose storage or runs of today are nearly, or quite, used up."""
    principal = require("usage.near")
    here = services()
    mine = [
        grant.project_id
        for slug, grant in principal.grants.items()
        if Action.READ in allowed_actions(principal, slug)
    ]
    found = here.database.read(lambda session: usage.near(session, here.meter.defaults, ids=mine))
    return shape(UsageNearOut(usage=[standing_json(one) for one in found])), 200
