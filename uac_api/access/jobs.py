"""Scheduled jobs: when each is due, which process does it, and how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Result, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from . import names as forms
from .database import Database
from .models import Job, now

SUCCEEDED, FAILED = "succeeded", "failed"
# Who holds a lease renews it three times in this time, so one that has ended means a dead process.
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


def claim(session: Session, name: str, holder: str) -> bool:
    """Take a job that is due and that nobody does; whether it is now this holder's."""
    moment = now()
    done = session.execute(
        update(Job)
        .where(
            Job.name == name,
            or_(Job.lease_until.is_(None), Job.lease_until < moment),
            or_(Job.next_at.is_(None), Job.next_at <= moment),
        )
        .values(holder=holder, lease_until=moment + LEASE, started_at=moment)
    )
    return _one(done)


def renew(session: Session, name: str, holder: str) -> bool:
    """Hold a job for another minute; False if another process has taken it over meanwhile."""
    done = session.execute(
        update(Job)
        .where(Job.name == name, Job.holder == holder, Job.lease_until.is_not(None))
        .values(lease_until=now() + LEASE)
    )
    return _one(done)


def finish(
    session: Session, name: str, holder: str, *, outcome: str, detail: str, next_at: datetime
) -> None:
    """Write down how it went and when it is due again, if it is still this holder's."""
    moment = now()
    values: dict[str, object] = {
        "lease_until": None,
        "ended_at": moment,
        "next_at": next_at,
        "outcome": outcome,
        # The words of a library, with the name of a file in them perhaps, as a client chose it.
        "detail": forms.storable(detail, longest=DETAIL_LENGTH),
    }
    if outcome == SUCCEEDED:
        values["succeeded_at"] = moment
    session.execute(update(Job).where(Job.name == name, Job.holder == holder).values(values))


def hurry(session: Session, names: Iterable[str]) -> None:
    """Make jobs due now, whenever they would have been."""
    session.execute(update(Job).where(Job.name.in_(list(names))).values(next_at=None))


def rest(session: Session, names: Iterable[str]) -> None:
    """Say of all jobs but these that nothing is due: the settings have switched them off."""
    off = Job.name.not_in(list(names)), Job.lease_until.is_(None)
    session.execute(update(Job).where(*off).values(next_at=None))


def every(session: Session) -> Sequence[Job]:
    """All jobs that were ever scheduled, by name."""
    return session.scalars(select(Job).order_by(Job.name)).all()


def _one(done: Result[Any]) -> bool:
    return bool(cast("CursorResult[Any]", done).rowcount)
