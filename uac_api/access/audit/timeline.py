"""The audit trail counted by hours or days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from ..errors import Invalid
from ..models import Event, now
from .events import Filter, chosen

Per = Literal["hour", "day"]
# How far back the counts go unless told, and how far they may go at most.
USUAL: dict[Per, timedelta] = {"hour": timedelta(days=7), "day": timedelta(days=90)}
LONGEST: dict[Per, timedelta] = {"hour": timedelta(days=93), "day": timedelta(days=732)}
# How many letters of "2026-01-31 09:59" name the day or the hour.
LETTERS: dict[Per, int] = {"hour": 13, "day": 10}

# Each database has its own way to write a time as such a text.
AS_TEXT: dict[str, Callable[[Any], ColumnElement[str]]] = {
    "sqlite": lambda at: cast(at, String),
    "postgresql": lambda at: func.to_char(at, "YYYY-MM-DD HH24"),
    "mysql": lambda at: func.date_format(at, "%Y-%m-%d %H"),
}
AS_TEXT["mariadb"] = AS_TEXT["mysql"]


@dataclass(frozen=True, slots=True)
class Count:
    """How often an outcome came about in the hour or day that begins at `at`."""

    at: datetime
    outcome: str
    count: int


def start_of(wanted: Filter, per: Per) -> datetime:
    """From when on is counted; raises Invalid for more hours or days than are worth a picture."""
    end = wanted.until or now()
    start = wanted.since or end - USUAL[per]
    if end - start > LONGEST[per]:
        raise Invalid(
            f"Counts per {per} go over {LONGEST[per].days} days at most. "
            "Give a later `since`, or count per day."
        )
    return start


def counts(session: Session, wanted: Filter, per: Per) -> list[Count]:
    """Counts of the wanted events by time and outcome, the oldest first."""
    kind = session.get_bind().dialect.name
    # A time in the database has no zone: it is taken as it stands there, in UTC.
    text = func.substr(AS_TEXT[kind](Event.at), 1, LETTERS[per])
    # MySQL does not see that two bound formats are one expression: the group goes by its name.
    statement = select(text.label("moment"), Event.outcome, func.sum(Event.count))
    statement = chosen(statement, wanted).group_by("moment", Event.outcome)
    rows = session.execute(statement.order_by("moment", Event.outcome))
    return [Count(_moment(moment), outcome, int(count)) for moment, outcome, count in rows]


def _moment(text: str) -> datetime:
    day, _, hour = text.replace("T", " ").partition(" ")
    return datetime.fromisoformat(day).replace(hour=int(hour or 0), tzinfo=UTC)
