"""The audit trail: who did what to what, with which outcome, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import String, insert, select
from sqlalchemy.orm import Session

from .models import Event, now

ALLOWED, DENIED, FAILED = "allowed", "denied", "failed"


@dataclass(slots=True)
class Entry:
    """An event before it is written; its texts are made fit for their columns."""

    operation: str
    outcome: str
    user: str = ""
    token: str = ""
    project: str = ""
    action: str = ""
    target: str = ""
    reason: str = ""
    status: int = 0
    count: int = 1
    request_id: str = ""
    address: str = ""
    at: datetime = field(default_factory=now)

    def row(self) -> dict[str, object]:
        """The column values of this entry."""
        return {
            column: _fit(column, value) if isinstance(value, str) else value
            for column, value in asdict(self).items()
        }


LENGTHS: dict[str, int] = {
    column.name: column.type.length
    for column in Event.__table__.columns
    if isinstance(column.type, String) and column.type.length
}


def _fit(column: str, text: str) -> str:
    # One text that a database refuses would cost all the events of its batch.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[: LENGTHS[column]]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events to list; empty means any."""

    user: str = ""
    project: str = ""
    action: str = ""
    outcome: str = ""
    request_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def write(session: Session, entries: Sequence[Entry]) -> None:
    """Add entries to the trail, in the caller's transaction."""
    if entries:
        session.execute(insert(Event), [entry.row() for entry in entries])


def page(session: Session, wanted: Filter, *, before: int | None, limit: int) -> list[Event]:
    """Events, the newest first, older than the id `before`."""
    statement = select(Event).order_by(Event.id.desc()).limit(limit)
    for name in ("user", "project", "action", "outcome", "request_id"):
        if value := getattr(wanted, name):
            statement = statement.where(getattr(Event, name) == value)
    if wanted.since is not None:
        statement = statement.where(Event.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(Event.at < wanted.until)
    if before is not None:
        statement = statement.where(Event.id < before)
    return list(session.scalars(statement))
