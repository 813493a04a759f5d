"""Seals: every event gets one, whatever the order, however many seal at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from databases import every_database
from sealing import Sealed, sealed
from uac_api.access.audit import events, id_ranges
from uac_api.access.audit import seals as seals_module
from uac_api.access.audit.seals import Sealer
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.access.models import Event, Seal, now

pytestmark = every_database


@pytest.fixture
def trail(database: Database) -> Iterator[Sealed]:
    """A sealed trail on each kind of database."""
    here = sealed(database)
    yield here
    here.database.close()


def seals(trail: Sealed) -> list[Seal]:
    return trail.database.read(lambda s: list(s.scalars(select(Seal).order_by(Seal.id))))


def covered(trail: Sealed) -> list[int]:
    found = [run for seal in seals(trail) for run in id_ranges.read(seal.events)]
    return sorted(one for first, last in found for one in range(first, last + 1))


def row(event_id: int, trail: Sealed) -> dict[str, object]:
    entry = events.Entry("runs.create", events.ALLOWED, target=f"late {event_id}").row()
    return {**entry, "id": event_id, "mark": trail.marks.event(entry)}


def test_a_trail_begins_with_an_empty_seal(trail: Sealed) -> None:
    (first,) = seals(trail)
    assert (first.id, first.count, first.events, first.previous) == (1, 0, "", "")
    assert trail.sealer.once() == 0
    assert len(seals(trail)) == 1


def test_each_event_is_in_exactly_one_seal_and_each_seal_follows_the_one_before(
    trail: Sealed,
) -> None:
    trail.written("a", "b", "c", "d", "e")
    made = seals(trail)
    assert [seal.count for seal in made] == [0, 2, 2, 1]
    assert [seal.previous for seal in made[1:]] == [seal.mark for seal in made[:-1]]
    assert covered(trail) == trail.ids()
    assert trail.verify().right


def test_an_event_that_becomes_visible_late_is_in_a_later_seal(trail: Sealed) -> None:
    trail.write("a")
    (first,) = trail.ids()
    for number in (first + 3, first + 1, first + 9, first + 2, first + 5):
        late = row(number, trail)
        trail.database.write(partial(Session.execute, statement=insert(Event), params=[late]))
        assert trail.sealer.once() >= 1
    assert covered(trail) == trail.ids()
    report = trail.verify()
    assert (report.right, report.events, report.waiting) == (True, 6, 0)


def test_more_than_one_seal_holds_are_sealed_in_one_go(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals_module, "EVENTS_MOST", 3)
    trail.write(*map(str, range(8)))
    assert trail.sealer.once() == 8
    assert [seal.count for seal in seals(trail)] == [0, 3, 3, 2]
    assert trail.verify().right


def test_a_sealer_that_starts_anew_goes_on_where_the_last_one_was(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals_module, "WINDOW", 2)
    for number in range(5):
        trail.write(str(number))
        Sealer(trail.database, trail.marks).once()
    trail.write("last")
    # The first one has slept over more seals than it remembers.
    assert trail.sealer.once() == 1
    assert covered(trail) == trail.ids()
    assert trail.verify().right


def test_many_sealers_and_writers_at_once_leave_one_chain(trail: Sealed) -> None:
    stop = threading.Event()
    troubles: list[BaseException] = []

    def seal() -> None:
        mine = Sealer(trail.database, trail.marks)
        while not stop.is_set():
            try:
                mine.once()
            except BaseException as error:
                troubles.append(error)
                raise

    sealers = [threading.Thread(target=seal) for _ in range(3)]
    writers = [
        threading.Thread(target=trail.write, args=[f"{n}-{i}" for i in range(40)]) for n in range(3)
    ]
    for thread in (*sealers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    trail.sealer.once()
    report = trail.verify()
    assert (report.findings, report.events, troubles) == ([], 120, [])
    assert covered(trail) == trail.ids()


class Log:
    """What a module says to the log."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []

    def note(self, event: str, **more: Any) -> None:
        self.said.append((event, more))

    info = warning = error = exception = note


def test_what_no_key_of_ours_marked_is_told_at_once(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    monkeypatch.setattr(seals_module, "_log", log)
    forged = row(7, trail) | {"mark": Signer("k" * 40).event(row(7, trail))}
    trail.database.write(lambda s: s.execute(insert(Event), [forged]))
    trail.sealer.once()
    assert ("audit_events_foreign", {"ids": [7], "count": 1}) in log.said


def test_a_newest_seal_that_is_gone_is_told_by_who_remembers_it(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail.written("a", "b", "c")
    log = Log()
    monkeypatch.setattr(seals_module, "_log", log)
    last = seals(trail)[-1]
    trail.by_hand("DELETE FROM seals WHERE id = :id", id=last.id)
    trail.sealer.once()
    assert ("audit_seal_lost", {"seal": last.id, "mark": last.mark}) in log.said


def test_a_few_events_wait_while_the_newest_seal_is_young(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals_module, "REST", timedelta(hours=1))
    monkeypatch.setattr(seals_module, "EVENTS_MOST", 2)
    trail.write("a")
    assert trail.sealer.once(hurry=False) == 0
    trail.write("b")
    assert trail.sealer.once(hurry=False) == 2
    trail.write("c")
    # A clock that is hours ahead on another machine holds nobody up.
    late = now() - timedelta(hours=2)
    monkeypatch.setattr(seals_module, "now", lambda: late)
    assert trail.sealer.once(hurry=False) == 1


def test_the_thread_seals_within_five_seconds(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seals_module.SECONDS * 1.2 < 5
    monkeypatch.setattr(seals_module, "SECONDS", 0.05)
    trail.sealer.start()
    trail.write("a")
    trail.sealer.stop()
    assert covered(trail) == trail.ids()


@pytest.mark.parametrize(
    ("ids", "text"), [([], ""), ([3], "3"), ([1, 2, 3, 5], "1-3,5"), ([9, 1, 8], "1,8-9")]
)
def test_ids_are_spelled_as_runs(ids: list[int], text: str) -> None:
    assert id_ranges.spelled(id_ranges.of(ids)) == text
    assert id_ranges.read(text) == id_ranges.of(ids)


def test_gaps_are_what_is_between_runs() -> None:
    assert id_ranges.gaps([(3, 4), (6, 6)], 0, 8) == [(1, 2), (5, 5), (7, 8)]
    assert id_ranges.gaps([(3, 4), (6, 6)], 4, 6) == [(5, 5)]
    assert id_ranges.gaps([], 0, 0) == []
