"""The audit trail: who did what to what, with which outcome, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, String, insert, or_, select
from sqlalchemy.orm import Session

from .. import validation
from ..models import Event, now
from .signatures import IN_SESSION, Signer

Q = TypeVar("Q", bound=Select[*tuple[Any, ...]])

ALLOWED, DENIED, FAILED = "allowed", "denied", "failed"


LENGTHS: dict[str, int] = {
    column.name: column.type.length
    for column in Event.__table__.columns
    if isinstance(column.type, String) and column.type.length
}
# The texts of an entry; the database makes the mark.
TEXT_FIELDS = tuple(name for name in LENGTHS if name != "mark")


@dataclass(slots=True)
class Entry:
    """An event before it is written.

    Its texts are made fit for their columns here, where they enter: one text that a database
    refuses would cost all the events of its batch, and a long one would wait in memory.
    """

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

    def __post_init__(self) -> None:
        """Make every text storable, and no longer than its column."""
        for name in TEXT_FIELDS:
            setattr(self, name, validation.storable(getattr(self, name), longest=LENGTHS[name]))

    def row(self) -> dict[str, object]:
        """The column values of this entry."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events to list; empty means any.

    `about` is whom an event touched: what its target begins with, as `bob` in `bob: viewer`.
    """

    user: str = ""
    about: str = ""
    project: str = ""
    action: str = ""
    outcome: str = ""
    operation: str = ""
    request_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def write(session: Session, entries: Sequence[Entry]) -> None:
    """Add entries to the trail, in the caller's transaction, each with its mark."""
    if not entries:
        return
    marks: Signer | None = session.info.get(IN_SESSION)
    rows = [entry.row() for entry in entries]
    for row in rows:
        row["mark"] = None if marks is None else marks.event(row)
    session.execute(insert(Event), rows)


def page(session: Session, wanted: Filter, *, before: int | None, limit: int) -> list[Event]:
    """Events, the newest first, older than the id `before`."""
    statement = chosen(select(Event), wanted).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Event.id < before)
    return list(session.scalars(statement))


def onward(session: Session, wanted: Filter, *, after: int, limit: int) -> list[Event]:
    """Events by their ids, those after the id `after`."""
    statement = chosen(select(Event), wanted).where(Event.id > after)
    return list(session.scalars(statement.order_by(Event.id).limit(limit)))


def chosen(statement: Q, wanted: Filter) -> Q:
    """A statement about events, for those that a filter wants."""
    for name in ("user", "project", "action", "outcome", "operation", "request_id"):
        if value := getattr(wanted, name):
            statement = statement.where(getattr(Event, name) == value)
    if wanted.about:
        more = Event.target.startswith(f"{wanted.about}: ", autoescape=True)
        statement = statement.where(or_(Event.target == wanted.about, more))
    if wanted.since is not None:
        statement = statement.where(Event.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(Event.at < wanted.until)
    return statement
