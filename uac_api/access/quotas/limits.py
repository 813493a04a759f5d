"""How much of the installation a project may use: its own limits over the defaults for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from ..errors import Exhausted, Stale, TooFast
from ..models import Project, Quota, now

# Decimal, as Studio writes sizes.
MB = 1_000_000
WARNING_PERCENT = 80
FULL_PERCENT = 100


class State(StrEnum):
    """What a level means for who uses the project."""

    FINE = "fine"
    WARNING = "warning"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a project may have; 0 is no limit."""

    storage_mb: int = 0
    runs_per_day: int = 0
    requests_per_minute: int = 0

    @property
    def storage_bytes(self) -> int:
        """The limit of files, in bytes."""
        return self.storage_mb * MB


@dataclass(frozen=True, slots=True)
class Own:
    """The limits that one project has been given; None is the installation's default."""

    storage_mb: int | None = None
    runs_per_day: int | None = None
    requests_per_minute: int | None = None

    def over(self, defaults: Limits) -> Limits:
        """The limits that count."""
        return Limits(
            _first(self.storage_mb, defaults.storage_mb),
            _first(self.runs_per_day, defaults.runs_per_day),
            _first(self.requests_per_minute, defaults.requests_per_minute),
        )


@dataclass(frozen=True, slots=True)
class Level:
    """How far one limit is used up; a limit of 0 is none."""

    used: int
    limit: int

    @property
    def percent(self) -> int | None:
        """Whole per cent, rounded down, so that 100 is only said of what is full."""
        return self.used * 100 // self.limit if self.limit else None

    @property
    def state(self) -> State:
        """Whether there is room, little of it, or none."""
        percent = self.percent
        if percent is None or percent < WARNING_PERCENT:
            return State.FINE
        return State.WARNING if percent < FULL_PERCENT else State.FULL


def own(quota: Quota | None) -> Own:
    """The limits in a row, or in no row."""
    if quota is None:
        return Own()
    return Own(quota.storage_mb, quota.runs_per_day, quota.requests_per_minute)


def put(
    session: Session, project: Project, given: Own, *, by: str, expected: int | None = None
) -> Quota:
    """Give the project limits of its own; `Own()` gives it the defaults back.

    The caller holds the project's lock (`projects.get`). `expected` is the version the caller has
    seen, 0 of a project that never had any; raises Stale if it has moved on.
    """
    quota = session.get(Quota, project.id)
    version = quota.version if quota else 0
    if expected is not None and expected != version:
        raise Stale(f"Somebody changed the limits of '{project.slug}' meanwhile. Look again.")
    if quota is None:
        quota = Quota(project_id=project.id)
        session.add(quota)
    quota.storage_mb, quota.runs_per_day = given.storage_mb, given.runs_per_day
    quota.requests_per_minute = given.requests_per_minute
    quota.updated_by, quota.updated_at, quota.version = by, now(), version + 1
    session.flush()
    return quota


def too_fast(slug: str, limit: int, moment: datetime) -> TooFast:
    """The refusal of a request over the limit of the minute."""
    seconds = 60 - moment.second
    error = TooFast(
        f"Project '{slug}' may be asked {limit} times a minute, and those of this minute are used "
        f"up. Try again in {seconds} s; log metrics in batches, or ask an administrator of "
        "ML Studio for a higher limit."
    )
    error.retry_after = seconds
    return error


def no_more_runs(slug: str, limit: int, moment: datetime) -> Exhausted:
    """The refusal of a run over the limit of the day."""
    midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC) + timedelta(days=1)
    hours, minutes = divmod(-(-int((midnight - moment).total_seconds()) // 60), 60)
    return Exhausted(
        f"Project '{slug}' may begin {limit} runs a day, and those of today are used up. The next "
        f"day begins at 00:00 UTC, in {hours} h {minutes} min. Runs that have begun go on, and so "
        "does reading. Ask an administrator of ML Studio for a higher limit.",
        reason="quota_runs",
    )


def no_room(slug: str, level: Level, wanted: int, kind: str = "files") -> Exhausted:
    """The refusal of a file, or of another kind of content, for which there is no room."""
    has = size(level.used)
    if wanted:
        has += f", and this would be {size(wanted)} more"
    return Exhausted(
        f"Project '{slug}' may keep {size(level.limit)} of {kind} and has {has}. "
        "Delete artifacts that nobody needs (room is counted anew at the next measurement), or "
        "ask an administrator of ML Studio for a higher limit. Reading and deleting go on."
    )


def size(count: int) -> str:
    """A number of bytes in decimal units, such as 1.4 GB."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def _first(value: int | None, default: int) -> int:
    return default if value is None else value
