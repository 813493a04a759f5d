"""How Studio writes times, durations, numbers and sizes."""

import math
import re
from datetime import UTC, datetime, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MISSING = "–"  # noqa: RUF001 - an en dash, the typographer's "nothing here"

T = TypeVar("T")

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SIZES = ("bytes", "kB", "MB", "GB", "TB")


def zone(name: str | None) -> tzinfo:
    """The time zone of a browser; UTC when it names none that is known here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def moment(milliseconds: float | None, where: tzinfo = UTC) -> str:
    """A point in time to the minute, in the reader's time zone."""
    found = _datetime(milliseconds, where)
    return f"{found.day} {found:%b %Y, %H:%M}" if found else MISSING


def duration(seconds: float | None) -> str:
    """A span of time with its two largest units, such as `1 h 12 min` or `0.4 s`."""
    if _absent(seconds) or float(seconds or 0) < 0:
        return MISSING
    value = float(seconds or 0)
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 10:
        return f"{value:.1f} s"
    if value < 60:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def number(value: float | None) -> str:
    """The shortest text that gives the same double back; NaN and infinity by their signs.

    No digits are grouped and none are rounded away: what is copied from the screen is what was
    logged. Counts that Studio made itself are written by `grouped`.
    """
    if value is None:
        return MISSING
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    # An integer may have more digits than a double keeps.
    return str(value) if isinstance(value, int) else repr(float(value)).removesuffix(".0")


def abridged(value: float | None, length: int = 9) -> str:
    """A number in at most `length` signs, its digits cut and not rounded.

    The ellipsis says that there is more, so it cannot be taken for another number: show the
    whole one on hover.
    """
    whole = number(value)
    if len(whole) <= length:
        return whole
    digits, mark, power = whole.partition("e")
    if not mark and "." not in digits[: length - 1]:
        # Cutting a digit before the point would change the size of the number.
        return digits.partition(".")[0] + "…" if "." in digits else digits
    kept = max(length - 1 - len(mark + power), 3)
    cut = digits if len(digits) <= kept else digits[:kept] + "…"
    return cut + mark + power


def grouped(count: int) -> str:
    """A count with its digits in groups of three."""
    return f"{count:,}".replace(",", "\u202f")


def size(count: float | None) -> str:
    """A number of bytes in decimal units, as `1.4 MB`."""
    if _absent(count):
        return MISSING
    value = float(count or 0)
    for unit in _SIZES:
        if value < 1000 or unit == _SIZES[-1]:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the last unit always answers")


def count(number: int, noun: str) -> str:
    """A count with its noun: `1 run`, `12 runs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short(text: str, length: int = 80) -> str:
    """One line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def excerpt(markdown: str, length: int = 140) -> str:
    """The beginning of a Markdown text as one plain line, without the signs of emphasis."""
    return short(re.sub(r"[*`#>]+", "", markdown), length)


def unformulated(value: T) -> T | str:
    """A value for a spreadsheet; a text that would be taken for a formula there is quoted."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _datetime(milliseconds: float | None, where: tzinfo) -> datetime | None:
    if _absent(milliseconds):
        return None
    try:
        return datetime.fromtimestamp(float(milliseconds or 0) / 1000, where)
    except (OverflowError, OSError, ValueError):
        return None


def _absent(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
