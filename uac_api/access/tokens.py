"""Personal tokens: secrets for programs, which can only subtract from what a person may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from . import names
from .errors import Invalid, NotFound
from .models import Token, now
from .roles import Action
from .secrets import Issued, issue

KIND = "mls"
LONGEST_DAYS = 3650


def create(
    session: Session,
    *,
    user_id: int,
    name: str,
    project_id: int | None = None,
    actions: Iterable[str] | None = None,
    expires_in_days: int | None = None,
) -> tuple[Token, Issued]:
    """A new token and its secret, which is not kept; raises Invalid."""
    issued = issue(KIND)
    token = Token(
        id=issued.id,
        user_id=user_id,
        digest=issued.digest,
        name=names.title(name, "A token's name", longest=100),
        project_id=project_id,
        actions=None if actions is None else ",".join(_actions(actions)),
        expires_at=_expiry(expires_in_days),
    )
    session.add(token)
    session.flush()
    return token, issued


def listed(session: Session, user_id: int) -> list[Token]:
    """The person's tokens, newest first."""
    return list(
        session.scalars(
            select(Token).where(Token.user_id == user_id).order_by(Token.created_at.desc())
        )
    )


def delete(session: Session, user_id: int, token_id: str) -> None:
    """Revoke one of the person's tokens; raises NotFound."""
    token = session.get(Token, token_id)
    if token is None or token.user_id != user_id:
        raise NotFound("You have no token with this id.", reason="no_such_token")
    session.delete(token)


def mark_used(session: Session, used: Mapping[str, datetime]) -> None:
    """Note when tokens were last used."""
    for token_id, moment in used.items():
        session.execute(update(Token).where(Token.id == token_id).values(last_used_at=moment))


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


def _expiry(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            f"A token expires in 1 to {LONGEST_DAYS} days, or never.", reason="invalid_expiry"
        )
    return now() + timedelta(days=days)
