"""Which groups are in a project: /studio/v1/projects/<slug>/groups."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ..access import groups, member_groups, projects
from ..access.grants import Terms
from ..access.models import MemberGroup
from ..access.roles import role_named
from .access_shapes import member_group_json
from .answered import DOCUMENTED
from .answered.grants import MemberGroupOut, MemberGroupPutOut, MemberGroupsOut, PreviewOut
from .asked import ProjectPath
from .asked.grants import GrantAsked, Preview
from .asked.groups import MemberGroupPath
from .preview import Scope, carried_out
from .services import record, require, services
from .shapes import Json, shape
from .versions import expected

blueprint = APIBlueprint(
    "member_groups", __name__, url_prefix="/studio/v1/projects/<slug>/groups", **DOCUMENTED
)


@blueprint.get("", responses={200: MemberGroupsOut})
def listed(path: ProjectPath) -> Json:
    """The groups of a project, by name."""
    require("member_groups.list", path.slug)

    def work(session: Session) -> Json:
        found = member_groups.listed(session, projects.get(session, path.slug, lock=False))
        return shape(MemberGroupsOut(groups=_rows(session, found))), 200

    return services().database.read(work)


@blueprint.get("/<name>", responses={200: MemberGroupOut})
def read(path: MemberGroupPath) -> Json:
    """The role of a group in a project."""
    require("member_groups.read", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        group = groups.get(session, path.name, lock=False)
        (row,) = _rows(session, [member_groups.get(session, project, group)])
        return shape(row), 200

    return services().database.read(work)


@blueprint.put("/<name>", responses={200: MemberGroupPutOut, 201: MemberGroupPutOut})
def put(path: MemberGroupPath, query: Preview, body: GrantAsked) -> Json | Response:
    """Give everybody in a group a role; with If-Match only if nobody changed it meanwhile."""
    principal = require("member_groups.set", path.slug)
    role = role_named(body.role)
    terms = Terms(role, principal.username, body.end, body.reason)
    version = expected()

    def work(session: Session) -> Json:
        group = groups.get(session, path.name)
        project = projects.get(session, path.slug)
        found, new = member_groups.put(session, project, group, terms, expected=version)
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
        member_groups.remove(session, project, group, expected=version)
        record(session, path.name, status=204)

    return carried_out(query, lambda session: _scope(session, path), work)


def _scope(session: Session, path: MemberGroupPath) -> Scope:
    group = groups.get(session, path.name)
    project = projects.get(session, path.slug)
    return Scope(frozenset(groups.user_ids(session, group)), project.id)


def _rows(session: Session, found: list[MemberGroup]) -> list[MemberGroupOut]:
    counts = groups.counts(session, [one.group_id for one in found])
    return [member_group_json(one, counts[one.group_id][0]) for one in found]
