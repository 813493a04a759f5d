"""Signing in by the identity provider: /studio/v1/single-sign-on and /studio/v1/sessions/oidc."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.audit import events
from ...access.credentials import sessions
from ...access.decisions.principals import Via
from ...access.errors import AlreadyExists
from ...access.people import linked_identities, provisioning
from ...access.people.provisioning import Arrival, Terms
from ...errors import BadRequest
from ...settings import Settings
from ..json import Json, shape, user_json
from ..schemas.credentials.single_sign_on import IdToken, SingleSignOnOut
from ..schemas.responses import TROUBLE, SessionNewOut
from ..services import begin, entry, origin, services

blueprint = APIBlueprint("single_sign_on", __name__, url_prefix="/studio/v1", abp_responses=TROUBLE)


@blueprint.get("/single-sign-on", responses={200: SingleSignOnOut})
def read() -> Json:
    """Whether people can sign in by an identity provider now; for who is signed out, too."""
    here = services()
    claim = here.settings.oidc_groups_claim
    if here.single_sign_on is None:
        out = SingleSignOnOut(
            configured=False,
            ok=False,
            message="Single sign-on is not set up.",
            issuer="",
            groups_claim=claim,
            sign_out_address="",
        )
        return shape(out), 200
    health = here.single_sign_on.provider.health()
    out = SingleSignOnOut(
        configured=True,
        ok=health.ok,
        message=health.message,
        issuer=here.single_sign_on.provider.issuer,
        groups_claim=claim,
        sign_out_address=health.sign_out_address,
    )
    return shape(out), 200


@blueprint.post("/sessions/oidc", responses={201: SessionNewOut})
def exchange(body: IdToken) -> Json:
    """A session for an identity token, once; people and their groups are brought up to date."""
    begin("sessions.exchange")
    here = services()
    if here.single_sign_on is None:
        raise BadRequest("Single sign-on is not set up here.", reason="no_single_sign_on")
    claims = here.single_sign_on.tokens.identity(body.id_token, body.nonce)

    def start(session: Session) -> Json:
        ends = datetime.fromtimestamp(claims.expires_at, UTC)
        linked_identities.use_once(session, claims.marks, ends)
        arrival = provisioning.provision(session, claims, terms(here.settings))
        user = arrival.user
        token, ticket, until = sessions.start(
            session,
            user.id,
            hours=here.settings.session_hours,
            origin=origin(),
            signed_in_by=Via.PROVIDER,
        )
        events.write(session, _told(arrival))
        out = SessionNewOut(token=token, ticket=ticket, expires_at=until, user=user_json(user))
        return shape(out), 201

    try:
        return here.database.write(start)
    except AlreadyExists:
        # Two first sign-ins of one person at once: the second finds what the first has made.
        return here.database.write(start)


def terms(settings: Settings) -> Terms:
    """On which terms people come in, as the settings say."""
    claim, _, value = settings.oidc_administrators.partition("=")
    return Terms(
        username_claim=settings.oidc_username_claim,
        administrators=(claim, value) if claim else None,
        create_people=settings.oidc_create_people,
    )


def _told(arrival: Arrival) -> list[events.Entry]:
    """What the audit trail is told of an arrival: the sign-in, and each change that it brought."""
    username = arrival.user.username
    signed_in = replace(entry(events.ALLOWED, target=username, status=201), user=username)
    told = [signed_in]
    if arrival.created:
        told.append(replace(signed_in, operation="users.create"))
    if str(arrival.moved):
        moved = f"{username}: {arrival.moved}"
        told.append(replace(signed_in, operation="groups.claims", target=moved))
    if arrival.administrator is not None:
        given = f"{username}: administrator {'given' if arrival.administrator else 'taken'}"
        told.append(replace(signed_in, operation="users.update", target=f"{given} by claim"))
    return told
