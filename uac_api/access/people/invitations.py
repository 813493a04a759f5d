"""Invitations: links by which people make their accounts themselves, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from .. import validation
from ..credentials.secrets import Issued, issue, matches, split
from ..decisions.roles import Role, role_named
from ..errors import AlreadyExists, Invalid, NotFound, WrongCredentials
from ..models import Invitation, Project, User, now
from ..projects import members
from ..projects.grants import Terms
from . import users

KIND = "msi"
LONGEST_DAYS = 30

_LIVE = Project.deleted_at.is_(None)
_AUTHORS = select(User.username).where(User.administrator, ~User.disabled)


@dataclass(frozen=True, slots=True)
class Found:
    """An invitation, its project if there is one that is not deleted, and whether it works.

    It works as long as the person who made it is an administrator: what they could not do any
    more, a link of theirs cannot do either.
    """

    invitation: Invitation
    project: Project | None
    works: bool


def create(
    session: Session,
    *,
    username: str,
    created_by: str,
    display_name: str = "",
    email: str = "",
    project: Project | None = None,
    role: Role | None = None,
    days: int = 7,
) -> tuple[Invitation, Issued]:
    """A new invitation and its secret, which is not kept; those that are over are swept out.

    Raises Invalid, or AlreadyExists for a name that has an account or an open invitation.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            f"An invitation is open for 1 to {LONGEST_DAYS} days.", reason="invalid_expiry"
        )
    if (project is None) != (role is None):
        raise Invalid("Name a project and a role, or neither.", reason="invalid_role")
    session.execute(delete(Invitation).where(~_open()))
    _require_free(session, validation.username(username))
    issued = issue(KIND)
    invitation = Invitation(
        id=issued.id,
        digest=issued.digest,
        username=username,
        display_name=validation.title(display_name or username, "A display name", longest=200),
        email=validation.email(email),
        project_id=project.id if project else None,
        role=role or "",
        created_by=created_by,
        expires_at=now() + timedelta(days=days),
    )
    session.add(invitation)
    session.flush()
    return invitation, issued


def page(session: Session, *, after: tuple[str, str] = ("", ""), limit: int = 100) -> list[Found]:
    """Open invitations by username, those after the (username, id) `after`."""
    name, number = after
    later = or_(
        Invitation.username > name,
        and_(Invitation.username == name, Invitation.id > number),
    )
    statement = (
        select(Invitation, Project)
        .outerjoin(Project, and_(Project.id == Invitation.project_id, _LIVE))
        .where(_open(), later)
        .order_by(Invitation.username, Invitation.id)
        .limit(limit)
    )
    authors = set(session.scalars(_AUTHORS))
    rows = session.execute(statement)
    return [Found(one, project, one.created_by in authors) for one, project in rows]


def read(session: Session, text: str) -> Found:
    """What the holder of the link is invited to; raises the one WrongCredentials."""
    return _named(session, text, lock=False)


def accept(session: Session, text: str, password: str) -> tuple[User, Found]:
    """The account that an invitation is for, made now, with its role; works once.

    Raises WrongCredentials for a link that is unknown, used, late, taken back, or of somebody who
    is no administrator any more; Invalid for the password; AlreadyExists if the name was given
    away meanwhile.
    """
    found = _named(session, text, lock=True)
    invitation = found.invitation
    # The row is locked (on SQLite the whole file is), so no second reader can use it too.
    invitation.used_at = now()
    user = users.create(
        session,
        username=invitation.username,
        password=password,
        display_name=invitation.display_name,
        email=invitation.email,
    )
    if found.project is not None:
        role = role_named(invitation.role)
        members.put(session, found.project, user, Terms(role, invitation.created_by))
    return user, found


def revoke(session: Session, invitation_id: str) -> Invitation:
    """Take an open invitation back; raises NotFound."""
    statement = select(Invitation).where(Invitation.id == invitation_id, _open())
    invitation = session.scalar(statement.with_for_update())
    if invitation is None:
        raise NotFound(
            "There is no open invitation with this id. It may have been used meanwhile.",
            reason="no_such_invitation",
        )
    session.delete(invitation)
    session.flush()
    return invitation


def _open() -> ColumnElement[bool]:
    return and_(Invitation.used_at.is_(None), Invitation.expires_at > now())


def _named(session: Session, text: str, *, lock: bool) -> Found:
    parts = split(text, KIND)
    invitation = session.get(Invitation, parts[0], with_for_update=lock) if parts else None
    if parts is None or invitation is None or not matches(parts[1], invitation.digest):
        raise _refusal()
    if invitation.used_at is not None or invitation.expires_at <= now():
        raise _refusal()
    author = _AUTHORS.where(User.username == invitation.created_by)
    if session.scalar(author) is None:
        raise _refusal()
    statement = select(Project).where(Project.id == invitation.project_id, _LIVE)
    project = session.scalar(statement.with_for_update() if lock else statement)
    return Found(invitation, project, works=True)


def _require_free(session: Session, username: str) -> None:
    if session.scalar(select(User.id).where(User.username == username)) is not None:
        raise AlreadyExists(f"The username '{username}' is taken. Choose another.")
    waiting = select(Invitation.id).where(Invitation.username == username, _open())
    if session.scalar(waiting.limit(1)) is not None:
        raise AlreadyExists(
            f"'{username}' is invited already. Take that invitation back before you make another.",
            reason="already_invited",
        )


def _refusal() -> WrongCredentials:
    return WrongCredentials(
        "This invitation does not work: it was used, has ended, was taken back, or never was. "
        "Ask the person who invited you for a new one."
    )
