"""Groups: /studio/v1/groups."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.decide import allow
from ...access.decisions.principals import Principal
from ...access.models import Group
from ...access.people import groups
from ..if_match import expected
from ..json import Json, shape
from ..projects.grants_json import group_json
from ..projects.preview import Scope, carried_out
from ..schemas.people.groups import (
    GroupChange,
    GroupNew,
    GroupOut,
    GroupPath,
    GroupPutOut,
    GroupsOut,
)
from ..schemas.projects.grants import Preview, PreviewOut
from ..schemas.queries import Search
from ..schemas.responses import DOCUMENTED
from ..services import record, require, services

blueprint = APIBlueprint("groups", __name__, url_prefix="/studio/v1/groups", **DOCUMENTED)


@blueprint.get("", responses={200: GroupsOut})
def listed(query: Search) -> Json:
    """Groups by name: all for administrators, for others those they are in."""
    principal = require("groups.list")
    here = services()
    question = ("groups", query.query)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""

    def work(session: Session) -> Json:
        limit = query.max_results + 1
        whose = own_only(principal)
        found = groups.page(session, of=whose, query=query.query, after=after, limit=limit)
        shown = found[: query.max_results]
        token = ""
        if len(found) > len(shown):
            token = here.page_tokens.write(principal.username, question, shown[-1].name)
        counts = groups.counts(session, [group.id for group in shown])
        rows = [group_json(group, *counts[group.id]) for group in shown]
        return shape(GroupsOut(groups=rows, next_page_token=token)), 200

    return here.database.read(work)


@blueprint.post("", responses={200: PreviewOut, 201: GroupOut})
def create(query: Preview, body: GroupNew) -> Json | Response:
    """Add a group; it has no people yet."""
    principal = require("groups.create")

    def work(session: Session) -> Json:
        group = groups.create(
            session, name=body.name, description=body.description, created_by=principal.username
        )
        record(session, group.name, status=201)
        return shape(group_json(group, 0, 0)), 201

    return carried_out(query, lambda _: Scope(frozenset()), work)


@blueprint.get("/<name>", responses={200: GroupOut})
def read(path: GroupPath) -> Json:
    """One group, for administrators and the people in it."""
    principal = require("groups.read")

    def work(session: Session) -> Json:
        group = groups.get(session, path.name, lock=False, of=own_only(principal))
        return shape(_row(session, group)), 200

    return services().database.read(work)


@blueprint.patch("/<name>", responses={200: GroupPutOut})
def update(path: GroupPath, query: Preview, body: GroupChange) -> Json | Response:
    """Rename or describe a group; its people and their roles stay."""
    require("groups.update")
    version = expected()

    def work(session: Session) -> Json:
        group = groups.get(session, path.name)
        groups.change(
            session, group, name=body.name, description=body.description, expected=version
        )
        named = ", ".join(sorted(body.model_fields_set))
        renamed = f", now {group.name}" if group.name != path.name else ""
        record(session, f"{path.name}: {named}{renamed}")
        return shape(_row(session, group)), 200

    return carried_out(query, lambda session: _scope(session, path), work)


@blueprint.delete("/<name>", responses={200: PreviewOut, 204: None})
def delete(path: GroupPath, query: Preview) -> Json | Response:
    """Delete a group with all its roles; the accounts of its people stay."""
    require("groups.delete")
    version = expected()

    def work(session: Session) -> None:
        groups.delete(session, groups.get(session, path.name), expected=version)
        record(session, path.name, status=204)

    return carried_out(query, lambda session: _scope(session, path), work)


def own_only(principal: Principal) -> int | None:
    """Whose groups the principal may see: None for all, else the person's number."""
    return None if allow(principal, "groups.update").allowed else principal.user_id


def _scope(session: Session, path: GroupPath) -> Scope:
    return Scope(frozenset(groups.user_ids(session, groups.get(session, path.name))))


def _row(session: Session, group: Group) -> GroupOut:
    return group_json(group, *groups.counts(session, [group.id])[group.id])
