"""Which groups are in a project: /studio/v1/projects/<slug>/groups."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.decide import grants_until
from ...access.decisions.roles import role_named
from ...access.models import MemberGroup
from ...access.people import groups
from ...access.projects import members, projects
from ...access.projects.grants import Terms
from ..if_match import expected
from ..json import Json, shape
from ..schemas.people.groups import MemberGroupPath
from ..schemas.projects.grants import (
    GrantAsked,
    MemberGroupOut,
    MemberGroupPutOut,
    MemberGroupsOut,
    Preview,
    PreviewOut,
)
from ..schemas.queries import ProjectPath
from ..schemas.responses import DOCUMENTED
from ..services import record, require, require_senior, services
from .grants_json import member_group_json
from .preview import Scope, carried_out

blueprint = APIBlueprint(
    "member_groups", __name__, url_prefix="/studio/v1/projects/<slug>/groups", **DOCUMENTED
)


@blueprint.get("", responses={200: MemberGroupsOut})
def listed(path: ProjectPath) -> Json:
    """The groups of a project, by name."""
    require("member_groups.list", path.slug)

    def work(session: Session) -> Json:
        found = members.groups(session, projects.get(session, path.slug, lock=False))
        return shape(MemberGroupsOut(groups=_rows(session, found))), 200

    return services().database.read(work)


@blueprint.get("/<name>", responses={200: MemberGroupOut})
def read(path: MemberGroupPath) -> Json:
    """The role of a group in a project."""
    require("member_groups.read", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        group = groups.get(session, path.name, lock=False)
        (row,) = _rows(session, [members.get(session, project, group)])
        return shape(row), 200

    return services().database.read(work)


@blueprint.put("/<name>", responses={200: MemberGroupPutOut, 201: MemberGroupPutOut})
def put(path: MemberGroupPath, query: Preview, body: GrantAsked) -> Json | Response:
    """Give everybody in a group a role; with If-Match only if nobody changed it meanwhile."""
    principal = require("member_groups.set", path.slug)
    role = role_named(body.role)
    require_senior(principal, role, "member_groups.set.senior", path.slug)
    until = grants_until(principal, path.slug)
    terms = Terms(role, principal.username, body.end, body.reason, until)
    version = expected()

    def work(session: Session) -> Json:
        group = groups.get(session, path.name)
        project = projects.get(session, path.slug)
        found, new = members.put(session, project, group, terms, expected=version)
        status = 201 if new else 200
        record(session, f"{path.name}: {role}{body.told}", status=status)
        (row,) = _rows(session, [found])
        return shape(row), status

    return carried_out(query, lambda session: _scope(session, path), work)


@blueprint.delete("/<name>", responses={200: PreviewOut, 204: None})
def remove(path: MemberGroupPath, query: Preview) -> Json | Response:
    """Take a group out of the project; who has no other way in is refused from now on."""
    require("member_groups.remove", path.slug)
    version = expected()

    def work(session: Session) -> None:
        group = groups.get(session, path.name)
        project = projects.get(session, path.slug)
        members.remove(session, project, group, expected=version)
        record(session, path.name, status=204)

    return carried_out(query, lambda session: _scope(session, path), work)


def _scope(session: Session, path: MemberGroupPath) -> Scope:
    group = groups.get(session, path.name)
    project = projects.get(session, path.slug)
    return Scope(frozenset(groups.user_ids(session, group)), project.id)


def _rows(session: Session, found: list[MemberGroup]) -> list[MemberGroupOut]:
    counts = groups.counts(session, [one.group_id for one in found])
    return [member_group_json(one, counts[one.group_id][0]) for one in found]
