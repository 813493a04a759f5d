"""Who is in a project, and with which role."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import grants, owners
from .errors import NotFound
from .grants import KEEP, End, Terms
from .models import Kind, Member, Project, User
from .roles import Role, role_named

__all__ = ["listed", "put", "remove", "role_named"]


def listed(session: Session, project: Project) -> list[Member]:
    """The people in the project by username; `service_accounts.page` has its programs."""
    return list(
        session.scalars(
            select(Member)
            .join(User)
            .where(Member.project_id == project.id, User.kind == Kind.PERSON)
            .order_by(User.username)
        )
    )


def put(
    session: Session,
    project: Project,
    user: User,
    role: Role,
    *,
    granted_by: str,
    expires_at: End = KEEP,
    reason: str | None = None,
    expected: int | None = None,
) -> tuple[Member, bool]:
    """Give the person that role, and say whether they are new.

    `expected` is the version the caller has seen. The caller holds the project's lock
    (`projects.get`), so changes to one project's members happen one after another.
    Raises Invalid, Stale if the version has moved on, LastOwner if no owner would be left.
    """
    terms = Terms(role, granted_by, expires_at, reason)
    member = _find(session, project, user)
    grants.require_version(member, expected, user.username)
    if member is None:
        member = Member(project_id=project.id, user=user)
        grants.apply(member, terms)
        session.add(member)
        session.flush()
        return member, True
    with owners.kept(session, [project.id]):
        if grants.apply(member, terms):
            member.version += 1
    return member, False


def remove(session: Session, project: Project, user: User, *, expected: int | None = None) -> None:
    """Take the person out of the project; raises NotFound, Stale or LastOwner."""
    member = _find(session, project, user)
    if member is None:
        raise NotFound(f"'{user.username}' is no member of this project.", reason="no_such_member")
    grants.require_version(member, expected, user.username)
    with owners.kept(session, [project.id]):
        session.delete(member)


def _find(session: Session, project: Project, user: User) -> Member | None:
    return session.scalar(
        select(Member).where(Member.project_id == project.id, Member.user_id == user.id)
    )
