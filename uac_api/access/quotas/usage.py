"""What projects use: runs, requests and bytes as the proxy counted them, storage as measured.

The storage of a project is what was measured and what came since. The second is two counts,
`unmeasured` of files, and `texts` of traces, tags and descriptions, which are rows of MLflow's
database: the proxy adds to them when a call has ended, and a measurement takes off what the count
was before it began to look. So nothing is missed, whatever the clocks say; what comes while it
looks may count twice until the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from ..models import Project, Quota, Usage, UsageCount, now
from .limits import Level, Limits, Own, State, own

DAYS_KEPT = 90
MINUTES_KEPT = timedelta(days=1)
# The length of a period that is a minute.
MINUTE_LENGTH = 16


class What(StrEnum):
    """What is counted."""

    RUNS = "runs"
    REQUESTS = "requests"
    BYTES = "bytes"
    UNMEASURED = "unmeasured"
    TEXTS = "texts"


# What a measurement takes off; each is a part of the storage.
NOT_MEASURED = (What.UNMEASURED, What.TEXTS)


Key = tuple[int, What, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a project uses now, and what it may."""

    project: Project
    own: Own
    limits: Limits
    storage: Level
    runs: Level
    requests: Level
    files: int
    measured_at: datetime | None
    quota: Quota | None
    unmeasured: int


@dataclass(frozen=True, slots=True)
class Day:
    """What was counted in one day."""

    day: str
    runs: int
    requests: int
    bytes: int


def minute_of(moment: datetime) -> str:
    """The period of a minute."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def day_of(moment: datetime) -> str:
    """The period of a day."""
    return f"{moment:%Y-%m-%d}"


def add(session: Session, counts: Mapping[Key, int]) -> None:
    """Add to the counts, each whatever it is by now."""
    rows = [
        {"project_id": project, "what": what, "period": period, "count": count}
        # In one order, so that two processes never wait for each other.
        for (project, what, period), count in sorted(counts.items())
    ]
    session.execute(_upsert(session.get_bind().dialect.name), rows)


def standings(
    session: Session, defaults: Limits, *, ids: Collection[int], moment: datetime | None = None
) -> dict[int, Standing]:
    """What each of the projects uses and may, by its number; read at one moment."""
    at = moment or now()
    rows = session.execute(_statement(at).where(Project.id.in_(ids)))
    return {row[0].id: _standing(row, defaults) for row in rows}


def limited(session: Session, defaults: Limits) -> list[int]:
    """The numbers of the living projects that may have a limit, be it the one of all."""
    wanted = select(Project.id).where(Project.deleted_at.is_(None)).order_by(Project.id)
    if defaults == Limits():
        limits = (Quota.storage_mb, Quota.runs_per_day, Quota.requests_per_minute)
        wanted = wanted.join(Quota).where(or_(*(limit > 0 for limit in limits)))
    return list(session.scalars(wanted))


def page(
    session: Session,
    defaults: Limits,
    *,
    largest_first: bool,
    after: tuple[int, str] | None,
    limit: int,
) -> list[Standing]:
    """Projects by slug or by their storage, those after a position (storage, slug)."""
    statement = _statement(now()).where(Project.deleted_at.is_(None)).limit(limit)
    storage = _storage()
    if largest_first:
        statement = statement.order_by(storage.desc(), Project.slug)
    else:
        statement = statement.order_by(Project.slug)
    if after is not None:
        used, slug = after
        later = Project.slug > slug
        if largest_first:
            later = or_(storage < used, and_(storage == used, later))
        statement = statement.where(later)
    return [_standing(row, defaults) for row in session.execute(statement)]


def near(session: Session, defaults: Limits, *, ids: Collection[int]) -> list[Standing]:
    """Those of the projects whose storage or runs of today are nearly, or quite, used up, by slug.

    Requests are new with each minute: whoever looked would find them gone.
    """
    found = standings(session, defaults, ids=ids).values()
    close = [one for one in found if {one.storage.state, one.runs.state} != {State.FINE}]
    return sorted(close, key=lambda one: one.project.slug)


def days(session: Session, project_id: int, *, count: int) -> list[Day]:
    """The last days, the oldest first; also those in which nothing happened."""
    today = now()
    names = [day_of(today - timedelta(days=back)) for back in range(count - 1, -1, -1)]
    rows = session.execute(
        select(UsageCount.period, UsageCount.what, UsageCount.count).where(
            UsageCount.project_id == project_id, UsageCount.period.in_(names)
        )
    )
    found = {(row[0], row[1]): int(row[2]) for row in rows}
    return [
        Day(
            name,
            found.get((name, What.RUNS), 0),
            found.get((name, What.REQUESTS), 0),
            found.get((name, What.BYTES), 0),
        )
        for name in names
    ]


def unmeasured(session: Session, project_id: int) -> int:
    """The bytes that were uploaded since the last measurement: to be read before the next."""
    found = session.get(UsageCount, (project_id, What.UNMEASURED.value, ""))
    return found.count if found else 0


def unmeasured_texts(session: Session) -> dict[int, int]:
    """The bytes of texts that came since the last measurement, by project: read before the next."""
    rows = session.execute(
        select(UsageCount.project_id, UsageCount.count).where(UsageCount.what == What.TEXTS)
    )
    return {row[0]: int(row[1]) for row in rows}


def measured(
    session: Session,
    project_id: int,
    *,
    size: int,
    files: int,
    before: int,
    texts_before: int = 0,
    at: datetime,
) -> None:
    """Keep a measurement that began at `at`, when so many bytes were unmeasured.

    `size` is that of files and texts together.
    """
    usage = session.get(Usage, project_id)
    if usage is None:
        usage = Usage(project_id=project_id)
        session.add(usage)
    usage.storage_bytes, usage.files, usage.measured_at = size, files, at
    for what, was in zip(NOT_MEASURED, (before, texts_before), strict=True):
        session.execute(
            update(UsageCount)
            .where(
                UsageCount.project_id == project_id,
                UsageCount.what == what,
                # Of two measurements at once only one may take it off.
                UsageCount.count >= was,
            )
            .values(count=UsageCount.count - was)
        )


def prune(session: Session) -> None:
    """Forget minutes after a day and days after 90."""
    moment = now()
    row = UsageCount
    old_day = row.period < day_of(moment - timedelta(days=DAYS_KEPT))
    old_minute = and_(
        func.length(row.period) == MINUTE_LENGTH, row.period < minute_of(moment - MINUTES_KEPT)
    )
    session.execute(delete(row).where(row.period != "", or_(old_day, old_minute)))


_fresh, _texts, _runs, _requests = (aliased(UsageCount) for _ in range(4))


def _storage() -> Any:
    return func.coalesce(Usage.storage_bytes, 0) + _new()


def _new() -> Any:
    return func.coalesce(_fresh.count, 0) + func.coalesce(_texts.count, 0)


def _statement(at: datetime) -> Select[*tuple[Any, ...]]:
    def counted(row: Any, what: What, period: str) -> Any:
        return and_(row.project_id == Project.id, row.what == what, row.period == period)

    return (
        select(
            Project,
            Quota,
            Usage,
            _new(),
            func.coalesce(_runs.count, 0),
            func.coalesce(_requests.count, 0),
        )
        .outerjoin(Quota, Quota.project_id == Project.id)
        .outerjoin(Usage, Usage.project_id == Project.id)
        .outerjoin(_fresh, counted(_fresh, What.UNMEASURED, ""))
        .outerjoin(_texts, counted(_texts, What.TEXTS, ""))
        .outerjoin(_runs, counted(_runs, What.RUNS, day_of(at)))
        .outerjoin(_requests, counted(_requests, What.REQUESTS, minute_of(at)))
    )


def _standing(row: Row[*tuple[Any, ...]], defaults: Limits) -> Standing:
    project, quota, measured_, fresh, runs, requests = row
    limits = own(quota).over(defaults)
    stored = measured_.storage_bytes if measured_ else 0
    return Standing(
        project=project,
        own=own(quota),
        limits=limits,
        storage=Level(int(stored + fresh), limits.storage_bytes),
        runs=Level(int(runs), limits.runs_per_day),
        requests=Level(int(requests), limits.requests_per_minute),
        files=measured_.files if measured_ else 0,
        measured_at=measured_.measured_at if measured_ else None,
        quota=quota,
        unmeasured=int(fresh),
    )


def _upsert(dialect: str) -> Any:
    table = UsageCount.__table__
    if dialect in ("mysql", "mariadb"):
        new = mysql.insert(UsageCount)
        return new.on_duplicate_key_update(count=table.c.count + new.inserted["count"])
    kind: Any = postgresql if dialect == "postgresql" else sqlite
    other = kind.insert(UsageCount)
    return other.on_conflict_do_update(
        index_elements=["project_id", "what", "period"],
        set_={"count": table.c.count + other.excluded["count"]},
    )
