"""Who a request speaks as: one statement finds the person, the token's limits and every role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    join,
    literal,
    select,
    union_all,
)

from .database import Database
from .grants import is_over
from .models import (
    Group,
    GroupPerson,
    Kind,
    Member,
    MemberGroup,
    Project,
    Token,
    User,
    UserSession,
    now,
)
from .roles import Action, Role, rank
from .secrets import matches
from .throttle import LATEST_END, address_key
from .tokens import has_ended


class Via(StrEnum):
    """How a principal was recognised."""

    TOKEN = "token"  # noqa: S105 (a word, not a secret)
    SESSION = "session"
    PASSWORD = "password"  # noqa: S105 (a word, not a secret)


@dataclass(frozen=True, slots=True)
class Grant:
    """The highest role that a principal has in one project.

    `through` names the group that gives it; it is empty for a role of the person's own.
    """

    project_id: int
    slug: str
    role: Role
    through: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who this request speaks as; a token's limits are already taken off the grants."""

    user_id: int
    username: str
    display_name: str
    email: str
    administrator: bool
    created_at: datetime
    via: Via
    credential_id: str = ""
    token_project_id: int | None = None
    token_actions: frozenset[Action] | None = None
    token_run_id: str | None = None
    seen_at: datetime | None = None
    kind: Kind = Kind.PERSON
    grants: dict[str, Grant] = field(default_factory=dict)

    @property
    def token_id(self) -> str:
        """The id of the token this request came with, or an empty text."""
        return self.credential_id if self.via is Via.TOKEN else ""


_WHO = (
    User.id,
    User.username,
    User.display_name,
    User.email,
    User.administrator,
    User.disabled,
    User.created_at,
    User.password_hash,
    User.kind,
)
# What a branch of the union says about one grant; a person's own grant comes through no group.
_OWN = (
    Project.id.label("project_id"),
    Project.slug.label("slug"),
    Member.role.label("role"),
    Member.expires_at.label("grant_ends"),
    literal("").label("through"),
)
_OF_GROUPS = (Project.id, Project.slug, MemberGroup.role, MemberGroup.expires_at, Group.name)

Statement = Select[*tuple[Any, ...]]


def _with_grants(credential: Sequence[Any], start: Any, is_named: Any) -> CompoundSelect[Any]:
    """Both branches begin at one credential, so that each finds its few rows by keys.

    The first has the person's row in any case, the second only rows of groups.
    """

    def branch(*grant: Any) -> Statement:
        return select(*_WHO, *grant, *credential).select_from(start).where(is_named)

    open_ = and_(Project.id == Member.project_id, Project.deleted_at.is_(None))
    own = branch(*_OWN).outerjoin(Member, Member.user_id == User.id).outerjoin(Project, open_)
    of_groups = (
        branch(*_OF_GROUPS)
        .join(GroupPerson, GroupPerson.user_id == User.id)
        .join(Group, Group.id == GroupPerson.group_id)
        .join(MemberGroup, MemberGroup.group_id == Group.id)
        .join(Project, and_(Project.id == MemberGroup.project_id, Project.deleted_at.is_(None)))
    )
    return union_all(own, of_groups)


_TOKEN = _with_grants(
    (
        Token.digest,
        Token.expires_at,
        Token.project_id.label("limit"),
        Token.actions,
        Token.run_id,
    ),
    join(Token, User, User.id == Token.user_id),
    Token.id == bindparam("named"),
)
_SESSION = _with_grants(
    (UserSession.digest, UserSession.expires_at, UserSession.last_seen_at),
    join(UserSession, User, User.id == UserSession.user_id),
    UserSession.id == bindparam("named"),
)
_PERSON = _with_grants(
    (LATEST_END.label("delayed_until"),), User, User.username == bindparam("named")
)


def by_token(database: Database, token_id: str, secret: str) -> Principal | None:
    """The principal of a token that is known, right, not expired, and whose person is enabled."""
    rows = database.rows(_TOKEN, named=token_id)
    if not _is_shown_by_its_owner(rows, secret) or has_ended(rows[0].expires_at):
        return None
    row = rows[0]
    actions = None if row.actions is None else frozenset(Action(a) for a in row.actions.split(","))
    return _principal(
        rows, Via.TOKEN, token_id, limit=row.limit, actions=actions, run_id=row.run_id
    )


def by_session(
    database: Database, session_id: str, secret: str, *, idle: timedelta | None = None
) -> Principal | None:
    """The principal of a session that is known, right and not over, of an enabled person.

    A session that was not seen for as long as `idle` is over.
    """
    rows = database.rows(_SESSION, named=session_id)
    if not _is_shown_by_its_owner(rows, secret) or rows[0].expires_at <= now():
        return None
    if not _is_person(rows):
        return None
    seen = rows[0].last_seen_at
    if idle is not None and seen is not None and seen + idle <= now():
        return None
    return _principal(rows, Via.SESSION, session_id, seen_at=seen)


@dataclass(frozen=True, slots=True)
class Account:
    """What a name stands for, before the password was looked at.

    `password_hash` is empty for who has no password; `principal` is None for who is disabled
    and for a service account.
    """

    username: str
    password_hash: str
    principal: Principal | None
    delayed_until: datetime | None


def by_username(database: Database, username: str, address: str = "") -> Account | None:
    """The account of a name, and the latest delay that may concern it at this address."""
    at = address_key(address)
    rows = database.rows(_PERSON, named=username, pair=f"{username} {at}", address=at)
    if not rows:
        return None
    row = rows[0]
    may_enter = not row.disabled and _is_person(rows)
    principal = _principal(rows, Via.PASSWORD, "") if may_enter else None
    return Account(row.username, row.password_hash, principal, row.delayed_until)


def _is_shown_by_its_owner(rows: Sequence[Row[Any]], secret: str) -> bool:
    return bool(rows) and matches(secret, rows[0].digest) and not rows[0].disabled


def _is_person(rows: Sequence[Row[Any]]) -> bool:
    return bool(rows[0].kind == Kind.PERSON)


def _principal(
    rows: Sequence[Row[Any]],
    via: Via,
    credential_id: str,
    *,
    limit: int | None = None,
    actions: frozenset[Action] | None = None,
    run_id: str | None = None,
    seen_at: datetime | None = None,
) -> Principal:
    who = rows[0]
    return Principal(
        user_id=who.id,
        username=who.username,
        display_name=who.display_name,
        email=who.email,
        administrator=who.administrator,
        created_at=who.created_at,
        via=via,
        credential_id=credential_id,
        token_project_id=limit,
        token_actions=actions,
        token_run_id=run_id,
        seen_at=seen_at,
        kind=Kind(who.kind),
        grants=_grants(rows, limit),
    )


def _grants(rows: Sequence[Row[Any]], limit: int | None) -> dict[str, Grant]:
    return strongest(
        (Grant(row.project_id, row.slug, Role(row.role), row.through), row.grant_ends)
        for row in rows
        if row.slug is not None and limit in (None, row.project_id)
    )


def strongest(given: Iterable[tuple[Grant, datetime | None]]) -> dict[str, Grant]:
    """The grant that counts in each project, of grants and their ends.

    It is the highest that is in force; of equal ones the person's own, then the first group's.
    """
    moment, found = now(), dict[str, Grant]()
    for grant, ends in given:
        if is_over(ends, moment):
            continue
        known = found.get(grant.slug)
        if known is None or _strength(grant) < _strength(known):
            found[grant.slug] = grant
    return found


def _strength(grant: Grant) -> tuple[int, str]:
    return -rank(grant.role), grant.through


def of_person(user: User, grants: dict[str, Grant]) -> Principal:
    """Who a request of this person would speak as, if they signed in now."""
    return Principal(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        administrator=user.administrator,
        created_at=user.created_at,
        via=Via.SESSION,
        kind=Kind(user.kind),
        grants=grants,
    )
