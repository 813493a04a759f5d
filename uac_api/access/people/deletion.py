"""Deleting a person: what they alone own is handed over, and nothing of them is left to inherit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from ..decisions.roles import Role
from ..errors import Invalid, LastOwner, NotFound, Stale
from ..models import (
    AccessRequest,
    GroupPerson,
    Invitation,
    Kind,
    LinkedIdentity,
    Member,
    Project,
    SignInDelay,
    Token,
    User,
    UserSession,
    View,
)
from ..projects import members, owners
from ..projects.grants import Terms

# Every table whose rows belong to one person and go with them; a test compares this list with the
# foreign keys of the database. Audit events hold names and stay, and so do views that are of the
# project, whoever made them.
BELONGINGS = (Token, UserSession, Member, GroupPerson, AccessRequest, LinkedIdentity, View)
NAMED_MAX = 20


@dataclass(frozen=True, slots=True)
class Departure:
    """What the deletion of a person does: `projects` have no other owner who counts."""

    username: str
    projects: list[str]
    memberships: int
    groups: int
    tokens: int
    invitations: int


def preview(session: Session, username: str, *, by: str) -> Departure:
    """What would happen; raises as `remove` does, but for an owner who is still to be named."""
    user = _leaving(session, username, by=by, lock=False)
    return _departure(session, user, owners.only_of(session, user))


def remove(session: Session, username: str, *, by: str, owner: str = "") -> Departure:
    """Delete the account; the projects that only this person owns go to `owner`.

    Everything is locked in one order (groups, projects, people), before anything is counted: two
    administrators at once can neither remove the last of them nor leave a project to nobody.
    Raises NotFound, Invalid for oneself and for service accounts, LastOwner for the last
    administrator and where an owner must be named, Stale if a project came meanwhile.
    """
    user = _leaving(session, username, by=by, lock=False)
    locked = owners.lock_of_user(session, user)
    user = _leaving(session, username, by=by, lock=True, beside=owner)
    alone = owners.only_of(session, user)
    if not {project.id for project in alone}.issubset(locked):
        raise Stale(f"A project came to '{username}' meanwhile. Look again, then delete.")
    departure = _departure(session, user, alone)
    with owners.require_owner_left(session, locked):
        if alone:
            heir = _heir(session, user, owner, departure.projects)
            for project in alone:
                # For good, also where the heir was an owner for a time until now.
                members.put(session, project, heir, Terms(Role.OWNER, by, None))
        _take_all(session, user)
    return departure


def _leaving(session: Session, username: str, *, by: str, lock: bool, beside: str = "") -> User:
    """The person who goes; locked together with the administrators and the one named `beside`."""
    statement = select(User).order_by(User.id)
    if lock:
        administrators = and_(User.administrator, ~User.disabled)
        named = User.username.in_([username, beside])
        statement = statement.where(or_(named, administrators)).with_for_update()
    else:
        statement = statement.where(or_(User.username == username, User.administrator))
    found = list(session.scalars(statement.execution_options(populate_existing=True)))
    user = next((one for one in found if one.username == username), None)
    if user is None:
        raise NotFound(f"There is no person '{username}'. Check the name.")
    if user.username == by:
        raise Invalid(
            "Nobody deletes their own account. Ask another administrator.", reason="not_yourself"
        )
    if user.kind == Kind.SERVICE:
        raise Invalid(
            f"'{username}' is a service account. An owner of its project deletes it there.",
            reason="service_account",
        )
    if [one for one in found if one.administrator and not one.disabled] == [user]:
        raise LastOwner(
            "This is the last administrator. Make somebody else administrator first.",
            reason="last_administrator",
        )
    return user


def _departure(session: Session, user: User, alone: list[Project]) -> Departure:
    def count(table: type[Token | Member | GroupPerson]) -> int:
        rows = select(func.count()).select_from(table).where(table.user_id == user.id)
        return session.scalar(rows) or 0

    invited = select(func.count()).select_from(Invitation).where(_invitations_of(user))
    return Departure(
        username=user.username,
        projects=[project.slug for project in alone],
        memberships=count(Member),
        groups=count(GroupPerson),
        tokens=count(Token),
        invitations=session.scalar(invited) or 0,
    )


def _heir(session: Session, user: User, owner: str, slugs: list[str]) -> User:
    if not owner:
        named = ", ".join(slugs[:NAMED_MAX])
        more = f" and {len(slugs) - NAMED_MAX} more" if len(slugs) > NAMED_MAX else ""
        raise LastOwner(
            f"'{user.username}' is the last owner of {named}{more}. "
            "Name who takes over: ?owner=<username>.",
            reason="owner_needed",
        )
    heir = session.scalar(select(User).where(User.username == owner))
    if heir is None or heir.id == user.id or heir.disabled or heir.kind != Kind.PERSON:
        raise Invalid(
            f"'{owner}' cannot take projects over. Name another person whose account is enabled.",
            reason="invalid_owner",
        )
    return heir


def _take_all(session: Session, user: User) -> None:
    for table in BELONGINGS:
        session.execute(delete(table).where(table.user_id == user.id))
    session.execute(delete(Invitation).where(_invitations_of(user)))
    # Counts of an address stay: they may read like a name. "bob 192.0.2.7" is bob at that address.
    of_person = or_(
        SignInDelay.name == user.username,
        SignInDelay.name.startswith(f"{user.username} ", autoescape=True),
    )
    session.execute(delete(SignInDelay).where(of_person, SignInDelay.kind != "address"))
    session.execute(delete(User).where(User.id == user.id))


def _invitations_of(user: User) -> ColumnElement[bool]:
    return or_(Invitation.created_by == user.username, Invitation.username == user.username)
