"""Who is in a project: /studio/v1/projects/<slug>/members."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ..access import members, projects, users
from .answered import DOCUMENTED, MemberOut, MembersOut
from .asked import MemberPath, MemberRole, ProjectPath
from .services import expected_version, record, require, services
from .shapes import Json, member_json, no_content, shape

blueprint = APIBlueprint(
    "members", __name__, url_prefix="/studio/v1/projects/<slug>/members", **DOCUMENTED
)


@blueprint.get("", responses={200: MembersOut})
def listed(path: ProjectPath) -> Json:
    """The members of a project, by username."""
    require("members.list", path.slug)

    def work(session: Session) -> Json:
        found = members.listed(session, projects.get(session, path.slug, lock=False))
        return shape(MembersOut(members=[member_json(member) for member in found])), 200

    return services().database.read(work)


@blueprint.put("/<username>", responses={200: MemberOut, 201: MemberOut})
def put(path: MemberPath, body: MemberRole) -> Json:
    """Give a person a role; with If-Match only if nobody changed it meanwhile."""
    principal = require("members.set", path.slug)
    role = members.role_named(body.role)
    expected = expected_version()

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        member, new = members.put(
            session,
            project,
            users.get(session, path.username),
            role,
            granted_by=principal.username,
            expected=expected,
        )
        status = 201 if new else 200
        record(session, f"{path.username}: {role}", status=status)
        return shape(member_json(member)), status

    return services().database.write(work)


@blueprint.delete("/<username>", responses={204: None})
def remove(path: MemberPath) -> Response:
    """Take a person out of the project; their next call is refused."""
    require("members.remove", path.slug)
    expected = expected_version()

    def work(session: Session) -> None:
        project = projects.get(session, path.slug)
        members.remove(session, project, users.get(session, path.username), expected=expected)
        record(session, path.username, status=204)

    services().database.write(work)
    return no_content()
