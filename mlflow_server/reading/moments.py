"""Times and durations as they are written in a filter, in milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PART = r"(\d{1,12}(?:\.\d{1,6})?)\s*(ms|[smhdw])\s*"
_DURATION = re.compile(rf"\s*(-?)\s*((?:{_PART})+)", re.ASCII)


def read_time(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 date or time; UTC where it names no zone.

    A date alone is its midnight. Raises ValueError for what is no time.
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def read_duration(text: str) -> float:
    """Milliseconds of a duration such as '2h', '90s', '1d12h' or '1.5h'.

    Raises ValueError for what is none, and for a number without a unit.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    parts = re.findall(_PART, found[2], re.ASCII)
    length = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
    return -length if found[1] else length
