"""The asking person: /studio/v1/me."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.principals import Via
from ...access.errors import WrongCredentials
from ...access.models import User
from ...access.people import linked_identities, users
from ...access.projects import projects
from ...errors import Forbidden
from ..json import Json, no_content, project_json, shape, user_json
from ..schemas.credentials.single_sign_on import IdentitiesOut
from ..schemas.queries import MeChange, PasswordChange
from ..schemas.responses import DOCUMENTED, MeOut, UserOut
from ..services import origin, record, require, services
from .linked_identities import identity_json

blueprint = APIBlueprint("me", __name__, url_prefix="/studio/v1/me", **DOCUMENTED)


@blueprint.get("", responses={200: MeOut})
def read() -> Json:
    """Who I am, and my projects, each with my role and what I may do there."""
    principal = require("me.read")

    def work(session: Session) -> Json:
        # Also a service account asks who it is. Whoever was deleted meanwhile is nobody.
        user = session.get(User, principal.user_id)
        if user is None:
            raise WrongCredentials
        slugs = list(principal.grants)
        mine = projects.page(session, slugs=slugs, limit=len(slugs) or 1)
        counts = projects.member_counts(session, [project.id for project in mine])
        out = MeOut(
            user=user_json(user),
            projects=[project_json(p, principal, counts.get(p.id, 0)) for p in mine],
            via=principal.via,
            token=principal.token_id or None,
            trash_days=services().settings.trash_days,
        )
        return shape(out), 200

    return services().database.read(work)


@blueprint.patch("", responses={200: UserOut})
def update(body: MeChange) -> Json:
    """Change my display name or e-mail address."""
    principal = require("me.update")

    def work(session: Session) -> Json:
        user = users.get(session, principal.username)
        users.change(session, user, display_name=body.display_name, email=body.email)
        record(session, principal.username)
        return shape(user_json(user)), 200

    return services().database.write(work)


@blueprint.get("/identities", responses={200: IdentitiesOut})
def identities() -> Json:
    """Who I am at identity providers: by these links I sign in without my password."""
    principal = require("me.identities")

    def work(session: Session) -> Json:
        user = users.get(session, principal.username, lock=False)
        found = linked_identities.listed(session, user)
        return shape(IdentitiesOut(identities=[identity_json(one) for one in found])), 200

    return services().database.read(work)


@blueprint.put("/password", responses={204: None})
def change_password(body: PasswordChange) -> Response:
    """Change my password; my other sessions end."""
    principal = require("me.password")
    here = services()
    try:
        here.identity.by_password(principal.username, body.current_password, origin())
    except WrongCredentials:
        raise Forbidden(
            "The current password is not right. Type it again.", reason="wrong_password"
        ) from None
    keep = principal.credential_id if principal.via is Via.SESSION else ""

    def work(session: Session) -> None:
        user = users.get(session, principal.username)
        users.set_password(session, user, body.new_password, keep_session=keep)
        record(session, principal.username, status=204)

    here.database.write(work)
    return no_content()
