"""The matrix of who has which role where: people and groups by projects, as it was granted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ..models import Group, GroupPerson, Kind, Member, MemberGroup, Project, User
from ..projects.grants import is_over


@dataclass(frozen=True, slots=True)
class Cell:
    """The role that was granted in one project."""

    project: str
    role: str
    expires_at: datetime | None
    version: int

    @property
    def expired(self) -> bool:
        """Whether it has ended."""
        return is_over(self.expires_at)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person, the groups they are in, and the roles of their own."""

    user: User
    groups: list[str] = field(default_factory=list)
    grants: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group and the roles of everybody in it."""

    name: str
    grants: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the matrix to show; empty means all.

    `user` is a part of a person's name; `group` and `project` are whole names.
    """

    user: str = ""
    group: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """One page of it: people, their groups, and whether more people follow."""

    people: list[PersonRow]
    groups: list[GroupRow]
    more: bool


def page(session: Session, wanted: Filter, *, after: str = "", limit: int = 100) -> Matrix:
    """People by username, those after `after`, and the groups of these people: 4 statements."""
    found = list(session.scalars(_people(wanted, after, limit + 1)))
    people = {user.id: PersonRow(user) for user in found[:limit]}
    own = select(Member.user_id, Project.slug, Member.role, Member.expires_at, Member.version).join(
        Project, Project.id == Member.project_id
    )
    cells = _cells(session, own.where(Member.user_id.in_(people)), wanted)
    for user_id, row in people.items():
        row.grants.extend(cells[user_id])
    groups = _groups(session, people, wanted)
    return Matrix(list(people.values()), groups, more=len(found) > limit)


def _people(wanted: Filter, after: str, limit: int) -> Select[User]:
    # Service accounts are their project's own affair: the page Programs has them.
    statement = (
        select(User)
        .where(User.username > after, User.kind == Kind.PERSON)
        .order_by(User.username)
        .limit(limit)
    )
    if wanted.user:
        columns = (User.username, User.display_name)
        named = (column.icontains(wanted.user, autoescape=True) for column in columns)
        statement = statement.where(or_(*named))
    if wanted.group:
        inside = select(GroupPerson.user_id).join(Group, Group.id == GroupPerson.group_id)
        statement = statement.where(User.id.in_(inside.where(Group.name == wanted.group)))
    if wanted.project:
        here = select(Project.id).where(Project.slug == wanted.project)
        own = select(Member.user_id).where(Member.project_id.in_(here))
        through = (
            select(GroupPerson.user_id)
            .join(MemberGroup, MemberGroup.group_id == GroupPerson.group_id)
            .where(MemberGroup.project_id.in_(here))
        )
        statement = statement.where(or_(User.id.in_(own), User.id.in_(through)))
    return statement


def _groups(session: Session, people: dict[int, PersonRow], wanted: Filter) -> list[GroupRow]:
    places = (
        select(GroupPerson.user_id, Group.id, Group.name)
        .join(Group, Group.id == GroupPerson.group_id)
        .where(GroupPerson.user_id.in_(people))
        .order_by(Group.name)
    )
    named: dict[int, GroupRow] = {}
    for user_id, group_id, name in session.execute(places):
        people[user_id].groups.append(name)
        named[group_id] = GroupRow(name)
    of_groups = select(
        MemberGroup.group_id,
        Project.slug,
        MemberGroup.role,
        MemberGroup.expires_at,
        MemberGroup.version,
    ).join(Project, Project.id == MemberGroup.project_id)
    cells = _cells(session, of_groups.where(MemberGroup.group_id.in_(named)), wanted)
    for group_id, row in named.items():
        row.grants.extend(cells[group_id])
    return sorted(named.values(), key=lambda row: row.name)


def _cells(
    session: Session,
    statement: Select[int, str, str, datetime | None, int],
    wanted: Filter,
) -> defaultdict[int, list[Cell]]:
    statement = statement.where(Project.deleted_at.is_(None)).order_by(Project.slug)
    if wanted.project:
        statement = statement.where(Project.slug == wanted.project)
    found: defaultdict[int, list[Cell]] = defaultdict(list)
    for whose, slug, role, ends, version in session.execute(statement):
        found[whose].append(Cell(slug, role, ends, version))
    return found
