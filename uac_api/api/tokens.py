"""My tokens: /studio/v1/tokens."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ..access import tokens
from ..access.decide import decide
from ..access.roles import Action
from ..errors import refuse
from .answered import DOCUMENTED, TokenNewOut, TokensOut
from .asked import TokenNew, TokenPath
from .services import record, require, services
from .shapes import Json, no_content, shape, token_json

blueprint = APIBlueprint("tokens", __name__, url_prefix="/studio/v1/tokens", **DOCUMENTED)


@blueprint.get("", responses={200: TokensOut})
def listed() -> Json:
    """My tokens, newest first, without their secrets."""
    principal = require("tokens.list")
    found = services().database.read(lambda session: tokens.listed(session, principal.user_id))
    return shape(TokensOut(tokens=[token_json(token) for token in found])), 200


@blueprint.post("", responses={201: TokenNewOut})
def create(body: TokenNew) -> Json:
    """A token for programs; its secret is shown this once."""
    principal = require("tokens.create")
    project_id = None
    if body.project is not None:
        decision = decide(principal, Action.READ, body.project)
        if not decision.allowed:
            raise refuse(decision)
        project_id = principal.grants[body.project].project_id

    def work(session: Session) -> Json:
        token, issued = tokens.create(
            session,
            user_id=principal.user_id,
            name=body.name,
            project_id=project_id,
            actions=body.actions,
            expires_in_days=body.expires_in_days,
        )
        record(session, f"{token.id} {token.name}", status=201)
        known = token_json(token)
        return shape(TokenNewOut(**known.model_dump(), token=issued.text)), 201

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
