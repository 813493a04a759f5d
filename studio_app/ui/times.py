"""Times of the API (ISO 8601, UTC) in words that people read."""

from datetime import UTC, datetime, timedelta

_STEPS = (
    (timedelta(minutes=1), timedelta(seconds=1), "second"),
    (timedelta(hours=1), timedelta(minutes=1), "minute"),
    (timedelta(days=1), timedelta(hours=1), "hour"),
    (timedelta(days=30), timedelta(days=1), "day"),
    (timedelta(days=365), timedelta(days=30), "month"),
)


def moment(text: str) -> datetime:
    """The moment that an ISO 8601 text names."""
    return datetime.fromisoformat(text)


def from_milliseconds(value: int) -> datetime:
    """The moment that MLflow's milliseconds since 1970 name."""
    return datetime.fromtimestamp(value / 1000, UTC)


def day(text: str) -> str:
    """A date such as 23 Nov 2026."""
    found = moment(text)
    return f"{found.day} {found:%b %Y}"


def ago(when: datetime, now: datetime | None = None) -> str:
    """A distance such as "3 hours ago" or "in 2 days"."""
    distance = (now or datetime.now(UTC)) - when
    size = abs(distance)
    if size < timedelta(seconds=10):
        return "just now"
    words = _words(size)
    return f"{words} ago" if distance > timedelta(0) else f"in {words}"


def days_until(when: datetime, now: datetime | None = None) -> int:
    """How many days it still is until then, one that has begun included; 0 or less when over."""
    return -(((now or datetime.now(UTC)) - when) // timedelta(days=1))


def seconds_since(when: datetime) -> float:
    """How long ago it was, in seconds."""
    return (datetime.now(UTC) - when).total_seconds()


def _words(size: timedelta) -> str:
    for below, unit, name in _STEPS:
        if size < below:
            return _counted(size // unit, name)
    return _counted(size // timedelta(days=365), "year")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
