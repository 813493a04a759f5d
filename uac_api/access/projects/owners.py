"""The last owner of a project stays: the one definition of an owner who counts.

An owner counts who stays one by nobody's doing: an enabled person with a role of their own that
has no end, or a group with such a role and at least one enabled person in it. Every change that can
take an owner away happens inside `kept`; deleting a person asks `only_of` who has to take over.
Only what the identity provider says is carried out all the same (`lost` tells what it cost).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Select, or_, select, union
from sqlalchemy.orm import Session

from ..decisions.roles import Role
from ..errors import LastOwner
from ..models import Group, GroupPerson, Kind, Member, MemberGroup, Project, User

NAMED_MAX = 3


@contextmanager
def require_owner_left(session: Session, project_ids: Iterable[int]) -> Iterator[None]:
    """Raise LastOwner if what happens inside takes a project its last owner.

    The caller holds the locks of these projects (`lock_of_group`, `lock_of_user`, or
    `projects.get`), so of two changes at once the second sees what the first has done.
    """
    with lost(session, project_ids) as gone:
        yield
    if gone:
        raise LastOwner(_sentence(session, gone))


@contextmanager
def lost(session: Session, project_ids: Iterable[int]) -> Iterator[set[int]]:
    """The ids of the projects that lose their last owner by what happens inside, known after it."""
    session.flush()
    before = _owned(session, project_ids)
    gone: set[int] = set()
    yield gone
    session.flush()
    gone |= before - _owned(session, before)


def slugs(session: Session, project_ids: Iterable[int]) -> list[str]:
    """The slugs of the projects, in order."""
    named = select(Project.slug).where(Project.id.in_(list(project_ids))).order_by(Project.slug)
    return list(session.scalars(named))


def only_of(session: Session, user: User) -> list[Project]:
    """The projects that have no owner who counts but this person, by slug; none in the trash.

    The person has the role by themselves or through groups, with or without an end.
    """
    own = select(Member.project_id).where(Member.user_id == user.id, Member.role == Role.OWNER)
    groups = select(GroupPerson.group_id).where(GroupPerson.user_id == user.id)
    through = _of_groups(groups)
    living = select(Project).where(
        or_(Project.id.in_(own), Project.id.in_(through)), Project.deleted_at.is_(None)
    )
    found = list(session.scalars(living.order_by(Project.slug)))
    others = _owned(session, [project.id for project in found], without=user.id)
    return [project for project in found if project.id not in others]


def lock_of_group(session: Session, group: Group) -> list[int]:
    """The projects that the group owns, locked until the transaction ends."""
    return _lock(session, session.scalars(_of_groups([group.id])))


def lock_of_user(session: Session, user: User) -> list[int]:
    """The projects that the person owns by themselves or through groups, locked with the groups.

    With the groups held, none of them can become the owner of one more project meanwhile.
    """
    mine = select(GroupPerson.group_id).where(GroupPerson.user_id == user.id)
    held = select(Group.id).where(Group.id.in_(mine)).order_by(Group.id).with_for_update()
    group_ids = list(session.scalars(held))
    own = select(Member.project_id).where(Member.user_id == user.id, Member.role == Role.OWNER)
    return _lock(session, [*session.scalars(own), *session.scalars(_of_groups(group_ids))])


def _of_groups(group_ids: Sequence[int] | Select[int]) -> Select[int]:
    return select(MemberGroup.project_id).where(
        MemberGroup.group_id.in_(group_ids), MemberGroup.role == Role.OWNER
    )


def _lock(session: Session, project_ids: Iterable[int]) -> list[int]:
    # In one order for everybody, so that two who lock several do not wait for each other.
    held = (
        select(Project.id)
        .where(Project.id.in_(list(project_ids)), Project.deleted_at.is_(None))
        .order_by(Project.id)
        .with_for_update()
    )
    return list(session.scalars(held))


def _owned(session: Session, project_ids: Iterable[int], *, without: int = 0) -> set[int]:
    """Which of the projects have an owner who counts, the person `without` left aside."""
    wanted = list(project_ids)
    who = (~User.disabled, User.kind == Kind.PERSON, User.id != without)
    people = (
        select(Member.project_id)
        .join(User, User.id == Member.user_id)
        .where(Member.project_id.in_(wanted), Member.role == Role.OWNER, *who)
        .where(Member.expires_at.is_(None))
    )
    groups = (
        select(MemberGroup.project_id)
        .join(GroupPerson, GroupPerson.group_id == MemberGroup.group_id)
        .join(User, User.id == GroupPerson.user_id)
        .where(MemberGroup.project_id.in_(wanted), MemberGroup.role == Role.OWNER, *who)
        .where(MemberGroup.expires_at.is_(None))
    )
    return set(session.scalars(union(people, groups)))


def _sentence(session: Session, gone: set[int]) -> str:
    found = slugs(session, gone)
    named = ", ".join(f"'{slug}'" for slug in found[:NAMED_MAX])
    if len(found) > NAMED_MAX:
        named += f" and {len(found) - NAMED_MAX} more"
    return (
        f"This is the last owner of {named}. Make somebody else owner first, without an end: "
        "an enabled person, or a group with an enabled person in it."
    )
