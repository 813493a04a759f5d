"""Whether the trail is as it was written: which event or seal was changed, removed or inserted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Executable, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..database import Database
from ..models import Event, Seal
from . import id_ranges
from .report import FINDINGS_MOST, Report
from .seals import EVENT_COLUMNS, SEAL_COLUMNS
from .signatures import Signer, digest

SEALS_AT_ONCE = 20
WAITING_AT_ONCE = 1000
WAITING_MOST = 100_000
# So long after the first seal, the version before may go on writing events without marks.
GRACE = timedelta(days=1)

Rowlike = dict[str, Any]


def verify(
    database: Database,
    marks: Signer,
    *,
    most_events: int | None = None,
    expected: tuple[int, str] | None = None,
) -> Report:
    """A look at the whole trail, or at its newest seals with about so many events.

    `expected` is a seal's id and mark that were kept elsewhere. The look ends after 20 findings.
    """
    start = database.read(lambda session: _start(session, most_events))
    look = _Look(database, marks, Report(from_seal=start))
    look.chain()
    if len(look.report.findings) < FINDINGS_MOST:
        look.outside()
    if expected is not None:
        look.compare(*expected)
    return look.report


def _start(session: Session, most_events: int | None) -> int:
    if most_events is None:
        return 1
    start, events = 1, 0
    # Every seal but the first has an event, so no more of them are needed.
    newest = select(Seal.id, Seal.count).order_by(Seal.id.desc()).limit(most_events + 1)
    for seal_id, count in session.execute(newest):
        events += count
        if events > most_events and start != 1:
            break
        start = seal_id
    return start


class _Look:
    def __init__(self, database: Database, marks: Signer, report: Report) -> None:
        self._database = database
        self._marks = marks
        self.report = report
        self._covered: id_ranges.Runs = []
        self._floor = 0
        self._top = 0
        self._before: Rowlike | None = None
        self._unmarked_until: datetime | None = None

    def chain(self) -> None:
        """Go along the seals, from the first of the look to the newest."""
        first = self.report.from_seal
        if before := self._rows(SEAL_COLUMNS, Seal.id, first - 1, first - 1):
            self._before = before[0]
            self._floor = self._top = self._before["top"]
        if origin := self._rows(SEAL_COLUMNS, Seal.id, 1, 1):
            upgraded = origin[0]["unmarked"] > 0
            self._unmarked_until = origin[0]["at"] + GRACE if upgraded else None
        for seals in self._batches(first):
            # What a seal that is not ours says is not worth following.
            ours = [seal for seal in seals if self._marks.fits_seal(seal)]
            events = self._events_of(ours)
            for seal in seals:
                self._link(seal, ours=seal in ours)
                if seal in ours:
                    self._content(seal, events)
                self._before = seal
                self.report.seals += 1
            self._covered = id_ranges.merged(self._covered)
            if len(self.report.findings) >= FINDINGS_MOST:
                return
        if self._before is not None:
            self.report.head = self._before["id"]
            self.report.head_mark = self._before["mark"]

    def outside(self) -> None:
        """Look at the events that no seal covers: fresh ones wait for theirs."""
        holes = [*id_ranges.gaps(self._covered, self._floor, self._top), (self._top + 1, 2**62)]
        for piece in id_ranges.pieces(holes):
            after = 0
            while events := self._within(piece, after):
                for event in events:
                    self._unsealed(event)
                after = events[-1]["id"]
                if self.report.waiting >= WAITING_MOST:
                    return
        for mark, copies in self._copies():
            self.report.add("event", max(copies), f"is a copy of event {min(copies)}: {mark[:16]}")

    def compare(self, seal_id: int, mark: str) -> None:
        """Compare a seal with what was kept elsewhere: the newest ones can be cut off unseen."""
        found = self._rows(SEAL_COLUMNS, Seal.id, seal_id, seal_id)
        if not found:
            self.report.add("seal", seal_id, "is missing, and was there when its mark was kept")
        elif found[0]["mark"] != mark:
            self.report.add("seal", seal_id, "is another one than when its mark was kept")

    def _link(self, seal: Rowlike, *, ours: bool) -> None:
        expected = 1 if self._before is None else self._before["id"] + 1
        if seal["id"] != expected:
            missing = (
                f"{expected}" if seal["id"] == expected + 1 else f"{expected}-{seal['id'] - 1}"
            )
            self.report.add("seal", expected, f"is missing (seals {missing})")
        if not ours:
            self.report.add("seal", seal["id"], "was changed, or inserted by hand")
        elif seal["id"] == expected:
            previous = "" if self._before is None else self._before["mark"]
            if seal["previous"] != previous:
                self.report.add("seal", seal["id"], "does not follow the seal before it")
        if seal["pruned_at"] is not None and not self._marks.fits_pruned(seal):
            self.report.add("seal", seal["id"], "says that it was pruned, and was not")

    def _content(self, seal: Rowlike, events: dict[int, Rowlike]) -> None:
        covers = id_ranges.read(seal["events"])
        self._covered += covers
        self._top = max(self._top, *(last for _, last in covers), 0)
        ids = [one for first, last in covers for one in range(first, last + 1)]
        here = [events[one] for one in ids if one in events]
        if seal["pruned_at"] is not None:
            self.report.pruned += seal["count"]
            for event in here:
                self.report.add("event", event["id"], "was inserted where events were pruned")
            return
        self.report.events += len(here)
        self.report.unmarked += seal["unmarked"]
        missing = [one for one in ids if one not in events]
        if missing and self._pruned_meanwhile(seal["id"]):
            return
        known = len(self.report.findings)
        for one in missing:
            self.report.add("event", one, f"is missing from seal {seal['id']}")
        for event in here:
            self._event(event, seal)
        if len(self.report.findings) == known and digest(here) != seal["digest"]:
            span = f"one of the events {seal['events']} is not the one that was sealed"
            self.report.add("seal", seal["id"], f"does not fit its events: {span}")

    def _event(self, event: Rowlike, seal: Rowlike) -> None:
        if not event["mark"]:
            if self._unmarked_until is None or seal["at"] > self._unmarked_until:
                self.report.add("event", event["id"], "was inserted by hand: it has no mark")
        elif not self._marks.fits_event(event):
            self.report.add("event", event["id"], "was changed, or inserted by hand")

    def _unsealed(self, event: Rowlike) -> None:
        before_marks = not event["mark"] and (
            self._before is None or self._unmarked_until is not None
        )
        if before_marks or (event["mark"] and self._marks.fits_event(event)):
            self.report.waiting += 1
        else:
            self.report.add("event", event["id"], "was inserted by hand: no mark of ours, no seal")

    def _pruned_meanwhile(self, seal_id: int) -> bool:
        again = self._rows(SEAL_COLUMNS, Seal.id, seal_id, seal_id)
        return bool(again and again[0]["pruned_at"] and self._marks.fits_pruned(again[0]))

    def _batches(self, first: int) -> Iterator[Sequence[Rowlike]]:
        while seals := self._rows(SEAL_COLUMNS, Seal.id, first, 2**62, SEALS_AT_ONCE):
            yield seals
            first = seals[-1]["id"] + 1

    def _events_of(self, seals: Sequence[Rowlike]) -> dict[int, Rowlike]:
        found: dict[int, Rowlike] = {}
        covers = id_ranges.merged(run for seal in seals for run in id_ranges.read(seal["events"]))
        for piece in id_ranges.pieces(covers):
            statement = select(*EVENT_COLUMNS).where(id_ranges.among(Event.id, piece))
            rows = self._database.read(partial(_all, statement))
            found |= {row.id: dict(row._mapping) for row in rows}
        return found

    def _within(self, piece: id_ranges.Runs, after: int) -> list[Rowlike]:
        statement = select(*EVENT_COLUMNS).where(id_ranges.among(Event.id, piece), Event.id > after)
        statement = statement.order_by(Event.id).limit(WAITING_AT_ONCE)
        return [dict(row._mapping) for row in self._database.read(partial(_all, statement))]

    def _copies(self) -> list[tuple[str, tuple[int, int]]]:
        if self.report.from_seal > 1:
            return []
        statement = select(Event.mark, func.min(Event.id), func.max(Event.id))
        statement = statement.where(Event.mark.is_not(None)).group_by(Event.mark)
        statement = statement.having(func.count() > 1).limit(FINDINGS_MOST)
        rows = self._database.read(partial(_all, statement))
        return [(str(mark), (low, high)) for mark, low, high in rows]

    def _rows(
        self,
        columns: tuple[Any, ...],
        key: InstrumentedAttribute[int],
        first: int,
        last: int,
        limit: int = 1,
    ) -> list[Rowlike]:
        statement = select(*columns).where(key.between(first, last)).order_by(key).limit(limit)
        rows = self._database.read(partial(_all, statement))
        return [dict(row._mapping) for row in rows]


def _all(statement: Executable, session: Session) -> Sequence[Any]:
    return session.execute(statement).all()
