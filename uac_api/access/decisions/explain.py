"""Who may do what in which project, through what, and why not; told by `decide` itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, literal, or_, select, union_all
from sqlalchemy.orm import Session

from ..models import Group, GroupPerson, Member, MemberGroup, Project, User
from ..projects.grants import is_over
from .decide import Decision, decide_for
from .principals import Grant, strongest
from .roles import ROLE_ACTIONS, Action, Role

# Databases take some ten thousand values in one statement.
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Chain:
    """One way by which a person has, or had, a role in a project.

    For a role of the person's own, `added_by` and `added_at` repeat who granted it, and when.
    """

    user_id: int
    grant: Grant
    granted_by: str
    granted_at: datetime
    expires_at: datetime | None
    reason: str
    version: int
    added_by: str
    added_at: datetime
    source: str

    @property
    def expired(self) -> bool:
        """Whether it has ended."""
        return is_over(self.expires_at)


@dataclass(frozen=True, slots=True)
class Access:
    """What one person may do in one project, and every way to it; `counts` is the one that counts.

    It is None when no way is in force, or the account is disabled.
    """

    user: User
    slug: str
    chains: list[Chain]
    counts: Grant | None
    decisions: dict[Action, Decision]

    @property
    def may(self) -> frozenset[Action]:
        """The actions that are allowed."""
        return frozenset(action for action, one in self.decisions.items() if one.allowed)


def access(user: User, slug: str, chains: Sequence[Chain]) -> Access:
    """What the person may do in the project by these ways, all of which lead there."""
    grants = strongest((chain.grant, chain.expires_at) for chain in chains)
    return Access(
        user=user,
        slug=slug,
        chains=sorted(chains, key=lambda chain: chain.grant.through),
        counts=None if user.disabled else grants.get(slug),
        decisions={action: decide_for(user, grants, action, slug) for action in Action},
    )


def of(session: Session, user: User, project: Project) -> Access:
    """What the person may do in the project, and through what."""
    found = list(chains(session, project_id=project.id, user_ids=[user.id]))
    return access(user, project.slug, found)


def sentence(found: Access, action: Action) -> str:
    """The decision in words about the person."""
    who, where = f"'{found.user.username}'", f"'{found.slug}'"
    decision = found.decisions[action]
    if decision.allowed:
        (way,) = (chain for chain in found.chains if chain.grant == found.counts)
        return f"{who} may {action} in {where}: {_told(way)}."
    if found.user.disabled:
        return f"{who} may not {action} in {where}: the account is disabled."
    if found.counts is not None:
        least = next(role for role in Role if action in ROLE_ACTIONS[role])
        return (
            f"{who} may not {action} in {where}: the highest role there is {found.counts.role}, "
            f"and this needs {least}."
        )
    if found.chains:
        return f"{who} may not {action} in {where}: every role there has ended."
    return f"{who} may not {action} in {where}: there is no role of their own or of a group."


def _told(way: Chain) -> str:
    through = f" through the group '{way.grant.through}'" if way.grant.through else ""
    ends = f", until {way.expires_at:%Y-%m-%d %H:%M} UTC" if way.expires_at else ""
    return f"{way.grant.role}{through}, given by '{way.granted_by}'{ends}"


def page(
    session: Session, project: Project, *, query: str = "", after: str = "", limit: int = 100
) -> list[Access]:
    """Everybody with a way into the project, by username, those after `after`."""
    own = select(Member.user_id).where(Member.project_id == project.id)
    through = (
        select(GroupPerson.user_id)
        .join(MemberGroup, MemberGroup.group_id == GroupPerson.group_id)
        .where(MemberGroup.project_id == project.id)
    )
    statement = (
        select(User)
        .where(or_(User.id.in_(own), User.id.in_(through)), User.username > after)
        .order_by(User.username)
        .limit(limit)
    )
    if query:
        columns = (User.username, User.display_name)
        statement = statement.where(or_(*(c.icontains(query, autoescape=True) for c in columns)))
    people = list(session.scalars(statement))
    ways: dict[int, list[Chain]] = defaultdict(list)
    for chain in chains(session, project_id=project.id, user_ids=[user.id for user in people]):
        ways[chain.user_id].append(chain)
    return [access(user, project.slug, ways[user.id]) for user in people]


def everywhere(
    session: Session, *, project_id: int | None = None, user_ids: Iterable[int] | None = None
) -> dict[tuple[str, str], frozenset[Action]]:
    """The actions of each (person, project) of a project or of some people that has any."""
    ways: dict[tuple[int, str], list[Chain]] = defaultdict(list)
    for chain in chains(session, project_id=project_id, user_ids=user_ids):
        ways[chain.user_id, chain.grant.slug].append(chain)
    people = {user.id: user for user in _people(session, {user_id for user_id, _ in ways})}
    found = {
        (people[user_id].username, slug): access(people[user_id], slug, given).may
        for (user_id, slug), given in ways.items()
    }
    return {pair: may for pair, may in found.items() if may}


def chains(
    session: Session, *, project_id: int | None = None, user_ids: Iterable[int] | None = None
) -> Iterator[Chain]:
    """Every way of these people, or of everybody, into this project, or into all."""
    for wanted in _portions(user_ids):
        limits = [] if project_id is None else [Project.id == project_id]
        if wanted is not None:
            limits.append(User.id.in_(wanted))
        for row in session.execute(union_all(_own().where(*limits), _of_groups().where(*limits))):
            yield Chain(
                user_id=row.user_id,
                grant=Grant(row.project_id, row.slug, Role(row.role), row.through),
                **{name: getattr(row, name) for name in _TOLD},
            )


_TOLD = (
    *("granted_by", "granted_at", "expires_at", "reason", "version"),
    *("added_by", "added_at", "source"),
)


def _open() -> Any:
    return Project.deleted_at.is_(None)


def _own() -> Select[*tuple[Any, ...]]:
    return (
        select(
            User.id.label("user_id"),
            Project.id.label("project_id"),
            Project.slug,
            Member.role,
            literal("").label("through"),
            Member.granted_by,
            Member.granted_at,
            Member.expires_at,
            Member.reason,
            Member.version,
            Member.granted_by.label("added_by"),
            Member.granted_at.label("added_at"),
            literal("").label("source"),
        )
        .join(Member, Member.user_id == User.id)
        .join(Project, and_(Project.id == Member.project_id, _open()))
    )


def _of_groups() -> Select[*tuple[Any, ...]]:
    return (
        select(
            User.id,
            Project.id,
            Project.slug,
            MemberGroup.role,
            Group.name,
            MemberGroup.granted_by,
            MemberGroup.granted_at,
            MemberGroup.expires_at,
            MemberGroup.reason,
            MemberGroup.version,
            GroupPerson.added_by,
            GroupPerson.added_at,
            GroupPerson.source,
        )
        .join(GroupPerson, GroupPerson.user_id == User.id)
        .join(Group, Group.id == GroupPerson.group_id)
        .join(MemberGroup, MemberGroup.group_id == Group.id)
        .join(Project, and_(Project.id == MemberGroup.project_id, _open()))
    )


def _people(session: Session, user_ids: Iterable[int]) -> Iterator[User]:
    for wanted in _portions(user_ids):
        # Read anew: what a rehearsal has changed before counts.
        statement = select(User).where(User.id.in_(wanted or []))
        yield from session.scalars(statement.execution_options(populate_existing=True))


def _portions(ids: Iterable[int] | None) -> Iterator[list[int] | None]:
    if ids is None:
        yield None
        return
    every = sorted(set(ids))
    for begin in range(0, len(every), AT_ONCE):
        yield every[begin : begin + AT_ONCE]
