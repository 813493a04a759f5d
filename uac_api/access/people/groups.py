"""Groups: people managed together. A group is flat; no group is in a group."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, func, or_, select
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation
from ..errors import AlreadyExists, KeptByClaims, NotFound, Stale
from ..models import ClaimRule, Group, GroupPerson, MemberGroup, Source, User
from ..projects import owners


def create(session: Session, *, name: str, description: str, created_by: str) -> Group:
    """A new group without people; raises Invalid or AlreadyExists."""
    group = Group(
        name=validation.group(name),
        description=validation.text(description, "A description", longest=4000),
        created_by=created_by,
    )
    session.add(group)
    _flush_named(session, name)
    return group


def get(session: Session, name: str, *, lock: bool = True, of: int | None = None) -> Group:
    """The group of that name; with `of` only if that person is in it. Raises NotFound.

    The row is locked until the transaction ends, unless the caller only reads.
    """
    statement = select(Group).where(Group.name == name)
    if of is not None:
        statement = statement.where(Group.id.in_(_ids_of(of)))
    group = session.scalar(statement.with_for_update() if lock else statement)
    if group is None:
        raise NotFound(
            f"There is no group '{name}' that you may see. Check the name, or ask an "
            "administrator to create it.",
            reason="no_such_group",
        )
    return group


def page(
    session: Session, *, of: int | None = None, query: str = "", after: str = "", limit: int = 100
) -> list[Group]:
    """Groups by name, those after `after`; with `of` only those that this person is in."""
    statement = select(Group).where(Group.name > after).order_by(Group.name).limit(limit)
    if of is not None:
        statement = statement.where(Group.id.in_(_ids_of(of)))
    if query:
        columns = (Group.name, Group.description)
        statement = statement.where(or_(*(c.icontains(query, autoescape=True) for c in columns)))
    return list(session.scalars(statement))


def counts(session: Session, group_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """(people, projects) of each of the groups."""
    wanted = list(group_ids)

    def counted(column: type[GroupPerson] | type[MemberGroup]) -> dict[int, int]:
        rows = session.execute(
            select(column.group_id, func.count())
            .where(column.group_id.in_(wanted))
            .group_by(column.group_id)
        )
        return {row[0]: row[1] for row in rows}

    people, projects = counted(GroupPerson), counted(MemberGroup)
    return {one: (people.get(one, 0), projects.get(one, 0)) for one in wanted}


def change(
    session: Session,
    group: Group,
    *,
    name: str | None = None,
    description: str | None = None,
    expected: int | None = None,
) -> Group:
    """Rename or describe the group; its people and roles stay.

    Raises Invalid, AlreadyExists, or Stale if the version has moved on.
    """
    _require_version(group, expected)
    was = (group.name, group.description)
    if name is not None:
        group.name = validation.group(name)
    if description is not None:
        group.description = validation.text(description, "A description", longest=4000)
    if (group.name, group.description) != was:
        group.version += 1
    _flush_named(session, group.name)
    return group


def delete(session: Session, group: Group, *, expected: int | None = None) -> None:
    """Delete the group with its roles and the rules of claims that name it; its people stay.

    Raises Stale or LastOwner.
    """
    _require_version(group, expected)
    with owners.require_owner_left(session, owners.lock_of_group(session, group)):
        for table in (ClaimRule, MemberGroup, GroupPerson):
            session.execute(delete_from(table).where(table.group_id == group.id))
        session.delete(group)


def people(
    session: Session, group: Group, *, query: str = "", after: str = "", limit: int = 100
) -> list[GroupPerson]:
    """Who is in the group, by username, those after `after`."""
    statement = (
        select(GroupPerson)
        .join(User)
        .where(GroupPerson.group_id == group.id, User.username > after)
        .order_by(User.username)
        .limit(limit)
    )
    if query:
        columns = (User.username, User.display_name)
        statement = statement.where(or_(*(c.icontains(query, autoescape=True) for c in columns)))
    return list(session.scalars(statement))


def user_ids(session: Session, group: Group) -> list[int]:
    """The numbers of everybody in the group."""
    return list(
        session.scalars(select(GroupPerson.user_id).where(GroupPerson.group_id == group.id))
    )


def add(session: Session, group: Group, user: User, *, added_by: str) -> tuple[GroupPerson, bool]:
    """Put the person into the group, and say whether they are new.

    The caller holds the lock of the group. `users.get` finds people only, so no service account
    gets in.
    """
    if (found := _find(session, group, user)) is not None:
        return found, False
    found = GroupPerson(group_id=group.id, user=user, source=Source.STUDIO, added_by=added_by)
    session.add(found)
    session.flush()
    return found, True


def remove(session: Session, group: Group, user: User) -> None:
    """Take the person out of the group; raises NotFound, KeptByClaims or LastOwner.

    The caller holds the lock of the group.
    """
    found = _find(session, group, user)
    if found is None:
        raise NotFound(
            f"'{user.username}' is not in the group '{group.name}'.", reason="not_in_group"
        )
    if found.source == Source.CLAIMS:
        raise KeptByClaims(
            f"'{user.username}' is in '{group.name}' by the claims of the sign-in service, which "
            "keeps this up to date. Change it there, or change the rule that maps the claim."
        )
    with owners.require_owner_left(session, owners.lock_of_group(session, group)):
        session.delete(found)


def _ids_of(user_id: int) -> Select[int]:
    return select(GroupPerson.group_id).where(GroupPerson.user_id == user_id)


def _find(session: Session, group: Group, user: User) -> GroupPerson | None:
    return session.scalar(
        select(GroupPerson).where(GroupPerson.group_id == group.id, GroupPerson.user_id == user.id)
    )


def _require_version(group: Group, expected: int | None) -> None:
    if expected is not None and group.version != expected:
        raise Stale(f"Somebody changed the group '{group.name}' meanwhile. Reload and look again.")


def _flush_named(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyExists(f"There is a group '{name}' already. Choose another name.") from error
