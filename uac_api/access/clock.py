"""The clock of the UAC database, which is one for all hosts.

What one process writes and another compares (the end of a lease) is reckoned by this clock alone:
the clocks of two hosts may be an hour apart. Moments that only people read, or that tolerate as
much as the clocks of hosts may differ, stay with `models.now`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from .models import Moment


class _DatabaseNow(FunctionElement[datetime]):
    """The database's present moment in UTC, plus its one argument in seconds."""

    name = "database_now"
    type = Moment()
    inherit_cache = True


@compiles(_DatabaseNow, "sqlite")
def _sqlite(element: _DatabaseNow, compiler: Any, **options: Any) -> str:
    # SQLAlchemy keeps moments as text with microseconds; SQLite knows milliseconds.
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(_DatabaseNow, "mysql")
@compiles(_DatabaseNow, "mariadb")
def _mysql(element: _DatabaseNow, compiler: Any, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"TIMESTAMPADD(MICROSECOND, ROUND({seconds} * 1000000), UTC_TIMESTAMP(6))"


@compiles(_DatabaseNow, "postgresql")
def _postgresql(element: _DatabaseNow, compiler: Any, **options: Any) -> str:
    # now() would be the beginning of the transaction, which may have waited for a lock since.
    seconds = compiler.process(element.clauses, **options)
    return f"((clock_timestamp() AT TIME ZONE 'UTC') + make_interval(secs => {seconds}))"


def database_now(after: timedelta = timedelta(0)) -> ColumnElement[datetime]:
    """An expression: the database's moment when it is evaluated, or so much `after` it."""
    return _DatabaseNow(literal(after.total_seconds(), Float()))


def read(session: Session) -> datetime:
    """The database's present moment."""
    return session.scalars(select(database_now())).one()
