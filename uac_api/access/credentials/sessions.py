"""Browser sessions, and the one-time ticket by which a browser takes one over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from ..errors import NotFound, WrongCredentials
from ..models import User, UserSession, now
from . import devices
from .origins import NOWHERE, Origin
from .secrets import issue, matches, split

KIND, TICKET_KIND, INTERFACE_KIND = "mss", "mst", "msb"
TICKET_SECONDS = 30
# How exactly it is known when a session was last used.
SEEN_EVERY = timedelta(minutes=5)
ADDRESS_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a browser's server gets for a ticket: the lasting session of a person.

    `interface` opens MLflow's interface in that browser and nothing else.
    """

    token: str
    interface: str
    ends: datetime
    user: User


def start(
    session: Session,
    user_id: int,
    *,
    hours: int,
    origin: Origin = NOWHERE,
    signed_in_by: str = "password",
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
            last_seen_at=now(),
            address=origin.address[:ADDRESS_LONGEST],
            client=devices.named(origin.client),
            signed_in_by=signed_in_by,
        )
    )
    # The ticket carries the session's id, so that it is found by a primary key as well.
    return issued.text, ticket.text.replace(ticket.id, issued.id, 1), ends


def redeem(session: Session, ticket: str) -> Redeemed:
    """The lasting session for a ticket, once; the token that came with it ends.

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
    fresh, interface = issue(KIND), issue(INTERFACE_KIND)
    found.digest, found.interface_digest = fresh.digest, interface.digest
    found.ticket_digest = found.ticket_expires_at = None
    return Redeemed(
        token=fresh.text.replace(fresh.id, found.id, 1),
        interface=interface.text.replace(interface.id, found.id, 1),
        ends=found.expires_at,
        user=user,
    )


def end(session: Session, session_id: str) -> None:
    """Sign out: the session's secret stops working everywhere."""
    session.execute(delete(UserSession).where(UserSession.id == session_id))


def is_seen_lately(seen_at: datetime | None) -> bool:
    """Whether the kept moment of a session's last use is exact enough."""
    return seen_at is not None and now() - seen_at < SEEN_EVERY


def mark_seen(session: Session, session_id: str) -> None:
    """Note that a session was used just now."""
    statement = update(UserSession).where(UserSession.id == session_id)
    session.execute(statement.values(last_seen_at=now()))


def page(
    session: Session,
    user_id: int,
    *,
    idle: timedelta,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[UserSession]:
    """The person's sessions that are not over, the newest first, those after (start, id)."""
    moment = now()
    statement = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.expires_at > moment,
            or_(UserSession.last_seen_at.is_(None), UserSession.last_seen_at > moment - idle),
        )
        .order_by(UserSession.created_at.desc(), UserSession.id)
        .limit(limit)
    )
    if after is not None:
        began, session_id = after
        same = and_(UserSession.created_at == began, UserSession.id > session_id)
        statement = statement.where(or_(UserSession.created_at < began, same))
    return list(session.scalars(statement))


def end_own(session: Session, user_id: int, session_id: str) -> None:
    """End one of the person's sessions; raises NotFound."""
    found = session.get(UserSession, session_id)
    if found is None or found.user_id != user_id:
        raise NotFound("You have no session with this id.", reason="no_such_session")
    session.delete(found)
