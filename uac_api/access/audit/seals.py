"""The making of seals: within seconds, what was written to the trail becomes a link of the chain.

Events do not become visible in the order of their ids, so a seal names exactly the ids it covers,
and later seals cover what came late. Several processes may seal at once: a seal's id is that of
the one before and one more, and the database lets only one of them write it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from ..database import Database
from ..errors import DatabaseUnavailable
from ..models import Event, Seal, now
from . import id_ranges, retention
from .signatures import Signer, digest

SECONDS = 2.0
# So soon after a seal of whichever process, the next one waits for a round.
REST = timedelta(seconds=0.9)
DAY = 24 * 3600.0
# The most events of one seal.
EVENTS_MOST = 1000
# How many seals back an id may become visible late: at most one a second is made, so some eight
# minutes, far beyond what any transaction of ours may last.
WINDOW = 512

EVENT_COLUMNS = tuple(Event.__table__.columns)
SEAL_COLUMNS = tuple(Seal.__table__.columns)
NEWEST = (
    select(*SEAL_COLUMNS)
    .where(Seal.id >= bindparam("least"))
    .order_by(Seal.id.desc())
    .limit(WINDOW)
)

_log = structlog.get_logger("uac.seals")


class Sealer:
    """Seals what waits, every two seconds in a thread of its own; once a day it prunes."""

    def __init__(self, database: Database, marks: Signer, *, retention_days: int = 0) -> None:
        self._database = database
        self._marks = marks
        self._retention_days = retention_days
        self._chain: list[Row[Any]] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; for servers, after they have forked."""
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and seal what is there."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._safely()

    def once(self, *, hurry: bool = True) -> int:
        """Seal everything that is visible now; the number of events sealed here.

        Without `hurry` a few events wait while the newest seal is younger than a second. Raises
        DatabaseUnavailable.
        """
        sealed = 0
        while True:
            self._refresh()
            found = self._waiting()
            if self._chain and (not found or not (hurry or self._is_time(found))):
                return sealed
            if self._write(found):
                sealed += len(found)

    def _refresh(self) -> None:
        """Learn the seals that others made; the newest 512 are kept in memory."""
        last = self._chain[-1] if self._chain else None
        fresh = self._database.rows(NEWEST, least=last.id if last else 0)[::-1]
        if last is not None and _is_lost(last, fresh):
            # Whoever removes the newest seals leaves a chain that fits: only a memory can tell.
            _log.error("audit_seal_lost", seal=last.id, mark=last.mark)
            self._chain, fresh = [], self._database.rows(NEWEST, least=0)[::-1]
        self._chain = [*self._chain[:-1], *fresh][-WINDOW:]

    def _is_time(self, found: Sequence[Row[Any]]) -> bool:
        # A clock of another machine may be ahead of ours: then its seals never hold us up.
        age = abs(now() - self._chain[-1].at)
        return len(found) >= EVENTS_MOST or age >= REST

    def _waiting(self) -> Sequence[Row[Any]]:
        """The events that are in no seal, the lowest ids first."""
        floor = top = 0
        recent = self._chain
        if recent:
            top = recent[-1].top
            if recent[0].id > 1:
                floor, recent = recent[0].top, recent[1:]
        covered = id_ranges.merged(run for seal in recent for run in id_ranges.read(seal.events))
        holes = id_ranges.gaps(covered, floor, top)[-id_ranges.CONDITIONS_MOST :]
        statement = select(*EVENT_COLUMNS).where(
            (Event.id > top) | id_ranges.among(Event.id, holes)
        )
        statement = statement.order_by(Event.id).limit(EVENTS_MOST)
        return self._database.read(lambda session: session.execute(statement).all())

    def _write(self, found: Sequence[Row[Any]]) -> bool:
        """Add a seal over these events; False when another process was faster."""
        rows = [dict(one._mapping) for one in found]
        head = self._chain[-1] if self._chain else None
        row = _seal(rows, head)
        row["mark"] = self._marks.seal(row)
        try:
            self._database.write(lambda session: session.execute(insert(Seal), [row]))
        except IntegrityError:
            return False
        _log.info("audit_sealed", seal=row["id"], mark=row["mark"], events=row["count"])
        self._tell_foreign(rows, first=head is None)
        return True

    def _tell_foreign(self, rows: Sequence[Mapping[str, Any]], *, first: bool) -> None:
        foreign = [row["id"] for row in rows if row["mark"] and not self._marks.fits_event(row)]
        if foreign:
            _log.error("audit_events_foreign", ids=foreign[:20], count=len(foreign))
        unmarked = [row["id"] for row in rows if not row["mark"]]
        if unmarked and not first:
            _log.warning("audit_events_unmarked", ids=unmarked[:20], count=len(unmarked))

    def _run(self) -> None:
        waited = DAY
        while not self._stopping.wait(pause := random.uniform(0.8, 1.2) * SECONDS):  # noqa: S311
            self._safely(hurry=False)
            waited += pause
            if self._retention_days and waited >= DAY:
                waited = 0.0
                self._safely_prune()

    def _safely(self, *, hurry: bool = True) -> None:
        try:
            self.once(hurry=hurry)
        except DatabaseUnavailable:
            _log.warning("audit_seal_waits_for_database")
        except Exception:
            _log.exception("audit_seal_failed")

    def _safely_prune(self) -> None:
        try:
            done = retention.prune(
                self._database, self._marks, older_than_days=self._retention_days
            )
        except Exception:
            _log.exception("audit_prune_failed")
        else:
            _log.info("audit_pruned", seals=done.seals, events=done.events)


def _is_lost(last: Row[Any], fresh: Sequence[Row[Any]]) -> bool:
    """Whether the last seal we know is not among those from its id on."""
    if not fresh:
        return True
    # After a long pause the newest 512 may begin behind it.
    paused = len(fresh) == WINDOW and fresh[0].id > last.id
    return not paused and (fresh[0].id, fresh[0].mark) != (last.id, last.mark)


def _seal(rows: Sequence[Mapping[str, Any]], head: Row[Any] | None) -> dict[str, Any]:
    ids = [int(row["id"]) for row in rows]
    top = head.top if head is not None else 0
    return {
        "id": 1 if head is None else head.id + 1,
        "at": now(),
        "events": id_ranges.spelled(id_ranges.of(ids)),
        "count": len(ids),
        "unmarked": sum(1 for row in rows if not row["mark"]),
        "top": max([top, *ids]),
        "digest": digest(rows),
        "previous": head.mark if head is not None else "",
    }
