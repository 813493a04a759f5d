"""The audit trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from databases import every_database
from uac_api.access.audit import events
from uac_api.access.audit.events import Entry, Filter
from uac_api.access.database import Database
from uac_api.access.models import Event, now

pytestmark = every_database

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def write(database: Database, *entries: Entry) -> None:
    database.write(lambda session: events.write(session, entries))


def read(database: Database, before: int | None = None, limit: int = 100, **on: Any) -> list[Event]:
    return database.read(
        lambda session: events.page(session, Filter(**on), before=before, limit=limit)
    )


def entry(**more: Any) -> Entry:
    return Entry("runs.create", events.ALLOWED, **more)


def test_an_event_comes_back_as_it_was_written(database: Database) -> None:
    full = entry(
        user="alice",
        token="abc",
        project="fraud",
        action="log",
        target="🦊",
        reason="why",
        status=200,
        count=3,
        request_id="one",
        address="::1",
        at=NOON,
    )
    write(database, full)
    (event,) = read(database)
    assert {name: getattr(event, name) for name in full.row()} == full.row()


def test_events_are_read_newest_first_in_pages(database: Database) -> None:
    write(database, *(entry(target=str(number)) for number in range(5)))
    first = read(database, limit=2)
    rest = read(database, before=first[-1].id)
    assert [event.target for event in first + rest] == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("column", ["user", "project", "action", "outcome", "request_id"])
def test_each_filter_finds_its_own_and_nothing_else(database: Database, column: str) -> None:
    one, other = entry(target="one"), entry(target="other")
    setattr(one, column, "this")
    setattr(other, column, "that")
    write(database, one, other)

    def find(value: str) -> list[Event]:
        wanted: dict[str, Any] = {column: value}
        return read(database, **wanted)

    assert [event.target for event in find("this")] == ["one"]
    assert find("THIS") == []


def test_a_span_of_time_has_its_beginning_and_not_its_end(database: Database) -> None:
    step = timedelta(microseconds=1)
    write(database, *(entry(target=str(n), at=NOON + n * step) for n in range(3)))
    found = read(database, since=NOON, until=NOON + 2 * step)
    assert [event.target for event in found] == ["1", "0"]


def test_times_of_other_zones_are_the_same_moments(database: Database) -> None:
    tokyo = timezone(timedelta(hours=9))
    write(database, entry(at=NOON.astimezone(tokyo)))
    (event,) = read(database, since=NOON.astimezone(tokyo))
    assert event.at == NOON
    assert event.at.utcoffset() == timedelta()


def test_texts_are_made_fit_for_their_columns(database: Database) -> None:
    write(database, entry(user="x" * 500, target="a\0b" + "🦊" * 500, request_id="y" * 65))
    (event,) = read(database)
    assert event.user == "x" * 64
    assert event.target == "a\N{REPLACEMENT CHARACTER}b" + "🦊" * 297
    assert event.request_id == "y" * 64


def test_nothing_to_write_is_no_statement(database: Database) -> None:
    write(database)
    assert read(database) == []


def test_an_event_goes_with_the_transaction_it_belongs_to(database: Database) -> None:
    def work(session: Any) -> None:
        events.write(session, [entry()])
        raise KeyError

    with pytest.raises(KeyError):
        database.write(work)
    assert read(database) == []


def test_an_entry_is_of_now_unless_told_otherwise() -> None:
    assert abs(entry().at - now()) < timedelta(seconds=5)
