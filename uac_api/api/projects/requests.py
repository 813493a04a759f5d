"""Requests for access: /studio/v1/projects/<slug>/requests, and where they wait."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access import validation
from ...access.decisions.decide import allowed_actions, grants_until
from ...access.decisions.roles import Action, role_named
from ...access.errors import NotFound
from ...access.models import AccessRequest
from ...access.people import users
from ...access.projects import projects, requests
from ..json import Json, shape
from ..schemas.projects.requests import (
    ProjectRequestsOut,
    RequestCountsOut,
    RequestDecidedOut,
    RequestDecline,
    RequestedOut,
    RequestNew,
    RequestOut,
    RequestPath,
    RequestRole,
    RequestsOut,
)
from ..schemas.queries import Page, ProjectPath
from ..schemas.responses import DOCUMENTED, ErrorOut
from ..services import record, require, services

blueprint = APIBlueprint("requests", __name__, url_prefix="/studio/v1", **DOCUMENTED)

ANSWER = (
    "If there is such a project, its owners see your request. "
    "The project stands among yours as soon as one of them grants it."
)


@blueprint.get("/requests", responses={200: RequestCountsOut})
def counted() -> Json:
    """The projects that I manage where somebody asks for access, with how many."""
    principal = require("requests.count")
    managed = {
        grant.project_id: slug
        for slug, grant in principal.grants.items()
        if Action.MANAGE in allowed_actions(principal, slug)
    }

    def work(session: Session) -> Json:
        waiting = requests.counts(session, managed)
        slugs = [managed[number] for number in waiting]
        found = projects.page(session, slugs=slugs, limit=len(slugs) or 1)
        rows = [
            ProjectRequestsOut(slug=one.slug, name=one.name, open=waiting[one.id]) for one in found
        ]
        return shape(RequestCountsOut(projects=rows)), 200

    return services().database.read(work)


@blueprint.post("/projects/<slug>/requests", responses={202: RequestedOut, 429: ErrorOut})
def create(path: ProjectPath, body: RequestNew) -> Json:
    """Ask for a role in a project; the answer is the same whether there is such a project."""
    principal = require("requests.create", path.slug)
    validation.slug(path.slug)
    grant = principal.grants.get(path.slug)
    role = requests.role_to_ask(body.role, grant.role if grant else None)

    def work(session: Session) -> Json:
        user = users.get(session, principal.username)
        requests.require_not_too_many(session, user)
        requests.ask(session, user, path.slug, role, body.message)
        record(session, role, status=202)
        return shape(RequestedOut(message=ANSWER)), 202

    return services().database.write(work)


@blueprint.get("/projects/<slug>/requests", responses={200: RequestsOut})
def listed(path: ProjectPath, query: Page) -> Json:
    """Who asks for access to a project, the oldest first."""
    principal = require("requests.list", path.slug)
    here = services()
    question = ("requests", path.slug)
    after = here.page_tokens.read(principal.username, question, query.page_token) or 0

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        found = requests.page(session, project, after=after, limit=query.max_results + 1)
        shown = found[: query.max_results]
        token = ""
        if len(found) > len(shown):
            token = here.page_tokens.write(principal.username, question, shown[-1].id)
        rows = [_request_json(one) for one in shown]
        return shape(RequestsOut(requests=rows, next_page_token=token)), 200

    return here.database.read(work)


@blueprint.post("/projects/<slug>/requests/<request_id>/grant", responses={200: RequestDecidedOut})
def grant(path: RequestPath, body: RequestRole) -> Json:
    """Give the person who asked a role; it need not be the one they asked for."""
    principal = require("requests.grant", path.slug)
    role = role_named(body.role)
    until = grants_until(principal, path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        request = requests.grant(
            session,
            project,
            _number(path.request_id),
            role,
            by=principal.username,
            expires_at=body.end,
            until=until,
        )
        record(session, f"{request.user.username}: {role}{body.told}")
        return shape(_decided_json(request)), 200

    return services().database.write(work)


@blueprint.post(
    "/projects/<slug>/requests/<request_id>/decline", responses={200: RequestDecidedOut}
)
def decline(path: RequestPath, body: RequestDecline) -> Json:  # noqa: ARG001 (an empty one)
    """Close a request without a role; the person is not told, and is not heard for a week."""
    principal = require("requests.decline", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        request = requests.decline(
            session, project, _number(path.request_id), by=principal.username
        )
        record(session, request.user.username)
        return shape(_decided_json(request)), 200

    return services().database.write(work)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise NotFound("There is no such request in this project.", reason="no_such_request")
    return int(text)


def _request_json(request: AccessRequest) -> RequestOut:
    return RequestOut(
        id=request.id,
        username=request.user.username,
        display_name=request.user.display_name,
        email=request.user.email,
        role=request.role,
        message=request.message,
        created_at=request.created_at,
    )


def _decided_json(request: AccessRequest) -> RequestDecidedOut:
    return RequestDecidedOut(id=request.id, username=request.user.username, outcome=request.outcome)
