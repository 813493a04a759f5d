"""Invitations: /studio/v1/invitations."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, g
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.audit import events
from ...access.credentials import sessions
from ...access.decisions.roles import role_named
from ...access.people import invitations
from ...access.people.invitations import Found
from ...access.projects import projects
from ..json import Json, no_content, shape, user_json
from ..schemas.people.invitations import (
    InvitationAccept,
    InvitationLink,
    InvitationNew,
    InvitationNewOut,
    InvitationOut,
    InvitationPath,
    InvitationsOut,
    WelcomeOut,
)
from ..schemas.queries import Page
from ..schemas.responses import CREDENTIALS, TROUBLE, SessionNewOut
from ..services import begin, entry, origin, record, require, services

# Two of its operations are for people who have no credential yet.
blueprint = APIBlueprint(
    "invitations", __name__, url_prefix="/studio/v1/invitations", abp_responses=TROUBLE
)


@blueprint.post("", responses={201: InvitationNewOut}, security=CREDENTIALS)
def create(body: InvitationNew) -> Json:
    """Invite a person, with a role in a project if one is named; the link is shown this once."""
    principal = require("invitations.create")
    role = None if body.role is None else role_named(body.role)
    fields = body.model_dump(include={"username", "display_name", "email"})

    def work(session: Session) -> Json:
        project = None if body.project is None else projects.get(session, body.project)
        invitation, issued = invitations.create(
            session,
            **fields,
            created_by=principal.username,
            project=project,
            role=role,
            days=body.expires_in_days,
        )
        promised = f": {role} of {project.slug}" if project else ""
        record(session, f"{invitation.id} {invitation.username}{promised}", status=201)
        known = _invitation_json(Found(invitation, project, works=True))
        # What follows the # stays in the browser: no server, log or Referer sees it on the way.
        link = f"{services().settings.public_url}/join#{issued.text}"
        return shape(InvitationNewOut(**known.model_dump(), link=link)), 201

    return services().database.write(work)


@blueprint.get("", responses={200: InvitationsOut}, security=CREDENTIALS)
def listed(query: Page) -> Json:
    """Open invitations by username, without their links."""
    principal = require("invitations.list")
    here = services()
    after = here.page_tokens.read(principal.username, "invitations", query.page_token) or ["", ""]
    found = here.database.read(
        lambda session: invitations.page(
            session, after=(after[0], after[1]), limit=query.max_results + 1
        )
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        last = shown[-1].invitation
        token = here.page_tokens.write(principal.username, "invitations", [last.username, last.id])
    rows = [_invitation_json(one) for one in shown]
    return shape(InvitationsOut(invitations=rows, next_page_token=token)), 200


@blueprint.delete("/<invitation_id>", responses={204: None}, security=CREDENTIALS)
def revoke(path: InvitationPath) -> Response:
    """Take an open invitation back; its link stops working."""
    require("invitations.revoke")

    def work(session: Session) -> None:
        taken = invitations.revoke(session, path.invitation_id)
        record(session, f"{taken.id} {taken.username}", status=204)

    services().database.write(work)
    return no_content()


@blueprint.post("/read", responses={200: WelcomeOut})
def read(body: InvitationLink) -> Json:
    """What the link invites to; the same 401 for every link that does not work."""
    begin("invitations.read")
    found = services().database.read(lambda session: invitations.read(session, body.invitation))
    known = _invitation_json(found)
    return shape(WelcomeOut(**known.model_dump(include=set(WelcomeOut.model_fields)))), 200


@blueprint.post("/accept", responses={201: SessionNewOut})
def accept(body: InvitationAccept) -> Json:
    """Make the account that the link is for, once, and sign in there."""
    begin("invitations.accept")
    hours = services().settings.session_hours

    def work(session: Session) -> Json:
        user, found = invitations.accept(session, body.invitation, body.password)
        token, ticket, ends = sessions.start(
            session, user.id, hours=hours, origin=origin(), signed_in_by="invitation"
        )
        g.slug = found.project.slug if found.project else ""
        taken = entry(events.ALLOWED, target=f"{found.invitation.id} {user.username}", status=201)
        events.write(session, [replace(taken, user=user.username)])
        out = SessionNewOut(token=token, ticket=ticket, expires_at=ends, user=user_json(user))
        return shape(out), 201

    return services().database.write(work)


def _invitation_json(found: Found) -> InvitationOut:
    invitation, project = found.invitation, found.project
    return InvitationOut(
        id=invitation.id,
        username=invitation.username,
        display_name=invitation.display_name,
        email=invitation.email,
        project=project.slug if project else None,
        role=invitation.role if project else None,
        created_by=invitation.created_by,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        works=found.works,
    )
