"""Saved views of a page: /studio/v1/projects/<slug>/views."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.decide import OF_PROGRAMS
from ...access.decisions.principals import Principal
from ...access.models import View
from ...access.people import users
from ...access.projects import projects, views
from ...access.projects.views import Change, Maker, Owner
from ..if_match import expected
from ..json import Json, no_content, shape
from ..schemas.projects.views import (
    ViewChange,
    ViewHeadOut,
    ViewNew,
    ViewOut,
    ViewPath,
    ViewsOf,
    ViewsOut,
)
from ..schemas.queries import ProjectPath
from ..schemas.responses import DOCUMENTED
from ..services import record, require, require_besides, services

blueprint = APIBlueprint(
    "views", __name__, url_prefix="/studio/v1/projects/<slug>/views", **DOCUMENTED
)


@blueprint.get("", responses={200: ViewsOut})
def listed(path: ProjectPath, query: ViewsOf) -> Json:
    """My views of a page and the project's; a token reads the project's only."""
    principal = require("views.list", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        found = views.page(session, project, query.page, user_id=_person(principal))
        return shape(ViewsOut(views=[ViewHeadOut(**_head(view)) for view in found])), 200

    return services().database.read(work)


@blueprint.post("", responses={201: ViewOut})
def create(path: ProjectPath, body: ViewNew) -> Json:
    """Save a view: mine alone, or with `owner` the project's, which takes a maintainer."""
    principal = require("views.create", path.slug)
    if body.owner is Owner.PROJECT:
        require_besides(principal, "views.create.shared", path.slug)
    change = Change(body.name, body.address, body.owner, body.default)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        by = Maker(users.get(session, principal.username).id, principal.username)
        view = views.create(session, project, body.page, change, by=by)
        record(session, _told(view), status=201)
        return shape(_json(view)), 201

    return services().database.write(work)


@blueprint.get("/<view_id>", responses={200: ViewOut})
def read(path: ViewPath) -> Json:
    """One view, with what it holds."""
    principal = require("views.read", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug, lock=False)
        view = views.get(session, project, path.view_id, user_id=_person(principal))
        return shape(_json(view)), 200

    return services().database.read(work)


@blueprint.patch("/<view_id>", responses={200: ViewOut})
def update(path: ViewPath, body: ViewChange) -> Json:
    """Change a view; with If-Match only if nobody changed it meanwhile."""
    principal = require("views.update", path.slug)
    change, version = Change(body.name, body.address, body.owner, body.default), expected()

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        by = Maker(users.get(session, principal.username).id, principal.username)
        view = views.get(session, project, path.view_id, user_id=by.user_id)
        if Owner.PROJECT in (views.owner_of(view), change.owner):
            require_besides(principal, "views.update.shared", path.slug)
        views.update_view(session, view, change, by=by, expected=version)
        record(session, f"{_told(view)}: {', '.join(sorted(body.model_fields_set))}")
        return shape(_json(view)), 200

    return services().database.write(work)


@blueprint.delete("/<view_id>", responses={204: None})
def delete(path: ViewPath) -> Response:
    """Delete a view; with If-Match only if nobody changed it meanwhile."""
    principal = require("views.delete", path.slug)
    version = expected()

    def work(session: Session) -> None:
        project = projects.get(session, path.slug)
        view = views.get(session, project, path.view_id, user_id=principal.user_id)
        if views.owner_of(view) is Owner.PROJECT:
            require_besides(principal, "views.delete.shared", path.slug)
        told = _told(view)
        views.remove(session, view, expected=version)
        record(session, told, status=204)

    services().database.write(work)
    return no_content()


def _person(principal: Principal) -> int | None:
    """Whose own views are shown: a program's token may be read by others than its person."""
    return None if principal.via in OF_PROGRAMS else principal.user_id


def _told(view: View) -> str:
    """What the audit trail names: owners read it, and what somebody calls their own is theirs."""
    if views.owner_of(view) is Owner.PROJECT:
        return f"view {view.id} '{view.name}'"
    return f"own view {view.id}"


def _head(view: View) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "page": view.page,
        "owner": views.owner_of(view),
        "default": view.is_default,
        "created_by": view.created_by,
        "created_at": view.created_at,
        "updated_by": view.updated_by,
        "updated_at": view.updated_at,
        "version": view.version,
    }


def _json(view: View) -> ViewOut:
    return ViewOut(**_head(view), address=views.address_of(view))
