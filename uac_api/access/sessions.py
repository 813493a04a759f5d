"""Browser sessions, and the one-time ticket by which a browser takes one over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .errors import WrongCredentials
from .models import User, UserSession, now
from .secrets import issue, matches, split

KIND, TICKET_KIND = "mss", "mst"
TICKET_SECONDS = 30


def start(
    session: Session, user_id: int, *, hours: int, signed_in_by: str = "password"
) -> tuple[str, str, datetime]:
    """(session token, ticket, end) of a new session; sessions that are over are swept out."""
    session.execute(delete(UserSession).where(UserSession.expires_at < now()))
    issued, ticket = issue(KIND), issue(TICKET_KIND)
    ends = now() + timedelta(hours=hours)
    session.add(
        UserSession(
            id=issued.id,
            user_id=user_id,
            digest=issued.digest,
            ticket_digest=ticket.digest,
            ticket_expires_at=now() + timedelta(seconds=TICKET_SECONDS),
            expires_at=ends,
            signed_in_by=signed_in_by,
        )
    )
    # The ticket carries the session's id, so that it is found by a primary key as well.
    return issued.text, ticket.text.replace(ticket.id, issued.id, 1), ends


def redeem(session: Session, ticket: str) -> tuple[str, datetime, User]:
    """(new session token, end, person) for a ticket, once; the token that came with it ends.

    Raises WrongCredentials for a ticket that is unknown, used, late, or of a disabled person.
    """
    parts = split(ticket, TICKET_KIND)
    found = session.get(UserSession, parts[0], with_for_update=True) if parts else None
    if parts is None or found is None or not matches(parts[1], found.ticket_digest):
        raise WrongCredentials
    user = session.scalar(select(User).where(User.id == found.user_id, ~User.disabled))
    late = found.ticket_expires_at is None or found.ticket_expires_at < now()
    if user is None or late or found.expires_at < now():
        raise WrongCredentials
    # The row is locked (on SQLite the whole file is), so no second reader can take the ticket too.
    fresh = issue(KIND)
    found.digest = fresh.digest
    found.ticket_digest = found.ticket_expires_at = None
    return fresh.text.replace(fresh.id, found.id, 1), found.expires_at, user


def end(session: Session, session_id: str) -> None:
    """Sign out: the session's secret stops working everywhere."""
    session.execute(delete(UserSession).where(UserSession.id == session_id))
