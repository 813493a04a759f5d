"""From a credential to its principal: one statement finds the person, the limits and every role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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

from telemetry.addresses import address_key

from ..database import Database
from ..decisions.principals import Grant, Principal, Via, strongest
from ..decisions.roles import Action, Role
from ..models import (
    Group,
    GroupPerson,
    Kind,
    LinkedIdentity,
    Member,
    MemberGroup,
    Project,
    Quota,
    Token,
    User,
    UserSession,
    now,
)
from ..quotas.limits import Own
from .secrets import matches
from .throttle import LATEST_END
from .tokens import has_ended

# Each column costs: pymysql spends a third of a lookup on reading their descriptions (measured).
_WHO = (User.id, User.username, User.administrator, User.disabled, User.kind)
# A project without limits of its own has no row, or only a version in it.
_QUOTA = (Quota.storage_mb, Quota.runs_per_day, Quota.requests_per_minute)
_LIMITED = Quota.project_id == Project.id
_NO_QUOTA = Own()
# What a branch of the union says about one grant; a person's own grant comes through no group.
_OWN = (
    Project.id.label("project_id"),
    Project.slug.label("slug"),
    Member.role.label("role"),
    Member.expires_at.label("grant_ends"),
    literal("").label("through"),
    Project.default_experiment_id.label("default_experiment"),
    *_QUOTA,
)
_OF_GROUPS = (
    Project.id,
    Project.slug,
    MemberGroup.role,
    MemberGroup.expires_at,
    Group.name,
    Project.default_experiment_id,
    *_QUOTA,
)

Statement = Select[*tuple[Any, ...]]


def _with_grants(credential: Sequence[Any], start: Any, is_named: Any) -> CompoundSelect[Any]:
    """Both branches begin at one credential, so that each finds its few rows by keys.

    The first has the person's row in any case, the second only rows of groups.
    """

    def branch(*grant: Any) -> Statement:
        return select(*_WHO, *grant, *credential).select_from(start).where(is_named)

    open_ = and_(Project.id == Member.project_id, Project.deleted_at.is_(None))
    own = (
        branch(*_OWN)
        .outerjoin(Member, Member.user_id == User.id)
        .outerjoin(Project, open_)
        .outerjoin(Quota, _LIMITED)
    )
    of_groups = (
        branch(*_OF_GROUPS)
        .join(GroupPerson, GroupPerson.user_id == User.id)
        .join(Group, Group.id == GroupPerson.group_id)
        .join(MemberGroup, MemberGroup.group_id == Group.id)
        .join(Project, and_(Project.id == MemberGroup.project_id, Project.deleted_at.is_(None)))
        .outerjoin(Quota, _LIMITED)
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
    (
        UserSession.digest,
        UserSession.interface_digest,
        UserSession.expires_at,
        UserSession.last_seen_at,
    ),
    join(UserSession, User, User.id == UserSession.user_id),
    UserSession.id == bindparam("named"),
)
_PERSON = _with_grants(
    (User.password_hash, LATEST_END.label("delayed_until")),
    User,
    User.username == bindparam("named"),
)
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
    if not rows or not _is_shown_by_its_owner(rows, secret, rows[0].digest):
        return None
    row = rows[0]
    if has_ended(row.expires_at):
        return None
    actions = None if row.actions is None else frozenset(Action(a) for a in row.actions.split(","))
    return _principal(
        rows, Via.TOKEN, token_id, limit=row.limit, actions=actions, run_id=row.run_id
    )


def by_session(
    database: Database,
    session_id: str,
    secret: str,
    *,
    idle: timedelta | None = None,
    interface: bool = False,
) -> Principal | None:
    """The principal of a session that is known, right and not over, of an enabled person.

    A session that was not seen for as long as `idle` is over. `interface`: the secret is the one
    that a browser shows to MLflow's interface.
    """
    rows = database.rows(_SESSION, named=session_id)
    if not rows:
        return None
    kept = rows[0].interface_digest if interface else rows[0].digest
    if not _is_shown_by_its_owner(rows, secret, kept) or rows[0].expires_at <= now():
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


def by_identity(
    database: Database, issuer: str, subject: str, credential_id: str
) -> Principal | None:
    """The principal of an enabled person whom the identity provider knows by this subject.

    `credential_id` tells one access token from another.
    """
    rows = database.rows(_IDENTITY, issuer=issuer, named=subject)
    if not rows or rows[0].disabled or not _is_person(rows):
        return None
    # Compared once more: MySQL ignores spaces at the end of a text.
    if (rows[0].issuer, rows[0].subject) != (issuer, subject):
        return None
    return _principal(rows, Via.PROVIDER, credential_id)


def _is_shown_by_its_owner(rows: Sequence[Row[Any]], secret: str, kept: str | None) -> bool:
    return matches(secret, kept) and not rows[0].disabled


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
        administrator=who.administrator,
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
        (
            Grant(
                row.project_id,
                row.slug,
                Role(row.role),
                row.through,
                row.default_experiment,
                quota=_quota(row),
            ),
            row.grant_ends,
        )
        for row in rows
        if row.slug is not None and limit in (None, row.project_id)
    )


def _quota(row: Row[Any]) -> Own:
    given = row.storage_mb, row.runs_per_day, row.requests_per_minute
    return _NO_QUOTA if given == (None, None, None) else Own(*given)
