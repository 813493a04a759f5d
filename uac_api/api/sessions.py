"""Signing in and out: /studio/v1/sessions."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, g
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ..access import audit, sessions, users
from ..access.principals import Via
from .answered import CREDENTIALS, TROUBLE, SessionNewOut, SessionOut
from .asked import SignIn, Ticket
from .services import begin, entry, here_from, record, require, services
from .shapes import Json, no_content, shape, user_json

blueprint = APIBlueprint(
    "sessions", __name__, url_prefix="/studio/v1/sessions", abp_responses=TROUBLE
)


@blueprint.post("", responses={201: SessionNewOut})
def sign_in(body: SignIn) -> Json:
    """A session for a name and a password; every failure is the same 401."""
    begin("sessions.start")
    here = services()
    principal = here.identity.by_password(body.username, body.password, here_from())

    def start(session: Session) -> Json:
        token, ticket, ends = sessions.start(
            session, principal.user_id, hours=here.settings.session_hours
        )
        g.principal = principal
        record(session, principal.username, status=201)
        user = users.get(session, principal.username)
        out = SessionNewOut(token=token, ticket=ticket, expires_at=ends, user=user_json(user))
        return shape(out), 201

    return here.database.write(start)


@blueprint.post("/redeem", responses={201: SessionOut})
def redeem(body: Ticket) -> Json:
    """Take a session over by its one-time ticket; the token of the sign-in stops working."""
    begin("sessions.redeem")

    def take(session: Session) -> Json:
        token, ends, user = sessions.redeem(session, body.ticket)
        taken = entry(audit.ALLOWED, target=user.username, status=201)
        audit.write(session, [replace(taken, user=user.username)])
        return shape(SessionOut(token=token, expires_at=ends, user=user_json(user))), 201

    return services().database.write(take)


@blueprint.delete("/current", responses={204: None}, security=CREDENTIALS)
def sign_out() -> Response:
    """End this session everywhere."""
    principal = require("sessions.end")

    def finish(session: Session) -> None:
        if principal.via is Via.SESSION:
            sessions.end(session, principal.credential_id)
        audit.write(session, [entry(audit.ALLOWED, target=principal.username, status=204)])

    services().database.write(finish)
    return no_content()
