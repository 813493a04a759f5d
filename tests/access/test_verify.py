"""Verification: what is done by hand to events or seals is found, and named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from databases import every_database
from sealing import KEY, Sealed, sealed
from uac_api.access.audit import events, retention, verify
from uac_api.access.audit import report as findings
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.access.errors import Invalid
from uac_api.access.models import Event, Seal, now

TARGETS = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
def trail(database: Database) -> Iterator[Sealed]:
    """Six events under seals 2, 3 and 4, on each kind of database."""
    here = sealed(database).written(*TARGETS)
    yield here
    here.database.close()


def unmarked(database: Database, *targets: str) -> None:
    """Events as the version before wrote them."""
    plain = Database(database.url.render_as_string(hide_password=False))
    for target in targets:
        entry = events.Entry("runs.create", events.ALLOWED, target=target)
        plain.write(partial(events.write, entries=[entry]))
    plain.close()


@every_database
def test_a_trail_that_nobody_touched_is_right(trail: Sealed) -> None:
    report = trail.verify()
    assert (report.right, report.seals, report.events, report.waiting) == (True, 4, 6, 0)
    assert report.head == 4


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'denied'",
        "target = 'other'",
        "\"user\" = 'mallory'",
        "count = 2",
        "status = 500",
        "mark = NULL",
        "mark = 'x'",
    ],
)
def test_a_changed_event_is_named(trail: Sealed, change: str) -> None:
    third = trail.ids()[2]
    trail.by_hand(f"UPDATE events SET {change} WHERE id = :id", id=third)  # noqa: S608
    assert trail.findings() == [("event", third)]


@every_database
def test_a_changed_time_is_named(trail: Sealed) -> None:
    third = trail.ids()[2]
    earlier = now() - timedelta(microseconds=1)
    trail.database.write(
        lambda s: s.execute(update(Event).where(Event.id == third).values(at=earlier))
    )
    assert trail.findings() == [("event", third)]


@pytest.mark.parametrize("place", [0, 2, 5])
def test_a_removed_event_is_named(trail: Sealed, place: int) -> None:
    gone = trail.ids()[place]
    trail.by_hand("DELETE FROM events WHERE id = :id", id=gone)
    report = trail.verify()
    assert [(one.what, one.id) for one in report.findings] == [("event", gone)]
    assert "missing" in report.findings[0].message


def forged(mark: str | None) -> dict[str, Any]:
    return {**events.Entry("tokens.create", events.ALLOWED, user="bob").row(), "mark": mark}


@pytest.mark.parametrize("sealed_since", [False, True])
@pytest.mark.parametrize("mark", [None, "", "0" * 16 + "." + "0" * 64])
def test_an_inserted_event_is_named_before_and_after_it_got_a_seal(
    trail: Sealed, mark: str | None, sealed_since: bool
) -> None:
    trail.database.write(lambda s: s.execute(insert(Event), [forged(mark)]))
    new = trail.ids()[-1]
    if sealed_since:
        trail.sealer.once()
    assert trail.findings() == [("event", new)]


@every_database
def test_a_copy_of_an_event_is_refused_by_the_database(trail: Sealed) -> None:
    first = trail.database.read(lambda s: s.get_one(Event, trail.ids()[0]))
    row = {c.name: getattr(first, c.name) for c in Event.__table__.columns if c.name != "id"}
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        trail.database.write(lambda s: s.execute(insert(Event), [row]))


@every_database
def test_an_event_in_the_place_of_another_is_found(trail: Sealed) -> None:
    ids = trail.ids()
    trail.by_hand("DELETE FROM events WHERE id = :id", id=ids[5])
    trail.by_hand("UPDATE events SET id = :new WHERE id = :old", new=ids[5], old=ids[2])
    assert trail.findings() == [("event", ids[2]), ("seal", 4)]


@pytest.mark.parametrize(
    "change", ["count = 9", "digest = 'x'", "events = '1-99'", "previous = 'x'", "mark = 'x'"]
)
def test_a_changed_seal_is_named(trail: Sealed, change: str) -> None:
    trail.by_hand(f"UPDATE seals SET {change} WHERE id = 3")  # noqa: S608
    assert trail.findings()[0] == ("seal", 3)


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_removed_seal_is_named(trail: Sealed, gone: int) -> None:
    trail.by_hand("DELETE FROM seals WHERE id = :id", id=gone)
    assert trail.findings()[0] == ("seal", gone)


def test_an_inserted_seal_is_named(trail: Sealed) -> None:
    trail.by_hand(
        "INSERT INTO seals (id, at, events, count, unmarked, top, digest, previous, mark, "
        "pruned_mark) SELECT 5, at, '', 0, 0, top, digest, mark, mark, '' FROM seals WHERE id = 4"
    )
    assert trail.findings() == [("seal", 5)]


@every_database
def test_a_removed_newest_seal_is_found_by_a_mark_that_was_kept_elsewhere(trail: Sealed) -> None:
    report = trail.verify()
    kept = (report.head, report.head_mark)
    ids = trail.ids()
    trail.by_hand("DELETE FROM seals WHERE id = 4")
    trail.by_hand("DELETE FROM events WHERE id >= :id", id=ids[4])
    assert trail.findings() == []
    assert trail.findings(expected=kept) == [("seal", 4)]
    # A new seal with its number does not hide it either.
    again = sealed(trail.database).written("g")
    again.database.close()
    assert trail.findings() == []
    assert trail.findings(expected=kept) == [("seal", 4)]


def test_another_key_fits_nothing_and_the_key_before_fits_everything(trail: Sealed) -> None:
    other = Signer("another-key-of-forty-letters-for-the-trail")
    assert not verify.verify(trail.database, other).right
    turned = Signer("another-key-of-forty-letters-for-the-trail", KEY)
    assert verify.verify(trail.database, turned).right


@every_database
def test_the_newest_part_can_be_verified_alone(trail: Sealed) -> None:
    report = trail.verify(most_events=4)
    assert (report.from_seal, report.events, report.right) == (3, 4, True)
    old, young = trail.ids()[0], trail.ids()[-1]
    for event in (old, young):
        trail.by_hand("UPDATE events SET target = 'x' WHERE id = :id", id=event)
    assert trail.findings(most_events=4) == [("event", young)]
    assert trail.findings() == [("event", old), ("event", young)]


@every_database
def test_no_more_than_some_findings_are_looked_for(trail: Sealed) -> None:
    trail.written(*map(str, range(60)))
    trail.by_hand("UPDATE events SET target = 'x'")
    assert len(trail.findings()) == findings.FINDINGS_MOST


@every_database
def test_events_of_the_version_before_are_counted_and_bound_all_the_same(
    database: Database,
) -> None:
    unmarked(database, "old", "older")
    trail = sealed(database)
    unmarked(database, "a process of the version before that still ran")
    trail.sealer.once()
    trail.written("new")
    report = trail.verify()
    assert (report.right, report.events, report.unmarked) == (True, 4, 3)
    trail.by_hand("UPDATE events SET target = 'x' WHERE target = 'old'")
    assert trail.findings() == [("seal", 1)]
    trail.database.close()


def test_a_day_after_the_upgrade_an_event_without_a_mark_is_a_forgery(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    unmarked(database, "old")
    trail = sealed(database)
    monkeypatch.setattr(verify, "GRACE", timedelta(0))
    unmarked(database, "late")
    trail.sealer.once()
    assert trail.findings() == [("event", trail.ids()[-1])]
    trail.database.close()


def seals(trail: Sealed) -> list[Seal]:
    return trail.database.read(lambda s: list(s.scalars(select(Seal).order_by(Seal.id))))


def older(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    monkeypatch.setattr(retention, "now", lambda: now() + timedelta(days=days))


@every_database
def test_pruning_leaves_a_chain_that_verifies(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert retention.prune(trail.database, trail.marks, older_than_days=2).events == 0
    older(monkeypatch, 3)
    done = retention.prune(trail.database, trail.marks, older_than_days=2, by="cli")
    assert (done.seals, done.events) == (4, 6)
    trail.sealer.once()
    report = trail.verify()
    assert (report.right, report.seals, report.pruned, report.events) == (True, 5, 6, 1)
    (left,) = trail.database.read(lambda s: events.page(s, events.Filter(), before=None, limit=9))
    assert (left.operation, left.user, left.target) == ("audit.prune", "cli", "seals 1-4, 6 events")


def test_an_event_that_comes_back_after_pruning_is_named(
    trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = trail.ids()[0]
    older(monkeypatch, 3)
    retention.prune(trail.database, trail.marks, older_than_days=2)
    trail.database.write(lambda s: s.execute(insert(Event), [{**forged(None), "id": first}]))
    assert trail.findings() == [("event", first)]


def test_events_that_are_removed_under_the_name_of_pruning_are_found(trail: Sealed) -> None:
    ids = trail.ids()
    trail.by_hand("DELETE FROM events WHERE id IN (:a, :b)", a=ids[2], b=ids[3])
    trail.by_hand("UPDATE seals SET pruned_at = at WHERE id = 3")
    assert trail.findings() == [("seal", 3)]


def test_at_least_a_day_is_kept(trail: Sealed) -> None:
    with pytest.raises(Invalid):
        retention.prune(trail.database, trail.marks, older_than_days=0)
