"""Who people are at the identity provider: /studio/v1/users/<username>/identities."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.models import LinkedIdentity
from ...access.people import linked_identities, users
from ...errors import BadRequest
from ..json import Json, no_content, shape
from ..schemas.credentials.single_sign_on import (
    IdentitiesOut,
    IdentityNew,
    IdentityOut,
    IdentityPath,
)
from ..schemas.queries import UserPath
from ..schemas.responses import DOCUMENTED
from ..services import record, require, services

blueprint = APIBlueprint(
    "linked_identities", __name__, url_prefix="/studio/v1/users/<username>/identities", **DOCUMENTED
)


@blueprint.get("", responses={200: IdentitiesOut})
def listed(path: UserPath) -> Json:
    """The person's links to identity providers."""
    require("identities.list")

    def work(session: Session) -> Json:
        found = linked_identities.listed(session, users.get(session, path.username, lock=False))
        return shape(IdentitiesOut(identities=[identity_json(one) for one in found])), 200

    return services().database.read(work)


@blueprint.put("", responses={200: IdentityOut, 201: IdentityOut})
def link(path: UserPath, body: IdentityNew) -> Json:
    """Let whoever has this subject at the identity provider sign in as this person."""
    require("identities.link")
    here = services()
    issuer = here.settings.oidc_issuer if body.issuer is None else body.issuer
    if not issuer:
        raise BadRequest(
            "Single sign-on is not set up here: name the issuer.", reason="no_single_sign_on"
        )

    def work(session: Session) -> Json:
        user = users.get(session, path.username)
        identity, new = linked_identities.link(session, user, issuer, body.subject)
        status = 201 if new else 200
        record(session, f"{user.username}: {identity.subject}", status=status)
        return shape(identity_json(identity)), status

    return here.database.write(work)


@blueprint.delete("/<identity_id>", responses={204: None})
def unlink(path: IdentityPath) -> Response:
    """Take a link away; sessions that began by it end."""
    require("identities.unlink")

    def work(session: Session) -> None:
        user = users.get(session, path.username)
        identity = linked_identities.unlink(session, user, path.identity_id)
        record(session, f"{user.username}: {identity.subject}", status=204)

    services().database.write(work)
    return no_content()


def identity_json(identity: LinkedIdentity) -> IdentityOut:
    """One link."""
    return IdentityOut(
        id=identity.id,
        issuer=identity.issuer,
        subject=identity.subject,
        created_at=identity.created_at,
    )
