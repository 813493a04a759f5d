"""Who is in a project, and with which role."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .errors import Invalid, LastOwner, NotFound, Stale
from .models import Kind, Member, Project, User, now
from .roles import Role


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


def role_named(value: str) -> Role:
    """The role of that name; raises Invalid."""
    try:
        return Role(value)
    except ValueError:
        allowed = ", ".join(Role)
        raise Invalid(
            f"'{value}' is no role. Choose one of: {allowed}.", reason="invalid_role"
        ) from None


def put(
    session: Session,
    project: Project,
    user: User,
    role: Role,
    *,
    granted_by: str,
    expected: int | None = None,
) -> tuple[Member, bool]:
    """Give the person that role, and say whether they are new.

    `expected` is the version the caller has seen. The caller holds the project's lock
    (`projects.get`), so changes to one project's members happen one after another.
    Raises Stale if the version has moved on, LastOwner if no owner would be left.
    """
    member = _find(session, project, user)
    if expected is not None and (member is None or member.version != expected):
        raise Stale(_changed_meanwhile(user))
    if member is None:
        member = Member(project_id=project.id, user=user, role=role, granted_by=granted_by)
        session.add(member)
        session.flush()
        return member, True
    if member.role != role:
        if member.role == Role.OWNER:
            _keep_an_owner(session, project)
        member.role = role
        member.granted_by = granted_by
        member.granted_at = now()
        member.version += 1
        session.flush()
    return member, False


def remove(session: Session, project: Project, user: User, *, expected: int | None = None) -> None:
    """Take the person out of the project; raises NotFound, Stale or LastOwner."""
    member = _find(session, project, user)
    if member is None:
        raise NotFound(f"'{user.username}' is no member of this project.", reason="no_such_member")
    if expected is not None and member.version != expected:
        raise Stale(_changed_meanwhile(user))
    if member.role == Role.OWNER:
        _keep_an_owner(session, project)
    session.delete(member)
    session.flush()


def _find(session: Session, project: Project, user: User) -> Member | None:
    return session.scalar(
        select(Member).where(Member.project_id == project.id, Member.user_id == user.id)
    )


def _keep_an_owner(session: Session, project: Project) -> None:
    owners = session.scalar(
        select(func.count())
        .select_from(Member)
        .where(Member.project_id == project.id, Member.role == Role.OWNER)
    )
    if owners == 1:
        raise LastOwner("This is the project's last owner. Make somebody else owner first.")


def _changed_meanwhile(user: User) -> str:
    return f"Somebody changed the role of '{user.username}' meanwhile. Reload and look again."
