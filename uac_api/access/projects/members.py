"""Who is in a project, and with which role.

A grantee is a user or a group. Both are put in, changed and taken out in the same way; a user's
role is a row of `Member`, a group's one of `MemberGroup`.
"""

from __future__ import annotations

from typing import overload

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import NotFound
from ..models import Group, Kind, Member, MemberGroup, Project, User
from . import grants, owners
from .grants import Terms

Grantee = User | Group
Membership = Member | MemberGroup


def people(session: Session, project: Project) -> list[Member]:
    """The people in the project by username; `service_accounts.page` has its programs."""
    return list(
        session.scalars(
            select(Member)
            .join(User)
            .where(Member.project_id == project.id, User.kind == Kind.PERSON)
            .order_by(User.username)
        )
    )


def groups(session: Session, project: Project) -> list[MemberGroup]:
    """The groups in the project by name."""
    return list(
        session.scalars(
            select(MemberGroup)
            .join(Group)
            .where(MemberGroup.project_id == project.id)
            .order_by(Group.name)
        )
    )


@overload
def get(session: Session, project: Project, grantee: User) -> Member: ...
@overload
def get(session: Session, project: Project, grantee: Group) -> MemberGroup: ...
def get(session: Session, project: Project, grantee: Grantee) -> Membership:
    """The grantee's role in the project; raises NotFound."""
    found = _find(session, project, grantee)
    if found is None:
        raise NotFound(_missing(grantee), reason="no_such_member")
    return found


@overload
def put(
    session: Session, project: Project, grantee: User, terms: Terms, *, expected: int | None = None
) -> tuple[Member, bool]: ...
@overload
def put(
    session: Session, project: Project, grantee: Group, terms: Terms, *, expected: int | None = None
) -> tuple[MemberGroup, bool]: ...
def put(
    session: Session,
    project: Project,
    grantee: Grantee,
    terms: Terms,
    *,
    expected: int | None = None,
) -> tuple[Membership, bool]:
    """Give the grantee that role, and say whether they are new.

    `expected` is the version that the caller has seen. The caller holds the lock of the project
    (`projects.get`), after that of the group if it is one (`groups.get`), so changes to one
    project's members happen one after another.
    Raises Invalid, Stale if the version has moved on, LastOwner if no owner would be left.
    """
    found = _find(session, project, grantee)
    grants.require_version(found, expected, _name(grantee))
    if found is None:
        found = _new(project, grantee)
        grants.apply(found, terms, new=True)
        session.add(found)
        session.flush()
        return found, True
    with owners.require_owner_left(session, [project.id]):
        if grants.apply(found, terms):
            found.version += 1
    return found, False


def remove(
    session: Session, project: Project, grantee: Grantee, *, expected: int | None = None
) -> None:
    """Take the grantee out of the project; raises NotFound, Stale or LastOwner."""
    found = get(session, project, grantee)
    grants.require_version(found, expected, _name(grantee))
    with owners.require_owner_left(session, [project.id]):
        session.delete(found)


def _find(session: Session, project: Project, grantee: Grantee) -> Membership | None:
    if isinstance(grantee, User):
        return session.scalar(
            select(Member).where(Member.project_id == project.id, Member.user_id == grantee.id)
        )
    return session.scalar(
        select(MemberGroup).where(
            MemberGroup.project_id == project.id, MemberGroup.group_id == grantee.id
        )
    )


def _new(project: Project, grantee: Grantee) -> Membership:
    if isinstance(grantee, User):
        return Member(project_id=project.id, user=grantee)
    return MemberGroup(project_id=project.id, group=grantee)


def _name(grantee: Grantee) -> str:
    return grantee.username if isinstance(grantee, User) else grantee.name


def _missing(grantee: Grantee) -> str:
    if isinstance(grantee, User):
        return f"'{grantee.username}' is no member of this project."
    return f"The group '{grantee.name}' has no role in this project."
