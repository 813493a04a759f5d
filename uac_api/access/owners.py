"""The last owner of a project stays.

An owner counts who stays one by nobody's doing: an enabled person with a role of their own that
has no end, or a group with such a role and at least one enabled person in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from .errors import LastOwner
from .models import Group, GroupPerson, Kind, Member, MemberGroup, Project, User
from .roles import Role

NAMED_MAX = 3


@contextmanager
def kept(session: Session, project_ids: Iterable[int]) -> Iterator[None]:
    """Raise LastOwner if what happens inside takes a project its last owner.

    The caller holds the locks of these projects (`lock`, or `projects.get`), so of two changes
    at once the second sees what the first has done.
    """
    session.flush()
    before = _owned(session, project_ids)
    yield
    session.flush()
    if lost := before - _owned(session, before):
        raise LastOwner(_sentence(session, lost))


def lock_of_group(session: Session, group: Group) -> list[int]:
    """The projects that the group owns, locked until the transaction ends."""
    return _lock(session, _ids_of_groups(session, [group.id]))


def lock_of_user(session: Session, user: User) -> list[int]:
    """The projects that the person owns by themselves or through groups, locked with the groups.

    With the groups held, none of them can become the owner of one more project meanwhile.
    """
    mine = select(GroupPerson.group_id).where(GroupPerson.user_id == user.id)
    held = select(Group.id).where(Group.id.in_(mine)).order_by(Group.id).with_for_update()
    group_ids = list(session.scalars(held))
    own = select(Member.project_id).where(Member.user_id == user.id, Member.role == Role.OWNER)
    return _lock(session, [*session.scalars(own), *_ids_of_groups(session, group_ids)])


def _ids_of_groups(session: Session, group_ids: list[int]) -> list[int]:
    through = select(MemberGroup.project_id).where(
        MemberGroup.group_id.in_(group_ids), MemberGroup.role == Role.OWNER
    )
    return list(session.scalars(through))


def _lock(session: Session, project_ids: list[int]) -> list[int]:
    # In one order for everybody, so that two who lock several do not wait for each other.
    held = (
        select(Project.id)
        .where(Project.id.in_(project_ids), Project.deleted_at.is_(None))
        .order_by(Project.id)
        .with_for_update()
    )
    return list(session.scalars(held))


def _owned(session: Session, project_ids: Iterable[int]) -> set[int]:
    wanted = list(project_ids)
    people = (
        select(Member.project_id)
        .join(User, User.id == Member.user_id)
        .where(Member.project_id.in_(wanted), Member.role == Role.OWNER)
        .where(Member.expires_at.is_(None), ~User.disabled, User.kind == Kind.PERSON)
    )
    groups = (
        select(MemberGroup.project_id)
        .join(GroupPerson, GroupPerson.group_id == MemberGroup.group_id)
        .join(User, User.id == GroupPerson.user_id)
        .where(MemberGroup.project_id.in_(wanted), MemberGroup.role == Role.OWNER)
        .where(MemberGroup.expires_at.is_(None), ~User.disabled)
    )
    return set(session.scalars(union(people, groups)))


def _sentence(session: Session, lost: set[int]) -> str:
    slugs = list(
        session.scalars(select(Project.slug).where(Project.id.in_(lost)).order_by(Project.slug))
    )
    named = ", ".join(f"'{slug}'" for slug in slugs[:NAMED_MAX])
    if len(slugs) > NAMED_MAX:
        named += f" and {len(slugs) - NAMED_MAX} more"
    return (
        f"This is the last owner of {named}. Make somebody else owner first, without an end: "
        "an enabled person, or a group with an enabled person in it."
    )
