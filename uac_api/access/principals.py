"""Who a request speaks as: one statement finds the person, the token's limits and every role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, select

from .database import Database
from .models import Member, Project, Token, User, UserSession, now
from .roles import Action, Role
from .secrets import matches


class Via(StrEnum):
    """How a principal was recognised."""

    TOKEN = "token"  # noqa: S105 (a word, not a secret)
    SESSION = "session"
    PASSWORD = "password"  # noqa: S105 (a word, not a secret)


@dataclass(frozen=True, slots=True)
class Grant:
    """The role that a principal has in one project."""

    project_id: int
    slug: str
    role: Role


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
    Project.id.label("project_id"),
    Project.slug,
    Member.role,
)


def _with_grants(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.outerjoin(Member, Member.user_id == User.id).outerjoin(
        Project, and_(Project.id == Member.project_id, Project.deleted_at.is_(None))
    )


_TOKEN = _with_grants(
    select(*_WHO, Token.digest, Token.expires_at, Token.project_id.label("limit"), Token.actions)
    .select_from(Token)
    .join(User, User.id == Token.user_id)
).where(Token.id == bindparam("named"))
_SESSION = _with_grants(
    select(*_WHO, UserSession.digest, UserSession.expires_at)
    .select_from(UserSession)
    .join(User, User.id == UserSession.user_id)
).where(UserSession.id == bindparam("named"))
_PERSON = _with_grants(select(*_WHO).select_from(User)).where(User.username == bindparam("named"))


def by_token(database: Database, token_id: str, secret: str) -> Principal | None:
    """The principal of a token that is known, right, not expired, and whose person is enabled."""
    rows = database.rows(_TOKEN, named=token_id)
    if not _is_live(rows, secret):
        return None
    row = rows[0]
    actions = None if row.actions is None else frozenset(Action(a) for a in row.actions.split(","))
    return _principal(rows, Via.TOKEN, token_id, limit=row.limit, actions=actions)


def by_session(database: Database, session_id: str, secret: str) -> Principal | None:
    """The principal of a session that is known, right and not over, of an enabled person."""
    rows = database.rows(_SESSION, named=session_id)
    return _principal(rows, Via.SESSION, session_id) if _is_live(rows, secret) else None


def by_username(database: Database, username: str) -> tuple[Principal, str] | None:
    """An enabled person's principal and password hash, or None."""
    rows = database.rows(_PERSON, named=username)
    if not rows or rows[0].disabled:
        return None
    return _principal(rows, Via.PASSWORD, ""), rows[0].password_hash


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
) -> Principal:
    who = rows[0]
    grants = {
        row.slug: Grant(row.project_id, row.slug, Role(row.role))
        for row in rows
        if row.slug is not None and limit in (None, row.project_id)
    }
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
        grants=grants,
    )
