"""Who a request speaks as: one statement finds the person, the token's limits and every role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
from .models import (
    Group,
    GroupPerson,
    Kind,
    LinkedIdentity,
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


class Via(StrEnum):
    """How a principal was recognised."""

    TOKEN = "token"  # noqa: S105 (a word, not a secret)
    SESSION = "session"
    PASSWORD = "password"  # noqa: S105 (a word, not a secret)
    PROVIDER = "single sign-on"


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
_PERSON = _with_grants((), User, User.username == bindparam("named"))
_IDENTITY = _with_grants(
    (LinkedIdentity.issuer, LinkedIdentity.subject),
    join(LinkedIdentity, User, User.id == LinkedIdentity.user_id),
    and_(
        LinkedIdentity.issuer == bindparam("issuer"), LinkedIdentity.subject == bindparam("named")
    ),
)


def by_token(database: Database, token_id: str, secret: str) -> Principal | None:
    """The principal of a token that is known, right, not expired, and whose person is enabled."""
    rows = database.rows(_TOKEN, named=token_id)
    if not _is_live(rows, secret):
        return None
    row = rows[0]
    actions = None if row.actions is None else frozenset(Action(a) for a in row.actions.split(","))
    return _principal(
        rows, Via.TOKEN, token_id, limit=row.limit, actions=actions, run_id=row.run_id
    )


def by_session(database: Database, session_id: str, secret: str) -> Principal | None:
    """The principal of a session that is known, right and not over, of an enabled person."""
    rows = database.rows(_SESSION, named=session_id)
    return _principal(rows, Via.SESSION, session_id) if _is_live(rows, secret) else None


def by_username(database: Database, username: str) -> tuple[Principal, str] | None:
    """The principal and the password hash of an enabled person who has a password, or None."""
    rows = database.rows(_PERSON, named=username)
    if not rows or rows[0].disabled or not rows[0].password_hash:
        return None
    return _principal(rows, Via.PASSWORD, ""), rows[0].password_hash


def by_identity(
    database: Database, issuer: str, subject: str, credential_id: str
) -> Principal | None:
    """The principal of an enabled person whom the identity provider knows by this subject.

    `credential_id` tells one access token from another.
    """
    rows = database.rows(_IDENTITY, issuer=issuer, named=subject)
    # Compared once more: MySQL ignores spaces at the end of a text.
    if not rows or rows[0].disabled or (rows[0].issuer, rows[0].subject) != (issuer, subject):
        return None
    return _principal(rows, Via.PROVIDER, credential_id)


def _is_live(rows: Sequence[Row[Any]], secret: str) -> bool:
    if not rows or not matches(secret, rows[0].digest) or rows[0].disabled:
        return False
    return rows[0].expires_at is None or rows[0].expires_at > now()


def _principal(
    rows: Sequence[Row[Any]],
    via: Via,
    credential_id: str,
    *,
    limit: int | None = None,
    actions: frozenset[Action] | None = None,
    run_id: str | None = None,
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
        kind=Kind(who.kind),
        grants=_grants(rows, limit),
    )


def _grants(rows: Sequence[Row[Any]], limit: int | None) -> dict[str, Grant]:
    """The highest grant of each project that is in force; of equal ones the person's own."""
    moment, found = now(), dict[str, Grant]()
    for row in rows:
        if row.slug is None or limit not in (None, row.project_id):
            continue
        if row.grant_ends is not None and row.grant_ends <= moment:
            continue
        grant = Grant(row.project_id, row.slug, Role(row.role), row.through)
        known = found.get(row.slug)
        if known is None or (rank(grant.role), not grant.through) > (
            rank(known.role),
            not known.through,
        ):
            found[row.slug] = grant
    return found
