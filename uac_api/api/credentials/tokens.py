"""Tokens: mine at /studio/v1/tokens, everybody's for administrators, a project's for owners."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.credentials import tokens
from ...access.decisions.decide import decide
from ...access.decisions.principals import Principal
from ...access.decisions.roles import Action
from ...access.projects import projects
from ...errors import refuse
from ..json import Json, no_content, shape
from ..schemas.credentials.tokens import (
    FoundTokensOut,
    Leaked,
    OwnedTokensOut,
    ProjectTokenPath,
    Rotation,
    TokenNew,
    TokenNewOut,
    TokenPath,
    TokensOut,
)
from ..schemas.queries import Page, ProjectPath, Search
from ..schemas.responses import DOCUMENTED, MLFLOW_TROUBLE
from ..services import record, require, services
from . import token_json

blueprint = APIBlueprint("tokens", __name__, url_prefix="/studio/v1/tokens", **DOCUMENTED)
of_project = APIBlueprint(
    "project_tokens", __name__, url_prefix="/studio/v1/projects/<slug>/tokens", **DOCUMENTED
)


@blueprint.get("", responses={200: TokensOut})
def listed() -> Json:
    """My tokens, newest first, without their secrets."""
    principal = require("tokens.list")
    found = services().database.read(lambda session: tokens.listed(session, principal.user_id))
    return shape(token_json.listed(found)), 200


@blueprint.post("", responses={201: TokenNewOut, **MLFLOW_TROUBLE})
def create(body: TokenNew) -> Json:
    """A token for programs; its secret is shown this once."""
    principal = require("tokens.create")
    project_id = None
    if body.project is not None:
        needed = Action.READ if body.run_id is None else Action.LOG
        project_id = _reached(principal, body.project, needed)
        token_json.name_run(body, body.project)

    def work(session: Session) -> Json:
        return token_json.made(
            session, body, principal, user_id=principal.user_id, project_id=project_id
        )

    return services().database.write(work)


@blueprint.post("/<token_id>/rotate", responses={201: TokenNewOut})
def rotate(path: TokenPath, body: Rotation) -> Json:
    """A token that follows one of mine, with its name and limits; both work for some hours."""
    principal = require("tokens.rotate")

    def work(session: Session) -> Json:
        old = tokens.get(session, path.token_id, user_id=principal.user_id)
        return token_json.rotated(session, old, body, principal)

    return services().database.write(work)


@blueprint.delete("/<token_id>", responses={204: None})
def delete(path: TokenPath) -> Response:
    """Revoke a token; its next call is refused."""
    principal = require("tokens.delete")

    def work(session: Session) -> None:
        tokens.delete(session, principal.user_id, path.token_id)
        record(session, path.token_id, status=204)

    services().database.write(work)
    return no_content()


@blueprint.get("/all", responses={200: OwnedTokensOut})
def everybodys(query: Search) -> Json:
    """Everybody's tokens, newest first, for administrators; `query` finds names and ids."""
    principal = require("tokens.all")
    return token_json.page(principal, ("tokens", query.query), query, query=query.query)


@blueprint.post("/find", responses={200: FoundTokensOut})
def find(body: Leaked) -> Json:
    """Whose a leaked token is, for administrators; the beginning of its id is enough."""
    require("tokens.find")
    found = services().database.read(lambda session: tokens.found_in(session, body.text))
    return shape(FoundTokensOut(tokens=[token_json.owned_json(token) for token in found])), 200


@blueprint.delete("/all/<token_id>", responses={204: None})
def revoke(path: TokenPath) -> Response:
    """Revoke anybody's token, for administrators; its next call is refused."""
    require("tokens.revoke")

    def work(session: Session) -> None:
        token = tokens.revoke(session, path.token_id)
        record(session, f"{token.id} of {token.user.username}", status=204)

    services().database.write(work)
    return no_content()


@of_project.get("", responses={200: OwnedTokensOut})
def of_one_project(path: ProjectPath, query: Page) -> Json:
    """The tokens that reach only into a project, newest first, for its owners."""
    principal = require("tokens.project", path.slug)
    project = services().database.read(lambda s: projects.get(s, path.slug, lock=False))
    question = ("project tokens", path.slug)
    return token_json.page(principal, question, query, project_id=project.id)


@of_project.delete("/<token_id>", responses={204: None})
def revoke_in_project(path: ProjectTokenPath) -> Response:
    """Revoke a token that reaches only into a project, for its owners."""
    require("tokens.project.revoke", path.slug)

    def work(session: Session) -> None:
        project = projects.get(session, path.slug)
        token = tokens.revoke(session, path.token_id, project_id=project.id)
        record(session, f"{token.id} of {token.user.username}", status=204)

    services().database.write(work)
    return no_content()


def _reached(principal: Principal, slug: str, action: Action) -> int:
    decision = decide(principal, action, slug)
    if not decision.allowed:
        raise refuse(decision)
    return principal.grants[slug].project_id
