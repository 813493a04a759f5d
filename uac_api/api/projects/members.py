"""Who is in a project: /studio/v1/projects/<slug>/members."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.decide import grants_until
from ...access.decisions.roles import role_named
from ...access.people import users
from ...access.projects import members, projects
from ...access.projects.grants import Terms
from ..if_match import expected
from ..json import Json, shape
from ..schemas.projects.grants import GrantAsked, MemberPutOut, MembersOut, Preview, PreviewOut
from ..schemas.queries import MemberPath, ProjectPath
from ..schemas.responses import DOCUMENTED
from ..services import record, require, require_senior, services
from .grants_json import member_json
from .preview import Scope, carried_out

blueprint = APIBlueprint(
    "members", __name__, url_prefix="/studio/v1/projects/<slug>/members", **DOCUMENTED
)


@blueprint.get("", responses={200: MembersOut})
def listed(path: ProjectPath) -> Json:
    """The members of a project, by username."""
    require("members.list", path.slug)

    def work(session: Session) -> Json:
        found = members.people(session, projects.get(session, path.slug, lock=False))
        return shape(MembersOut(members=[member_json(member) for member in found])), 200

    return services().database.read(work)


@blueprint.put("/<username>", responses={200: MemberPutOut, 201: MemberPutOut})
def put(path: MemberPath, query: Preview, body: GrantAsked) -> Json | Response:
    """Give a person a role; with If-Match only if nobody changed it meanwhile."""
    principal = require("members.set", path.slug)
    role = role_named(body.role)
    require_senior(principal, role, "members.set.senior", path.slug)
    until = grants_until(principal, path.slug)
    terms = Terms(role, principal.username, body.end, body.reason, until)
    version = expected()

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        user = users.get(session, path.username)
        member, new = members.put(session, project, user, terms, expected=version)
        status = 201 if new else 200
        record(session, f"{path.username}: {role}{body.told}", status=status)
        return shape(member_json(member)), status

    return carried_out(query, lambda session: _scope(session, path), work)


@blueprint.delete("/<username>", responses={200: PreviewOut, 204: None})
def remove(path: MemberPath, query: Preview) -> Json | Response:
    """Take a person out of the project; their next call is refused."""
    require("members.remove", path.slug)
    version = expected()

    def work(session: Session) -> None:
        project = projects.get(session, path.slug)
        members.remove(session, project, users.get(session, path.username), expected=version)
        record(session, path.username, status=204)

    return carried_out(query, lambda session: _scope(session, path), work)


def _scope(session: Session, path: MemberPath) -> Scope:
    project = projects.get(session, path.slug)
    user = users.get(session, path.username)
    return Scope(user_ids=frozenset({user.id}), project_id=project.id)
