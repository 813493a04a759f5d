"""Signing in and out, and where one is signed in: /studio/v1/sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import Response, g
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.audit import events
from ...access.credentials import sessions
from ...access.decisions.principals import Principal, Via
from ...access.models import UserSession
from ...access.people import users
from ..json import Json, no_content, shape, user_json
from ..schemas.credentials.sessions import SessionPath, SessionRowOut, SessionsOut
from ..schemas.queries import Page, SignIn, Ticket, UserPath
from ..schemas.responses import CREDENTIALS, DOCUMENTED, TROUBLE, SessionNewOut, SessionRedeemedOut
from ..services import begin, entry, origin, record, require, services

blueprint = APIBlueprint(
    "sessions", __name__, url_prefix="/studio/v1/sessions", abp_responses=TROUBLE
)
blueprint_of_people = APIBlueprint(
    "sessions_of_people", __name__, url_prefix="/studio/v1/users/<username>/sessions", **DOCUMENTED
)


@blueprint.post("", responses={201: SessionNewOut})
def sign_in(body: SignIn) -> Json:
    """A session for a name and a password; every failure is the same 401, many are a 429."""
    begin("sessions.start")
    here = services()
    principal = here.identity.by_password(body.username, body.password, origin())

    def start(session: Session) -> Json:
        token, ticket, ends = sessions.start(
            session,
            principal.user_id,
            hours=here.settings.session_hours,
            origin=origin(),
        )
        g.principal = principal
        record(session, principal.username, status=201)
        user = users.get(session, principal.username)
        out = SessionNewOut(token=token, ticket=ticket, expires_at=ends, user=user_json(user))
        return shape(out), 201

    return here.database.write(start)


@blueprint.post("/redeem", responses={201: SessionRedeemedOut})
def redeem(body: Ticket) -> Json:
    """Take a session over by its one-time ticket; the token of the sign-in stops working."""
    begin("sessions.redeem")

    def take(session: Session) -> Json:
        redeemed = sessions.redeem(session, body.ticket)
        username = redeemed.user.username
        taken = entry(events.ALLOWED, target=username, status=201)
        events.write(session, [replace(taken, user=username)])
        out = SessionRedeemedOut(
            token=redeemed.token,
            interface=redeemed.interface,
            expires_at=redeemed.ends,
            user=user_json(redeemed.user),
        )
        return shape(out), 201

    return services().database.write(take)


@blueprint.get("", responses={200: SessionsOut}, security=CREDENTIALS)
def listed(query: Page) -> Json:
    """My sessions that are not over, the newest first, and which of them this is."""
    principal = require("sessions.list")
    here = services()
    after = here.page_tokens.read(principal.username, "sessions", query.page_token)
    found = here.database.read(
        lambda session: sessions.page(
            session,
            principal.user_id,
            idle=here.settings.session_idle,
            after=(datetime.fromisoformat(after[0]), after[1]) if after else None,
            limit=query.max_results + 1,
        )
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        position = [shown[-1].created_at.isoformat(), shown[-1].id]
        token = here.page_tokens.write(principal.username, "sessions", position)
    rows = [_row(one, principal) for one in shown]
    return shape(SessionsOut(sessions=rows, next_page_token=token)), 200


@blueprint.delete("/current", responses={204: None}, security=CREDENTIALS)
def sign_out() -> Response:
    """End this session everywhere."""
    principal = require("sessions.end")

    def finish(session: Session) -> None:
        if principal.via is Via.SESSION:
            sessions.end(session, principal.credential_id)
        events.write(session, [entry(events.ALLOWED, target=principal.username, status=204)])

    services().database.write(finish)
    return no_content()


@blueprint.delete("", responses={204: None}, security=CREDENTIALS)
def end_others() -> Response:
    """End all my other sessions."""
    principal = require("sessions.end_others")
    keep = principal.credential_id if principal.via is Via.SESSION else ""

    def finish(session: Session) -> None:
        users.end_sessions(session, principal.user_id, keep=keep)
        record(session, principal.username, status=204)

    services().database.write(finish)
    return no_content()


@blueprint.delete("/<session_id>", responses={204: None}, security=CREDENTIALS)
def end(path: SessionPath) -> Response:
    """End one of my sessions; its browser is signed out at its next click."""
    principal = require("sessions.end")

    def finish(session: Session) -> None:
        sessions.end_own(session, principal.user_id, path.session_id)
        record(session, f"{principal.username}: {path.session_id}", status=204)

    services().database.write(finish)
    return no_content()


@blueprint_of_people.delete("", responses={204: None})
def end_all_of(path: UserPath) -> Response:
    """End every session of a person; their tokens and their password go on working."""
    require("sessions.end_all_of")

    def finish(session: Session) -> None:
        user = users.get(session, path.username)
        users.end_sessions(session, user.id)
        record(session, user.username, status=204)

    services().database.write(finish)
    return no_content()


def _row(one: UserSession, principal: Principal) -> SessionRowOut:
    return SessionRowOut(
        id=one.id,
        device=one.client,
        address=one.address,
        signed_in_by=one.signed_in_by,
        started_at=one.created_at,
        last_seen_at=one.last_seen_at,
        expires_at=one.expires_at,
        current=principal.via is Via.SESSION and one.id == principal.credential_id,
    )
