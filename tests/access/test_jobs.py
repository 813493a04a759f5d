"""Scheduled jobs on each kind of database: one process does what is due, and only then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import update

from uac_api.access import jobs
from uac_api.access.database import Database
from uac_api.access.models import Job, now


def claimed(database: Database, holder: str) -> bool:
    return database.write(lambda session: jobs.claim(session, "backup", holder))


def ended(database: Database, holder: str, outcome: str = jobs.SUCCEEDED) -> None:
    due = now() + timedelta(hours=1)
    database.write(
        lambda session: jobs.finish(
            session, "backup", holder, outcome=outcome, detail="as it went", next_at=due
        )
    )


def row(database: Database) -> Job:
    (found,) = database.read(jobs.every)
    return found


def test_a_row_is_made_once_however_many_processes_start(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: jobs.ensure(database, ["backup"]), range(8)))
    assert row(database).outcome == ""


def test_of_many_processes_one_gets_what_is_due(database: Database) -> None:
    jobs.ensure(database, ["backup"])
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda n: claimed(database, f"process {n}"), range(8)))
    assert got.count(True) == 1
    assert row(database).holder == f"process {got.index(True)}"


def test_what_was_done_is_not_due_until_its_time(database: Database) -> None:
    jobs.ensure(database, ["backup"])
    assert claimed(database, "one")
    ended(database, "one")
    assert not claimed(database, "two")
    database.write(lambda session: jobs.hurry(session, ["backup"]))
    assert claimed(database, "two")


def test_a_process_that_died_is_followed_by_another(database: Database) -> None:
    jobs.ensure(database, ["backup"])
    assert claimed(database, "dead")
    assert not claimed(database, "two")
    past = now() - timedelta(seconds=1)
    database.write(lambda session: session.execute(update(Job).values(lease_until=past)))
    assert claimed(database, "two")
    # The dead one was only slow: it has no say any more.
    assert not database.write(lambda session: jobs.renew(session, "backup", "dead"))
    ended(database, "dead")
    assert row(database).ended_at is None
    assert database.write(lambda session: jobs.renew(session, "backup", "two"))


def test_a_failure_keeps_the_time_of_the_last_success(database: Database) -> None:
    jobs.ensure(database, ["backup"])
    claimed(database, "one")
    ended(database, "one")
    success = row(database).succeeded_at
    database.write(lambda session: jobs.hurry(session, ["backup"]))
    claimed(database, "one")
    ended(database, "one", jobs.FAILED)
    found = row(database)
    assert (found.outcome, found.succeeded_at, found.detail) == ("failed", success, "as it went")


def test_what_is_switched_off_is_never_due(database: Database) -> None:
    jobs.ensure(database, ["backup", "trash"])
    assert claimed(database, "one")
    ended(database, "one")
    database.write(lambda session: jobs.rest(session, ["trash"]))
    due = {found.name: found.next_at for found in database.read(jobs.every)}
    assert due == {"backup": None, "trash": None}
    database.write(lambda session: jobs.rest(session, ["backup"]))
    assert claimed(database, "two")
    ended(database, "two")
    database.write(lambda session: jobs.rest(session, ["backup"]))
    due = {found.name: found.next_at for found in database.read(jobs.every)}
    assert due["backup"] is not None
