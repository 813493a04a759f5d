"""The asking person: /studio/v1/me."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ..access import projects, users
from ..access.errors import WrongCredentials
from ..access.principals import Via
from ..errors import Forbidden
from .answered import DOCUMENTED, MeOut, UserOut
from .asked import MeChange, PasswordChange
from .services import here_from, record, require, services
from .shapes import Json, no_content, project_json, shape, user_json

blueprint = APIBlueprint("me", __name__, url_prefix="/studio/v1/me", **DOCUMENTED)


@blueprint.get("", responses={200: MeOut})
def read() -> Json:
    """Who I am, and my projects, each with my role and what I may do there."""
    principal = require("me.read")

    def work(session: Session) -> Json:
        slugs = list(principal.grants)
        mine = projects.page(session, slugs=slugs, limit=len(slugs) or 1)
        counts = projects.member_counts(session, [project.id for project in mine])
        user = UserOut(
            username=principal.username,
            display_name=principal.display_name,
            email=principal.email,
            administrator=principal.administrator,
            disabled=False,
            created_at=principal.created_at,
            version=users.version(
                principal.user_id,
                principal.display_name,
                principal.email,
                administrator=principal.administrator,
                disabled=False,
            ),
        )
        out = MeOut(
            user=user,
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


@blueprint.put("/password", responses={204: None})
def change_password(body: PasswordChange) -> Response:
    """Change my password; my other sessions end."""
    principal = require("me.password")
    here = services()
    try:
        here.identity.by_password(principal.username, body.current_password, here_from())
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
