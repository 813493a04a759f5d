"""Requests for access: a person asks for a role in a project, an owner grants or declines it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from .. import validation
from ..decisions.roles import Role, rank, role_named
from ..errors import Invalid, NotFound, Stale, TooOften
from ..models import AccessRequest, Event, Project, User, now
from . import members
from .grants import KEEP, End, Terms, is_over

OPERATION = "requests.create"
DAILY_MAX = 20
REST_DAYS = 7
MESSAGE_MAX = 1000
ROLES = (Role.VIEWER, Role.CONTRIBUTOR, Role.MAINTAINER)


class Outcome(StrEnum):
    """What became of a request; an open one has none."""

    OPEN = ""
    GRANTED = "granted"
    DECLINED = "declined"


def role_to_ask(value: str, has: Role | None) -> Role:
    """A role that may be asked for by somebody who `has` that role already; raises Invalid."""
    role = role_named(value)
    if role not in ROLES:
        raise Invalid(
            f"Nobody asks to be {role}. Ask for one of: {', '.join(ROLES)}.", reason="invalid_role"
        )
    if has is not None and rank(has) >= rank(role):
        raise Invalid(f"You are {has} of this project already.", reason="has_role")
    return role


def require_not_too_many(session: Session, user: User) -> None:
    """Raise TooOften after 20 asks in a day, for projects that exist and for ones that do not.

    The audit trail is what is counted: it holds both kinds. Requests hold one kind, and a limit
    on them would tell which kind a slug is.
    """
    since = max(now() - timedelta(days=1), user.created_at)
    asked = select(func.count()).where(
        Event.user == user.username, Event.operation == OPERATION, Event.at >= since
    )
    if (session.scalar(asked) or 0) >= DAILY_MAX:
        raise TooOften(
            f"You asked for access {DAILY_MAX} times in a day. Try again tomorrow, or speak with "
            "the people who own the project.",
            reason="too_many_requests",
        )


def ask(session: Session, user: User, slug: str, role: Role, message: str) -> None:
    """Put a request before the owners of a project, if there is one; nobody is told whether.

    The caller holds the person's lock (`users.get`). Who asks again changes the open request. Who
    was declined is not heard again for a week. The same two questions are asked of the database
    whether the project exists or not. Raises Invalid.
    """
    text = validation.text(message, "A message", longest=MESSAGE_MAX)
    project_id = session.scalar(
        select(Project.id).where(
            Project.slug == validation.slug(slug), Project.deleted_at.is_(None)
        )
    )
    standing = session.scalar(
        select(AccessRequest)
        .where(
            AccessRequest.project_id == (project_id or 0),
            AccessRequest.user_id == user.id,
            or_(AccessRequest.outcome == Outcome.OPEN, _rests()),
        )
        .order_by(AccessRequest.id.desc())
        .limit(1)
    )
    if standing is not None and standing.outcome == Outcome.OPEN:
        standing.role, standing.message = role, text
    elif standing is None and project_id is not None:
        session.add(AccessRequest(project_id=project_id, user=user, role=role, message=text))
    session.flush()


def page(
    session: Session, project: Project, *, after: int = 0, limit: int = 100
) -> list[AccessRequest]:
    """Open requests of enabled people, the oldest first, those after the id `after`."""
    return list(
        session.scalars(
            select(AccessRequest)
            .join(User, User.id == AccessRequest.user_id)
            .where(
                AccessRequest.project_id == project.id,
                AccessRequest.outcome == Outcome.OPEN,
                AccessRequest.id > after,
                ~User.disabled,
            )
            .order_by(AccessRequest.id)
            .limit(limit)
        )
    )


def counts(session: Session, project_ids: Iterable[int]) -> dict[int, int]:
    """How many open requests of enabled people each of the projects has; none is left out."""
    rows = session.execute(
        select(AccessRequest.project_id, func.count())
        .join(User, User.id == AccessRequest.user_id)
        .where(
            AccessRequest.project_id.in_(list(project_ids)),
            AccessRequest.outcome == Outcome.OPEN,
            ~User.disabled,
        )
        .group_by(AccessRequest.project_id)
    )
    return {row[0]: row[1] for row in rows}


def grant(
    session: Session,
    project: Project,
    request_id: int,
    role: Role,
    *,
    by: str,
    expires_at: End = KEEP,
    until: datetime | None = None,
) -> AccessRequest:
    """Give the role to who asked; a higher one that they have meanwhile stays.

    `until` is when the giver's own role ends (`grants.Terms`). The caller holds the project's lock.
    Raises NotFound, Stale if somebody decided already, or Invalid for the end.
    """
    request = _decided(session, project, request_id, Outcome.GRANTED, by)
    mine = (one for one in members.people(session, project) if one.user_id == request.user_id)
    has = next((one.role for one in mine if not is_over(one.expires_at)), None)
    if has is None or rank(Role(has)) < rank(role):
        members.put(
            session,
            project,
            request.user,
            Terms(role, by, expires_at, until=until),
        )
    return request


def decline(session: Session, project: Project, request_id: int, *, by: str) -> AccessRequest:
    """Close a request without a role; who asked is not told. Raises NotFound or Stale."""
    return _decided(session, project, request_id, Outcome.DECLINED, by)


def _decided(
    session: Session, project: Project, request_id: int, outcome: Outcome, by: str
) -> AccessRequest:
    # The project's lock makes two decisions follow one another.
    request = session.scalar(
        select(AccessRequest).where(
            AccessRequest.id == request_id, AccessRequest.project_id == project.id
        )
    )
    if request is None:
        raise NotFound("There is no such request in this project.", reason="no_such_request")
    if request.outcome != Outcome.OPEN:
        raise Stale(f"'{request.decided_by}' decided this request already. Reload and look again.")
    request.outcome, request.decided_by, request.decided_at = outcome, by, now()
    session.flush()
    return request


def _rests() -> ColumnElement[bool]:
    since = now() - timedelta(days=REST_DAYS)
    return and_(AccessRequest.outcome == Outcome.DECLINED, AccessRequest.decided_at > since)
