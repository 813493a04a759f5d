"""How long the trail is kept: events go by whole seals, and the seals stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import Invalid
from ..models import Event, Seal, now
from . import events as audit
from . import id_ranges
from .signatures import Signer

SEALS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed."""

    seals: int = 0
    events: int = 0


def prune(database: Database, marks: Signer, *, older_than_days: int, by: str = "sealer") -> Pruned:
    """Remove the events of every seal that is older than so many days; raises Invalid.

    A few seals at a time, each time in one transaction with the event that tells it: a process
    that dies leaves a trail that can be verified.
    """
    if older_than_days < 1:
        raise Invalid("The trail keeps at least the events of one day. Give 1 or more.")
    before = now() - timedelta(days=older_than_days)
    seals = events = 0
    while True:
        done = database.write(lambda session: _some(session, marks, before, by))
        if not done.seals:
            return Pruned(seals, events)
        seals, events = seals + done.seals, events + done.events


def _some(session: Session, marks: Signer, before: datetime, by: str) -> Pruned:
    found = session.scalars(
        select(Seal)
        .where(Seal.at < before, Seal.pruned_at.is_(None))
        .order_by(Seal.id)
        .limit(SEALS_AT_ONCE)
        .with_for_update()
    ).all()
    if not found:
        return Pruned()
    count = sum(seal.count for seal in found)
    span = f"seals {found[0].id}-{found[-1].id}, {count} events"
    told = audit.Entry("audit.prune", audit.ALLOWED, user=by, target=span)
    # Before the deletion: SQLite gives the highest id again once its row is gone.
    audit.write(session, [told])
    at = now()
    for seal in found:
        mark = marks.pruned(seal.mark, at)
        session.execute(
            update(Seal).where(Seal.id == seal.id).values(pruned_at=at, pruned_mark=mark)
        )
        for piece in id_ranges.pieces(id_ranges.read(seal.events)):
            session.execute(delete(Event).where(id_ranges.among(Event.id, piece)))
    return Pruned(len(found), count)
