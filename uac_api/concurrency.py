"""Limits on how much may be under way at once: of one kind of work, and of one caller.

Each process counts by itself: a limit of 24 with two processes lets 48 through at most.

Both are held by a context manager, so that an `ExitStack` can own a place and gives it back
whatever raises:

    with limit.hold():
        ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Lock

from .access.principals import Principal
from .errors import TooMany


class ConcurrencyLimit:
    """At most `most` holders at once; at most `queue` others wait for a place, up to `seconds`.

    Who waits holds a thread of the process, just as who holds a place does, so waiting is limited
    by number as well as by time. `refusal` makes the error that everybody else gets.
    """

    def __init__(
        self, most: int, *, queue: int, seconds: float, refusal: Callable[[], Exception]
    ) -> None:
        self.most = most
        self._queue = queue
        self._seconds = seconds
        self._refusal = refusal
        self._held = 0
        self._waiting = 0
        self._freed = Condition(Lock())

    @property
    def held(self) -> int:
        """How many places are taken just now."""
        return self._held

    @contextmanager
    def hold(self, seconds: float | None = None) -> Iterator[None]:
        """Hold a place; wait for it no longer than `seconds`, if given. Raises the refusal."""
        patience = self._seconds if seconds is None else min(seconds, self._seconds)
        with self._freed:
            if self._held >= self.most:
                self._wait(patience)
            self._held += 1
        try:
            yield
        finally:
            with self._freed:
                self._held -= 1
                self._freed.notify()

    def _wait(self, seconds: float) -> None:
        if self._waiting >= self._queue:
            raise self._refusal()
        self._waiting += 1
        try:
            free = self._freed.wait_for(lambda: self._held < self.most, seconds)
        finally:
            self._waiting -= 1
        if not free:
            raise self._refusal()


class CallerLimit:
    """At most `most` calls of one credential at once, so that one cannot take the place of all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    @property
    def held(self) -> int:
        """How many calls are under way just now, of all callers."""
        with self._lock:
            return self._held.total()

    @contextmanager
    def hold(self, principal: Principal) -> Iterator[None]:
        """Hold one of the credential's places; raises TooMany at once when all are taken."""
        caller = (principal.username, principal.credential_id)
        with self._lock:
            if self._held[caller] >= self._most:
                raise TooMany(
                    f"{self._most} calls of yours are under way already. Wait for one to end."
                )
            self._held[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[caller] -= 1
                if not self._held[caller]:
                    del self._held[caller]
