"""Who is in a group: /studio/v1/groups/<name>/people."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.people import groups, users
from ..json import Json, shape
from ..projects.grants_json import group_person_json
from ..projects.preview import Scope, carried_out
from ..schemas.people.groups import (
    GroupPath,
    GroupPeopleOut,
    GroupPersonNew,
    GroupPersonPath,
    GroupPersonPutOut,
)
from ..schemas.projects.grants import Preview, PreviewOut
from ..schemas.queries import Search
from ..schemas.responses import DOCUMENTED
from ..services import record, require, services
from .groups import own_only

blueprint = APIBlueprint(
    "group_people", __name__, url_prefix="/studio/v1/groups/<name>/people", **DOCUMENTED
)


@blueprint.get("", responses={200: GroupPeopleOut})
def listed(path: GroupPath, query: Search) -> Json:
    """The people of a group, for administrators and for who is in it."""
    principal = require("group_people.list")
    here = services()
    question = ("group_people", path.name, query.query)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""

    def work(session: Session) -> Json:
        group = groups.get(session, path.name, lock=False, of=own_only(principal))
        limit = query.max_results + 1
        found = groups.people(session, group, query=query.query, after=after, limit=limit)
        shown = found[: query.max_results]
        token = ""
        if len(found) > len(shown):
            token = here.page_tokens.write(principal.username, question, shown[-1].user.username)
        rows = [group_person_json(one) for one in shown]
        return shape(GroupPeopleOut(people=rows, next_page_token=token)), 200

    return here.database.read(work)


@blueprint.put("/<username>", responses={200: GroupPersonPutOut, 201: GroupPersonPutOut})
def add(path: GroupPersonPath, query: Preview, body: GroupPersonNew) -> Json | Response:  # noqa: ARG001 (its form is what counts)
    """Put a person into a group; they have the group's roles from the next call on."""
    principal = require("group_people.add")

    def work(session: Session) -> Json:
        group = groups.get(session, path.name)
        user = users.get(session, path.username)
        found, new = groups.add(session, group, user, added_by=principal.username)
        status = 201 if new else 200
        record(session, f"{path.name}: {path.username}", status=status)
        return shape(group_person_json(found)), status

    return carried_out(query, lambda session: _scope(session, path), work)


@blueprint.delete("/<username>", responses={200: PreviewOut, 204: None})
def remove(path: GroupPersonPath, query: Preview) -> Json | Response:
    """Take a person out of a group; roles that they have another way stay."""
    require("group_people.remove")

    def work(session: Session) -> None:
        group = groups.get(session, path.name)
        groups.remove(session, group, users.get(session, path.username))
        record(session, f"{path.name}: {path.username}", status=204)

    return carried_out(query, lambda session: _scope(session, path), work)


def _scope(session: Session, path: GroupPersonPath) -> Scope:
    groups.get(session, path.name)
    return Scope(frozenset({users.get(session, path.username).id}))
