"""Scheduled jobs: when each is due, which process does it, and how it went.

A process does a job while it holds the job's lease. Every moment here is the database's
(`clock.py`), never a host's: two hosts must agree on when a lease ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Result, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation as forms
from ..clock import database_now
from ..database import Database
from ..models import Job

SUCCEEDED, FAILED = "succeeded", "failed"
# Who holds a lease renews it three times in this time, so one that has ended means a process that
# is dead, or that stands still and must not go on when it wakes (`ops/jobs/lease.py`).
LEASE = timedelta(seconds=60)
DETAIL_LENGTH = 1000


def ensure(database: Database, names: Iterable[str]) -> None:
    """Make the rows that are missing; several processes may do so at once."""
    for name in names:

        def work(session: Session, name: str = name) -> None:
            if session.get(Job, name) is None:
                session.add(Job(name=name))

        try:
            database.write(work)
        except IntegrityError:
            continue  # Another process was faster.


def claim(session: Session, name: str, holder: str, lease: timedelta = LEASE) -> bool:
    """Take a job that is due and that nobody does; whether it is now this holder's."""
    moment = database_now()
    done = session.execute(
        update(Job)
        .where(
            Job.name == name,
            or_(Job.lease_until.is_(None), Job.lease_until < moment),
            or_(Job.next_at.is_(None), Job.next_at <= moment),
        )
        .values(holder=holder, lease_until=database_now(lease), started_at=moment)
        .execution_options(synchronize_session=False)
    )
    return _one(done)


def renew(session: Session, name: str, holder: str, lease: timedelta = LEASE) -> bool:
    """Hold a job for another `lease`; False if another process has taken it over meanwhile.

    A lease that has ended, but that nobody else has taken, is held again.
    """
    done = session.execute(
        update(Job)
        .where(Job.name == name, Job.holder == holder, Job.lease_until.is_not(None))
        .values(lease_until=database_now(lease))
        .execution_options(synchronize_session=False)
    )
    return _one(done)


def finish(
    session: Session, name: str, holder: str, *, outcome: str, detail: str, again_in: timedelta
) -> bool:
    """Write down how it went and when it is due again; False if it is not this holder's any more.

    Nothing is written then: whoever has taken it over has the say.
    """
    moment = database_now()
    values: dict[str, object] = {
        "lease_until": None,
        "ended_at": moment,
        "next_at": database_now(again_in),
        "outcome": outcome,
        # The words of a library, with the name of a file in them perhaps, as a client chose it.
        "detail": forms.storable(detail, longest=DETAIL_LENGTH),
    }
    if outcome == SUCCEEDED:
        values["succeeded_at"] = moment
    held = Job.name == name, Job.holder == holder, Job.lease_until.is_not(None)
    done = session.execute(
        update(Job).where(*held).values(values).execution_options(synchronize_session=False)
    )
    return _one(done)


def release(session: Session, name: str, holder: str) -> bool:
    """Give a job back undone: it stays due, and another process may take it at once."""
    held = Job.name == name, Job.holder == holder, Job.lease_until.is_not(None)
    return _one(session.execute(update(Job).where(*held).values(lease_until=None)))


def hurry(session: Session, names: Iterable[str]) -> None:
    """Make jobs due now, whenever they would have been."""
    session.execute(update(Job).where(Job.name.in_(list(names))).values(next_at=None))


def postpone(session: Session, name: str, wait: timedelta) -> None:
    """Make a job due after `wait` that has no time to be due at, and that nobody does."""
    idle = Job.name == name, Job.next_at.is_(None), Job.lease_until.is_(None)
    session.execute(update(Job).where(*idle).values(next_at=database_now(wait)))


def disable_others(session: Session, names: Iterable[str]) -> None:
    """Say of all jobs but these that nothing is due: the settings have switched them off."""
    off = Job.name.not_in(list(names)), Job.lease_until.is_(None)
    session.execute(update(Job).where(*off).values(next_at=None))


def every(session: Session) -> Sequence[Job]:
    """All jobs that were ever scheduled, by name."""
    return session.scalars(select(Job).order_by(Job.name)).all()


def _one(done: Result[Any]) -> bool:
    return bool(cast("CursorResult[Any]", done).rowcount)
