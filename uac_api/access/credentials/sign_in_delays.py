"""The counts of wrong passwords as administrators see and clear them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from telemetry.addresses import address_key

from ..errors import Invalid
from ..models import SignInDelay, now
from ..people import users
from .throttle import ACCOUNT, ADDRESS, DEFAULT_PACES, NOBODY, PAIR

COUNTED = (PAIR, ACCOUNT, ADDRESS)


@dataclass(frozen=True, slots=True)
class Delay:
    """One count; `account` is None where the name that was typed is nobody's."""

    kind: str
    account: str | None
    address: str
    failures: int
    last_failed_at: datetime
    waits_until: datetime | None
    name: str

    @property
    def position(self) -> tuple[datetime, str, str]:
        """Where it stands in the list."""
        return self.last_failed_at, self.kind, self.name


def page(
    session: Session,
    *,
    query: str = "",
    after: tuple[datetime, str, str] | None = None,
    limit: int = 100,
    quiet: timedelta = DEFAULT_PACES.quiet,
) -> list[Delay]:
    """The counts that have not fallen away, the latest failure first, those after a position."""
    row = SignInDelay
    statement = (
        select(row)
        .where(row.kind.in_(COUNTED), row.last_failed_at > now() - quiet)
        .order_by(row.last_failed_at.desc(), row.kind, row.name)
        .limit(limit)
    )
    if query:
        statement = statement.where(row.name.icontains(query, autoescape=True))
    if after is not None:
        at, kind, name = after
        later = or_(row.kind > kind, and_(row.kind == kind, row.name > name))
        statement = statement.where(
            or_(row.last_failed_at < at, and_(row.last_failed_at == at, later))
        )
    return [_delay(found) for found in session.scalars(statement)]


def clear(session: Session, *, account: str = "", address: str = "") -> str:
    """Forget the counts of an account, of an address, or of both together; says which.

    Raises Invalid if neither is given or the address is none, NotFound for an unknown account.
    """
    if not (account or address):
        raise Invalid("Name an account, an address, or both.", reason="nothing_named")
    at = _known_address(address) if address else ""
    # The name of somebody who exists: what is typed here goes into the audit trail.
    user = users.get(session, account, lock=False).username if account else ""
    row = SignInDelay
    if user and at:
        wanted = and_(row.kind == PAIR, row.name == f"{user} {at}")
    elif user:
        pairs = and_(row.kind == PAIR, row.name.startswith(f"{user} ", autoescape=True))
        wanted = or_(and_(row.kind == ACCOUNT, row.name == user), pairs)
    else:
        pairs = and_(row.kind == PAIR, row.name.endswith(f" {at}", autoescape=True))
        wanted = or_(and_(row.kind == ADDRESS, row.name == at), pairs)
    session.execute(delete(row).where(wanted))
    return " at ".join(part for part in (user, at) if part)


def _known_address(text: str) -> str:
    # The list shows IPv6 networks, one of which is cleared by what is shown.
    key = address_key(text.removesuffix("/64"))
    if key == "unknown" and text != key:
        raise Invalid("An address looks like 203.0.113.7 or 2001:db8::1.", reason="invalid_address")
    return key


def _delay(row: SignInDelay) -> Delay:
    account, _, address = row.name.partition(" ")
    if row.kind == ADDRESS:
        account, address = "", row.name
    waits = row.until if row.until is not None and row.until > now() else None
    return Delay(
        kind=row.kind,
        account=None if account.startswith(NOBODY) else account,
        address=address,
        failures=row.failures,
        last_failed_at=row.last_failed_at,
        waits_until=waits,
        name=row.name,
    )
