"""What one project uses in the current periods, as one process knows it, and how much is left."""

from __future__ import annotations

from .limits import WARNING_PERCENT, Level, Limits, Own
from .usage import What

NO_LIMITS = Limits()


class Counters:
    """The counts of a project; whoever changes it holds the meter's lock.

    Until it has been read from the database nothing counts as used. `minute` is that of the last
    call, counted from 1970; `own` are the project's own limits, as far as they are known.
    """

    __slots__ = (
        *("_bytes", "_limited", "_limits"),
        *("day", "minute", "own", "requests", "runs", "storage"),
    )

    def __init__(self) -> None:
        self.minute, self.day = -1, ""
        self.own: Own | None = None
        self.requests = self.runs = self.storage = 0
        self.limits = NO_LIMITS

    @property
    def limits(self) -> Limits:
        """The limits that count."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits, self._limited = limits, limits != NO_LIMITS
        self._bytes = limits.storage_bytes

    def turn(self, minute: int, day: str) -> None:
        """Another minute begins, and perhaps another day."""
        if minute != self.minute:
            self.minute, self.requests = minute, 0
        if day != self.day:
            self.day, self.runs = day, 0

    def level(self, what: What) -> Level:
        """How far the limit of requests, runs or files is used up."""
        if what is What.REQUESTS:
            return Level(self.requests, self._limits.requests_per_minute)
        if what is What.RUNS:
            return Level(self.runs, self._limits.runs_per_day)
        return Level(self.storage, self._bytes)

    def add(self, what: What, amount: int) -> None:
        """So much more of runs or files, or less."""
        if what is What.RUNS:
            self.runs += amount
        else:
            self.storage += amount

    def warning(self) -> str:
        """What is nearly used up, such as `storage 85 %, runs 100 %`; mostly nothing."""
        if not self._limited:
            return ""
        limits = self._limits
        # Every call comes by here: no objects are made for what is far from its limit.
        return ", ".join(
            f"{name} {used * 100 // limit} %"
            for name, used, limit in (
                ("storage", self.storage, self._bytes),
                ("runs", self.runs, limits.runs_per_day),
                ("requests", self.requests, limits.requests_per_minute),
            )
            if limit and used * 100 >= limit * WARNING_PERCENT
        )
