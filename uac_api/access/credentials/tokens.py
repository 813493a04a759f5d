"""Tokens: secrets for programs, which can only subtract from what their owner may do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, case, literal, or_, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session, contains_eager

from .. import validation
from ..decisions.roles import Action
from ..errors import AlreadyExists, Invalid, NotFound
from ..models import Project, Token, User, now
from .origins import Origin
from .secrets import ID_ALPHABET, ID_LENGTH, Issued, issue

KIND = "mls"
DEFAULT_DAYS, LONGEST_DAYS = 90, 365
LONGEST_OVERLAP_HOURS = 7 * 24
# A token goes on for a minute after its end: our clock may be ahead of the one its owner reads.
TOLERANCE = timedelta(seconds=60)
# What a token of one run is made for; `decide_run` narrows it to that run.
ONE_RUN_ACTIONS = (Action.READ, Action.LOG)
RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")
MOST_FOUND = 20
MARKED_AT_ONCE = 500

_WHOLE_ID = re.compile(rf"{KIND}_([{ID_ALPHABET}]{{4,{ID_LENGTH}}})(?![{ID_ALPHABET}])")
_BARE_ID = re.compile(rf"[{ID_ALPHABET}]{{4,{ID_LENGTH}}}")

Position = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Use:
    """When, from where and by which program a token was last used."""

    at: datetime
    origin: Origin


def create(
    session: Session,
    *,
    user_id: int,
    name: str,
    project_id: int | None = None,
    actions: Iterable[str] | None = None,
    run_id: str | None = None,
    expires_in_days: int = DEFAULT_DAYS,
    longest_days: int = LONGEST_DAYS,
    until: datetime | None = None,
    created_by: str = "",
    replaces: str | None = None,
) -> tuple[Token, Issued]:
    """A new token and its secret, which is not kept; it ends `until` at the latest. Raises Invalid.

    A token for somebody else ends with the role of who makes it.
    """
    if run_id is not None:
        _check_run(run_id, project_id, actions)
        actions = ONE_RUN_ACTIONS
    issued = issue(KIND)
    ends = now() + _lifetime(expires_in_days, longest_days)
    token = Token(
        id=issued.id,
        user_id=user_id,
        digest=issued.digest,
        name=validation.title(name, "A token's name", longest=100),
        project_id=project_id,
        actions=None if actions is None else ",".join(_actions(actions)),
        run_id=run_id,
        replaces=replaces,
        created_by=created_by,
        expires_at=ends if until is None else min(ends, until),
    )
    session.add(token)
    session.flush()
    return token, issued


def get(session: Session, token_id: str, *, user_id: int) -> Token:
    """The token of that owner, locked until the transaction ends; raises NotFound."""
    token = session.get(Token, token_id, with_for_update={"of": Token})
    if token is None or token.user_id != user_id:
        raise _missing()
    return token


def rotate(
    session: Session,
    old: Token,
    *,
    overlap_hours: int,
    longest_days: int = LONGEST_DAYS,
    expires_in_days: int | None = None,
    until: datetime | None = None,
    created_by: str = "",
) -> tuple[Token, Issued]:
    """The token that follows `old`, which ends after the overlap; raises Invalid, AlreadyExists.

    The new one has the same name and limits, and lives as long as the old one was made for, or
    `until`.
    """
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        raise Invalid(
            f"An overlap has 0 to {LONGEST_OVERLAP_HOURS} hours.", reason="invalid_overlap"
        )
    if is_over(old):
        raise Invalid("This token has ended. Create a new one.", reason="token_over")
    if session.scalar(select(Token.id).where(Token.replaces == old.id)) is not None:
        raise AlreadyExists(
            "This token is replaced already. Rotate the one that follows it.",
            reason="already_rotated",
        )
    days = expires_in_days if expires_in_days is not None else _days_of(old, longest_days)
    made = create(
        session,
        user_id=old.user_id,
        name=old.name,
        project_id=old.project_id,
        # One run implies its actions.
        actions=old.actions.split(",") if old.actions and old.run_id is None else None,
        run_id=old.run_id,
        expires_in_days=days,
        longest_days=longest_days,
        until=until,
        created_by=created_by,
        replaces=old.id,
    )
    ends = now() + timedelta(hours=overlap_hours) if overlap_hours else now() - TOLERANCE
    old.expires_at = ends if old.expires_at is None else min(old.expires_at, ends)
    session.flush()
    return made


def is_over(token: Token) -> bool:
    """Whether the token has ended, the tolerated minute included."""
    return has_ended(token.expires_at)


def has_ended(expires_at: datetime | None) -> bool:
    """Whether a token that ends then is refused now; None never ends."""
    return expires_at is not None and expires_at + TOLERANCE <= now()


def listed(session: Session, user_id: int) -> list[Token]:
    """The owner's tokens, newest first."""
    return list(session.scalars(_newest_first(select(Token)).where(Token.user_id == user_id)))


def page(
    session: Session,
    *,
    query: str = "",
    project_id: int | None = None,
    after: Position | None = None,
    limit: int = 100,
) -> list[Token]:
    """Tokens of everybody, newest first, with their owners; those after the place `after`.

    `project_id` keeps those that reach only into that project. `query` finds parts of names, of
    usernames and of projects, and beginnings of ids.
    """
    statement = _with_owners().limit(limit)
    if project_id is not None:
        statement = statement.where(Token.project_id == project_id)
    if query:
        columns = (Token.name, User.username, Project.slug)
        found = [column.icontains(query, autoescape=True) for column in columns]
        # A part of the project's name must not drop the tokens of all projects.
        statement = statement.outerjoin(Project, Project.id == Token.project_id).where(
            or_(*found, Token.id.startswith(query, autoescape=True))
        )
    if after is not None:
        at, token_id = after
        older = or_(Token.created_at < at, and_(Token.created_at == at, Token.id < token_id))
        statement = statement.where(older)
    return list(session.scalars(statement))


def found_in(session: Session, text: str) -> list[Token]:
    """The tokens whose ids stand in a text, such as a line of a log; raises Invalid.

    At least the first four letters of an id must be there. Secrets are not looked at.
    """
    ids = _WHOLE_ID.findall(text) or [one for one in (text.strip(),) if _BARE_ID.fullmatch(one)]
    if not ids:
        raise Invalid(
            f"There is no token in this text. A token begins with {KIND}_ and at least four "
            "letters or digits of its id.",
            reason="no_token_in_text",
        )
    begins = [Token.id.startswith(one, autoescape=True) for one in sorted(set(ids))[:MOST_FOUND]]
    return list(session.scalars(_with_owners().where(or_(*begins)).limit(MOST_FOUND)))


def delete(session: Session, user_id: int, token_id: str) -> Token:
    """Revoke one of the owner's tokens; raises NotFound."""
    token = get(session, token_id, user_id=user_id)
    session.delete(token)
    return token


def revoke(session: Session, token_id: str, *, project_id: int | None = None) -> Token:
    """Revoke anybody's token, or one that reaches only into a project; raises NotFound."""
    token = session.scalar(_with_owners().where(Token.id == token_id).with_for_update(of=Token))
    if token is None or project_id not in (None, token.project_id):
        raise _missing()
    session.delete(token)
    return token


def revoke_all(session: Session, user_id: int) -> int:
    """Revoke every token of a person, and say how many there were."""
    done = session.execute(delete_rows(Token).where(Token.user_id == user_id))
    return int(cast("CursorResult[Any]", done).rowcount)


def mark_used(session: Session, used: Mapping[str, Use]) -> None:
    """Note when, from where and by what tokens were last used, in one statement for many."""
    waiting = iter(used.items())
    while some := list(islice(waiting, MARKED_AT_ONCE)):
        values: dict[str, dict[str, object]] = {
            "last_used_at": {token_id: use.at for token_id, use in some},
            "last_address": {token_id: use.origin.address[:64] for token_id, use in some},
            "last_client": {token_id: use.origin.program for token_id, use in some},
        }
        session.execute(
            update(Token)
            .where(Token.id.in_([token_id for token_id, _ in some]))
            .values({column: _each(column, those) for column, those in values.items()})
            .execution_options(synchronize_session=False)
        )


def _each(name: str, values: Mapping[str, object]) -> object:
    column = Token.__table__.c[name]
    typed = {token_id: literal(value, column.type) for token_id, value in values.items()}
    return case(typed, value=Token.id, else_=column)


def _newest_first(statement: Select[Token]) -> Select[Token]:
    return statement.order_by(Token.created_at.desc(), Token.id.desc())


def _with_owners() -> Select[Token]:
    owned = select(Token).join(User, User.id == Token.user_id).options(contains_eager(Token.user))
    return _newest_first(owned)


def _missing() -> NotFound:
    return NotFound("There is no such token. It may be revoked already.", reason="no_such_token")


def _check_run(run_id: str, project_id: int | None, actions: Iterable[str] | None) -> None:
    if project_id is None:
        raise Invalid("Name the project of the run.", reason="invalid_run")
    if actions is not None:
        raise Invalid(
            "A token of one run may log into it and read it: name no actions.", reason="invalid_run"
        )
    if not RUN_ID.fullmatch(run_id):
        raise Invalid("This is no id of a run.", reason="invalid_run")


def _actions(wanted: Iterable[str]) -> list[Action]:
    try:
        chosen = {Action(action) for action in wanted}
    except ValueError as error:
        allowed = ", ".join(Action)
        raise Invalid(
            f"{error.args[0]}. Choose among: {allowed}.", reason="invalid_action"
        ) from None
    if not chosen:
        raise Invalid("A token needs at least one action.", reason="invalid_action")
    return [action for action in Action if action in chosen]


def _lifetime(days: int, longest: int) -> timedelta:
    if not 1 <= days <= longest:
        raise Invalid(f"A token ends after 1 to {longest} days.", reason="invalid_expiry")
    return timedelta(days=days)


def _days_of(token: Token, longest: int) -> int:
    if token.expires_at is None:
        return min(DEFAULT_DAYS, longest)
    # To the next whole day: both moments are read from a clock one after the other.
    days = round((token.expires_at - token.created_at) / timedelta(days=1))
    return min(max(1, days), longest)
