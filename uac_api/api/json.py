"""From rows of the database to the JSON that leaves."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import BaseModel

from ..access.decisions.decide import allowed_actions
from ..access.decisions.principals import Principal
from ..access.decisions.roles import Action
from ..access.models import Event, Project, User
from ..access.people import users
from .schemas.audit import EventOut
from .schemas.responses import ProjectOut, UserOut

Json = tuple[dict[str, Any], int]


def shape(document: BaseModel) -> dict[str, Any]:
    """A schema's JSON document."""
    return document.model_dump(mode="json")


def no_content() -> Response:
    """The answer of a deletion."""
    return Response(status=204)


def user_json(user: User) -> UserOut:
    """A person, without anything secret."""
    return UserOut(
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        administrator=user.administrator,
        disabled=user.disabled,
        created_at=user.created_at,
        version=users.version_of(user),
    )


def project_json(project: Project, principal: Principal, members: int) -> ProjectOut:
    """A project as this principal sees it."""
    grant = principal.grants.get(project.slug)
    may = allowed_actions(principal, project.slug)
    return ProjectOut(
        slug=project.slug,
        name=project.name,
        description=project.description,
        role=grant.role if grant else None,
        role_expires_at=grant.until if grant else None,
        may=[action for action in Action if action in may],
        members=members,
        created_at=project.created_at,
        created_by=project.created_by,
    )


def event_json(event: Event) -> EventOut:
    """One entry of the audit trail."""
    return EventOut(**{name: getattr(event, name) for name in EventOut.model_fields})
