"""The recorder: batches, roll-up, and waiting for the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from access.conftest import Fraud
from databases import KINDS, drop_database, every_database, needed_database
from logs import lines_of
from uac_api.access.audit import events as audit
from uac_api.access.audit import recorder as trail_module
from uac_api.access.audit.events import Entry, Filter
from uac_api.access.audit.recorder import AuditRecorder
from uac_api.access.audit.signatures import Signer
from uac_api.access.credentials import tokens
from uac_api.access.credentials.origins import NOWHERE, Origin
from uac_api.access.database import Database
from uac_api.access.models import Event
from uac_api.migrations import upgrade

pytestmark = every_database


@pytest.fixture
def trail(database: Database) -> Iterator[AuditRecorder]:
    """A recorder on each kind of database, whose thread leaves the writing to the test."""
    here = AuditRecorder(database)
    here._start = lambda: None  # type: ignore[method-assign]
    yield here
    here.stop()


def events(database: Database) -> list[Event]:
    return database.read(lambda s: audit.page(s, Filter(), before=None, limit=1000))


def entry(**more: Any) -> Entry:
    return Entry("runs.create", audit.ALLOWED, user="alice", **more)


def test_what_was_recorded_is_written_by_a_flush_once(
    trail: AuditRecorder, database: Database
) -> None:
    trail.record(entry(target="one"))
    assert events(database) == []
    trail.flush()
    trail.flush()
    assert [event.target for event in events(database)] == ["one"]


def test_a_flush_returns_when_what_another_took_over_is_written(trail: AuditRecorder) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        may_end.wait(10)

    trail.later(("slow", ""), slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(trail.flush)
        assert began.wait(10)
        second = pool.submit(trail.flush)
        # Long enough for a flush that does not wait to get past it.
        wait([second], timeout=0.3)
        assert not second.done()
        may_end.set()
        wait([first, second], timeout=10)
        assert (first.result(), second.result()) == (None, None)


def test_equal_events_become_one_with_a_count(trail: AuditRecorder, database: Database) -> None:
    for number in range(5):
        trail.record(entry(request_id=f"r{number}"))
    trail.record(entry(count=10))
    trail.flush()
    (event,) = events(database)
    assert (event.count, event.request_id) == (15, "r0")


@pytest.mark.parametrize(
    "difference",
    [
        {"token": "t"},
        {"project": "fraud"},
        {"target": "x"},
        {"reason": "why"},
        {"status": 403},
        {"address": "::1"},
    ],
)
def test_events_that_differ_stay_apart(
    trail: AuditRecorder, database: Database, difference: dict[str, Any]
) -> None:
    trail.record(entry())
    trail.record(entry(**difference))
    trail.flush()
    assert [event.count for event in events(database)] == [1, 1]


def test_the_same_event_of_two_people_or_outcomes_stays_apart(
    trail: AuditRecorder, database: Database
) -> None:
    for user in ("alice", "bob"):
        for outcome in (audit.ALLOWED, audit.DENIED):
            trail.record(Entry("runs.create", outcome, user=user))
    trail.flush()
    assert len(events(database)) == 4


def test_a_text_that_no_database_takes_costs_no_other_event(
    trail: AuditRecorder, database: Database
) -> None:
    trail.record(entry(target="good"))
    trail.record(entry(target="nul\0", reason="x" * 500))
    trail.flush()
    assert len(events(database)) == 2


# What no database takes as it is, or not all of them: NUL, half a character, one of four bytes,
# and what is longer than its column.
LETTERS = st.sampled_from("\0\ud800\udfff\U0001f600 é") | st.characters(codec=None)
TEXTS = st.lists(LETTERS, max_size=20).map("".join) | st.integers(300, 400).map("x".__mul__)
NAMES = [name for name, kind in get_type_hints(Entry).items() if kind is str]


@every_database
def test_no_text_of_a_caller_stops_the_writer_and_every_event_is_whole(database: Database) -> None:
    marks = Signer("k" * 32)
    marked = Database(database.url.render_as_string(hide_password=False), marks)
    here = AuditRecorder(marked)
    here._start = lambda: None  # type: ignore[method-assign]
    columns = [column.name for column in Event.__table__.columns]
    recorded = 0

    @given(made=st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, TEXTS)), min_size=1))
    @settings(
        max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.generate]
    )
    def record(made: list[dict[str, Any]]) -> None:
        nonlocal recorded
        recorded += len(made)
        for texts in made:
            here.record(Entry(**texts))
        here.flush()
        assert not here._waiting
        assert not here.broken

    record()
    written = events(database)
    assert sum(event.count for event in written) == recorded
    assert all(marks.fits_event({name: getattr(one, name) for name in columns}) for one in written)
    marked.close()


def test_a_text_is_made_storable_where_it_enters() -> None:
    made = entry(target="run \ud800\0" + "x" * 500)
    assert made.target == "run \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" + "x" * 294


# What each kind of database refuses when it has got through to it all the same.
REFUSED: dict[str, dict[str, Any]] = {
    "half a character": {"target": "\ud800"},
    "no outcome": {"outcome": None},
    "a count beyond 64 bits": {"count": 2**70},
}


@every_database
@pytest.mark.parametrize("why", REFUSED)
def test_an_event_that_is_refused_is_named_in_the_log_and_costs_no_other(
    trail: AuditRecorder, database: Database, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = lines_of(trail_module, monkeypatch)
    for number in range(5):
        trail.record(entry(target=f"good {number}"))
    bad = entry(target="bad", request_id="r1")
    for name, value in REFUSED[why].items():
        setattr(bad, name, value)
    trail.record(bad)
    for number in range(5, 9):
        trail.record(entry(target=f"good {number}"))
    trail.flush()
    (line,) = [line for line in said if line["event"] == "audit_event_refused"]
    assert line["entry"]["request_id"] == "r1"
    assert {event.target for event in events(database)} == {f"good {n}" for n in range(9)}
    assert not trail.broken
    trail.record(entry(target="after"))
    trail.flush()
    assert len(events(database)) == 10


def test_events_wait_while_the_tables_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines_of(trail_module, monkeypatch)
    for kind in KINDS:
        url = needed_database(kind, tmp_path)
        database = Database(url)
        trail = AuditRecorder(database)
        trail._start = lambda: None  # type: ignore[method-assign]
        for number in range(3):
            trail.record(entry(target=str(number)))
        trail.flush()
        assert (trail.broken, len(trail._waiting)) == (True, 3), kind
        upgrade(database)
        trail.flush()
        assert (trail.broken, len(events(database))) == (False, 3), kind
        database.close()
        drop_database(url)


@every_database
def test_a_use_of_a_token_that_is_refused_costs_no_other(
    trail: AuditRecorder, fraud: Fraud, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = lines_of(trail_module, monkeypatch)
    alice = fraud.user_id("alice")
    made = [
        fraud.database.write(lambda s: tokens.create(s, user_id=alice, name="x")[0].id)
        for _ in range(3)
    ]
    for token_id, address in zip(made, ("192.0.2.1", "\ud800", "192.0.2.3"), strict=True):
        trail.token_used(token_id, Origin(address))
    trail.flush()
    assert [(line["event"], line["token"]) for line in said] == [("token_use_refused", made[1])]
    found = fraud.database.read(lambda session: tokens.listed(session, alice))
    assert {token.last_address for token in found} == {"192.0.2.1", "", "192.0.2.3"}
    assert not trail._used


def test_the_use_of_a_token_is_written(trail: AuditRecorder, fraud: Fraud) -> None:
    alice = fraud.user_id("alice")
    made = fraud.database.write(lambda s: tokens.create(s, user_id=alice, name="x")[0])
    trail.token_used(made.id, NOWHERE)
    trail.flush()
    (token,) = fraud.database.read(lambda session: tokens.listed(session, alice))
    assert token.last_used_at is not None


def test_events_wait_while_the_database_is_away(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    database = Database(f"sqlite:///{folder}/uac.db")
    trail = AuditRecorder(database)
    trail._start = lambda: None  # type: ignore[method-assign]
    trail.record(entry(target="one"))
    trail.flush()
    trail.record(entry(target="one"))
    trail.record(entry(target="two"))
    trail.token_used("t", NOWHERE)
    trail.flush()
    folder.mkdir()
    upgrade(database)
    trail.flush()
    assert {event.target: event.count for event in events(database)} == {"one": 2, "two": 1}
    database.close()


def test_what_is_too_much_to_wait_is_counted_in_the_log(
    trail: AuditRecorder, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, dict[str, Any]]] = []

    class Log:
        def error(self, event: str, **more: Any) -> None:
            said.append((event, more))

    monkeypatch.setattr(trail_module, "_log", Log())
    monkeypatch.setattr(trail_module, "WAITING_MAX", 2)
    for number in range(5):
        trail.record(entry(target=str(number)))
    trail.record(entry(target="0"))
    trail.flush()
    assert said == [("audit_events_dropped", {"count": 3})]
    assert {event.target: event.count for event in events(database)} == {"0": 2, "1": 1}


def test_the_thread_writes_by_itself(database: Database) -> None:
    trail = AuditRecorder(database)
    trail.record(entry())
    until = time.monotonic() + 10
    while not events(database) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(events(database)) == 1
    trail.stop()


def test_stopping_writes_what_waits_and_ends_the_thread(database: Database) -> None:
    trail = AuditRecorder(database)
    trail.record(entry())
    trail.stop()
    assert len(events(database)) == 1
    assert trail._thread is not None
    assert not trail._thread.is_alive()


def test_what_repeats_is_written_at_once_and_then_counted_by_the_minute(
    trail: AuditRecorder, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counts() -> list[int]:
        trail.flush(everything=False)
        return sorted(event.count for event in events(database))

    trail.record(entry(target="run a"), repeats=True)
    assert counts() == [1]
    for _ in range(99):
        trail.record(entry(target="run a"), repeats=True)
    trail.record(entry(target="run b"), repeats=True)
    assert counts() == [1, 1]
    later = time.monotonic() + trail_module.REPEAT_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert counts() == [1, 1, 99]
    assert counts() == [1, 1, 99]
    # The next minute begins with the next event.
    trail.record(entry(target="run a"), repeats=True)
    assert counts() == [1, 1, 1, 99]


def test_the_count_of_a_minute_is_written_when_the_process_ends(
    trail: AuditRecorder, database: Database
) -> None:
    for _ in range(10):
        trail.record(entry(target="run a"), repeats=True)
    trail.stop()
    assert sum(event.count for event in events(database)) == 10


def test_a_trail_is_broken_from_a_failure_until_a_success(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/later/uac.db")
    trail = AuditRecorder(database)
    trail._start = lambda: None  # type: ignore[method-assign]
    trail.flush()
    trail.record(entry())
    said = [trail.broken]
    trail.flush()
    said.append(trail.broken)
    (tmp_path / "later").mkdir()
    # Nothing is lost, whatever kind of error the database gives.
    with suppress(Exception):
        trail.flush()
    said.append(trail.broken)
    upgrade(database)
    trail.flush()
    assert [*said, trail.broken] == [False, True, True, False]
    assert len(events(database)) == 1
    database.close()


def test_a_trail_that_is_full_is_broken(
    trail: AuditRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_module, "WAITING_MAX", 2)
    for number in range(2):
        assert not trail.broken
        trail.record(entry(target=str(number)))
    assert trail.broken
    trail.flush()
    assert not trail.broken


def refusal(**more: Any) -> Entry:
    return Entry("projects.read", audit.DENIED, reason="no_such_project", status=404, **more)


def tally(database: Database) -> list[tuple[str, str, str, int]]:
    return sorted((e.user, e.project, e.address, e.count) for e in events(database))


def test_what_strangers_type_is_no_key_of_the_trail(
    trail: AuditRecorder, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000):
        trail.record_stranger(refusal(project=f"typed-{number}", address="192.0.2.1"))
    trail.flush(everything=False)
    assert tally(database) == [("", "", "192.0.2.1", 1)]
    for number in range(1000):
        trail.record_stranger(refusal(project=f"typed-{number} ", address="192.0.2.1"))
    later = time.monotonic() + trail_module.REPEAT_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    trail.flush(everything=False)
    assert tally(database) == [("", "", "192.0.2.1", 1), ("", "", "192.0.2.1", 1999)]
    assert not trail._strangers


def test_an_address_of_ipv6_is_counted_by_its_network(
    trail: AuditRecorder, database: Database
) -> None:
    for number in range(50):
        trail.record_stranger(refusal(address=f"2001:db8::{number:x}"))
        trail.record_stranger(refusal(address=f"::ffff:192.0.2.{number % 2}"))
    trail.record_stranger(refusal(address="2001:db8:0:1::1"))
    trail.flush()
    found: dict[str, int] = {}
    for event in events(database):
        found[event.address] = found.get(event.address, 0) + event.count
    assert found == {
        "2001:db8::/64": 50,
        "2001:db8:0:1::/64": 1,
        "192.0.2.0": 25,
        "192.0.2.1": 25,
    }


def test_a_project_that_is_there_keeps_its_name_and_its_own_count(
    trail: AuditRecorder, fraud: Fraud
) -> None:
    for number in range(100):
        trail.record_stranger(refusal(user="mallory", project="fraud", address="::1"))
        trail.record_stranger(refusal(user="mallory", project=f"fraud-{number}", address="::1"))
    # What no slug can be is not looked for.
    for typed in ("Fraud", "fraud ", "fr%ud", "x" * 300, "\ud800"):
        trail.record_stranger(refusal(user="mallory", project=typed, address="::1"))
    trail.flush()
    found = {(e.project, e.count) for e in events(fraud.database)}
    assert found == {("fraud", 1), ("fraud", 99), ("", 1), ("", 104)} or found == {
        ("fraud", 100),
        ("", 105),
    }


def test_people_operations_and_reasons_of_strangers_stay_apart(
    trail: AuditRecorder, database: Database
) -> None:
    trail.record_stranger(refusal(address="::1"))
    trail.record_stranger(refusal(address="::1", user="mallory"))
    trail.record_stranger(refusal(address="::1", target="alice"))
    trail.record_stranger(Entry("users.list", audit.DENIED, address="::1", status=404))
    trail.flush()
    assert [event.count for event in events(database)] == [1, 1, 1, 1]


def test_what_is_remembered_of_strangers_is_bounded(
    trail: AuditRecorder, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_module, "STRANGERS_MAX", 5)
    monkeypatch.setattr(trail_module, "ASKED_MAX", 3)
    for number in range(200):
        entry_ = refusal(address=f"192.0.2.{number}", project=f"typed-{number}")
        trail.record_stranger(entry_)
    assert len(trail._asked) == 3
    trail.flush()
    assert len(trail._strangers) == 6
    found: dict[str, int] = {}
    for event in events(database):
        found[event.address] = found.get(event.address, 0) + event.count
    assert found.pop(trail_module.MANY_ADDRESSES) == 195
    assert list(found.values()) == [1] * 5


def test_counts_of_strangers_are_written_when_the_process_ends(
    trail: AuditRecorder, database: Database
) -> None:
    for number in range(10):
        trail.record_stranger(refusal(project=f"typed-{number}", address="::1"))
    trail.stop()
    assert sum(event.count for event in events(database)) == 10


def test_counts_of_strangers_wait_while_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines_of(trail_module, monkeypatch)
    database = Database(f"sqlite:///{tmp_path}/later/uac.db")
    trail = AuditRecorder(database)
    trail._start = lambda: None  # type: ignore[method-assign]
    for number in range(4):
        trail.record_stranger(refusal(project=f"typed-{number % 2}", address="::1"))
        trail.flush()
    (tmp_path / "later").mkdir()
    upgrade(database)
    trail.flush()
    assert sum(event.count for event in events(database)) == 4
    assert not trail._asked
    database.close()
