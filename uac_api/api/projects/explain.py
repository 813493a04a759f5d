"""Decisions, explained: /studio/v1/explain, and who may do what in a project."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions import explain
from ...access.decisions.roles import action_named
from ...access.people import users
from ...access.projects import projects
from ..json import Json, shape
from ..schemas.projects.explain import AccessesOut, ExplainOut, ExplainQuery
from ..schemas.queries import ProjectPath, Search
from ..schemas.responses import DOCUMENTED
from ..services import require, services
from .grants_json import access_json, chain_json

blueprint = APIBlueprint("explain", __name__, url_prefix="/studio/v1", **DOCUMENTED)


@blueprint.get("/explain", responses={200: ExplainOut})
def why(query: ExplainQuery) -> Json:
    """Whether a person may do something in a project, through what, or why not.

    Everybody asks about themselves, owners about their project, administrators about all.
    """
    principal = require("explain.self", query.project)
    if query.user not in ("", principal.username):
        principal = require("explain.others", query.project)
    action = action_named(query.action)

    def work(session: Session) -> Json:
        project = projects.get(session, query.project, lock=False)
        user = users.get(session, query.user or principal.username, lock=False)
        found = explain.of(session, user, project)
        decision = found.decisions[action]
        out = ExplainOut(
            user=user.username,
            action=action,
            project=project.slug,
            allowed=decision.allowed,
            reason=decision.reason,
            message=explain.sentence(found, action),
            chains=[chain_json(chain, found) for chain in found.chains],
        )
        return shape(out), 200

    return services().database.read(work)


@blueprint.get("/projects/<slug>/access", responses={200: AccessesOut})
def listed(path: ProjectPath, query: Search) -> Json:
    """Who may do what in a project and through what, by username, also what has ended."""
    principal = require("access.list", path.slug)
    here = services()
    question = ("access", path.slug, query.query)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        limit = query.max_results + 1
        found = explain.page(session, project, query=query.query, after=after, limit=limit)
        shown = found[: query.max_results]
        token = ""
        if len(found) > len(shown):
            token = here.page_tokens.write(principal.username, question, shown[-1].user.username)
        rows = [access_json(one) for one in shown]
        return shape(AccessesOut(people=rows, next_page_token=token)), 200

    return here.database.read(work)
