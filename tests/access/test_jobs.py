"""Scheduled jobs on each kind of database: one process does what is due, and only then."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from databases import every_database
from uac_api.access import clock, models
from uac_api.access.database import Database
from uac_api.access.installation import jobs
from uac_api.access.models import Job, now

pytestmark = every_database


def claimed(database: Database, holder: str) -> bool:
    return database.write(lambda session: jobs.claim(session, "backup", holder))


def ended(database: Database, holder: str, outcome: str = jobs.SUCCEEDED) -> None:
    again = timedelta(hours=1)
    database.write(
        lambda session: jobs.finish(
            session, "backup", holder, outcome=outcome, detail="as it went", again_in=again
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
    database.write(lambda session: jobs.disable_others(session, ["trash"]))
    due = {found.name: found.next_at for found in database.read(jobs.every)}
    assert due == {"backup": None, "trash": None}
    database.write(lambda session: jobs.disable_others(session, ["backup"]))
    assert claimed(database, "two")
    ended(database, "two")
    database.write(lambda session: jobs.disable_others(session, ["backup"]))
    due = {found.name: found.next_at for found in database.read(jobs.every)}
    assert due["backup"] is not None


@contextmanager
def on_a_host_whose_clock_is(ahead: timedelta) -> Iterator[None]:
    """Everything that this process reckons by the clock of its host is so far off."""

    def wrong() -> datetime:
        return now() + ahead

    with pytest.MonkeyPatch.context() as patch:
        for module in (models, jobs):
            patch.setattr(module, "now", wrong, raising=False)
        yield


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)])
def test_hosts_whose_clocks_are_an_hour_apart_agree_on_who_does_a_job(
    database: Database, ahead: timedelta
) -> None:
    jobs.ensure(database, ["backup"])
    assert claimed(database, "right")
    with on_a_host_whose_clock_is(ahead):
        assert not claimed(database, "wrong")
    database.write(lambda session: jobs.release(session, "backup", "right"))
    with on_a_host_whose_clock_is(ahead):
        assert claimed(database, "wrong")
    assert not claimed(database, "right")
    with on_a_host_whose_clock_is(ahead):
        assert database.write(lambda session: jobs.renew(session, "backup", "wrong"))
    assert not claimed(database, "right")
    with on_a_host_whose_clock_is(ahead):
        ended(database, "wrong")
    assert not claimed(database, "right")
    found = row(database)
    assert found.next_at is not None
    assert found.ended_at is not None
    assert found.next_at - found.ended_at == pytest.approx(
        timedelta(hours=1), abs=timedelta(seconds=5)
    )


def test_no_moment_of_a_job_is_a_hosts() -> None:
    assert "now(" not in inspect.getsource(jobs).replace("database_now(", "")


def test_the_databases_clock_is_utc_and_can_be_told_ahead(database: Database) -> None:
    moment = database.read(clock.read)
    assert abs(moment - now()) < timedelta(seconds=30)
    jobs.ensure(database, ["backup"])
    ahead = clock.database_now(timedelta(minutes=90, milliseconds=250))
    database.write(
        lambda session: session.execute(update(Job).values(next_at=ahead, ended_at=moment))
    )
    found = row(database)
    assert found.next_at is not None
    assert timedelta(minutes=90) < found.next_at - moment < timedelta(minutes=91)


def test_what_is_given_back_undone_is_another_processs_at_once(database: Database) -> None:
    jobs.ensure(database, ["backup"])
    assert claimed(database, "one")
    assert not database.write(lambda session: jobs.release(session, "backup", "two"))
    assert not claimed(database, "two")
    assert database.write(lambda session: jobs.release(session, "backup", "one"))
    assert claimed(database, "two")


def test_whoever_has_lost_a_job_writes_nothing_down(database: Database) -> None:
    jobs.ensure(database, ["backup"])
    assert claimed(database, "one")
    database.write(
        lambda session: session.execute(
            update(Job).values(lease_until=clock.database_now(timedelta(seconds=-1)))
        )
    )
    assert claimed(database, "two")

    def finished(holder: str) -> bool:
        return database.write(
            lambda session: jobs.finish(
                session,
                "backup",
                holder,
                outcome=jobs.SUCCEEDED,
                detail=holder,
                again_in=timedelta(hours=1),
            )
        )

    assert not finished("one")
    assert finished("two")
    assert not finished("two")
    assert row(database).detail == "two"
