"""Limits on how much may be under way at once: of a kind of work, of a person, of what is slow.

Each process counts by itself: a limit of 24 with two processes lets 48 through at most.

All are held by a context manager, so that an `ExitStack` can own a place and gives it back
whatever raises:

    with limit.hold():
        ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Lock
from time import monotonic

from .errors import TooMany

TRANSFER_RETRY_SECONDS = 5


class ConcurrencyLimit:
    """At most `most` holders at once; at most `queue` others wait for a place, up to `seconds`.

    Who waits holds a thread of the process, just as who holds a place does, so waiting is limited
    by number as well as by time. `refusal` makes the error that everybody else gets.
    """

    def __init__(
        self,
        most: int,
        *,
        queue: int,
        seconds: float,
        refusal: Callable[[], Exception],
        whole: ConcurrencyLimit | None = None,
    ) -> None:
        self.most = most
        self._queue = queue
        self._seconds = seconds
        self._refusal = refusal
        self._whole = whole
        self._held = 0
        self._waiting = 0
        self._freed = Condition(Lock())

    @property
    def held(self) -> int:
        """How many places are taken just now."""
        return self._held

    def part(self, most: int, *, queue: int) -> ConcurrencyLimit:
        """A limit for some of the holders: each of them holds a place of this one as well."""
        return ConcurrencyLimit(
            most, queue=queue, seconds=self._seconds, refusal=self._refusal, whole=self
        )

    @contextmanager
    def hold(self, seconds: float | None = None) -> Iterator[None]:
        """Hold a place; wait for it no longer than `seconds`, if given. Raises the refusal."""
        patience = self._seconds if seconds is None else min(seconds, self._seconds)
        until = monotonic() + patience
        with self._freed:
            if self._held >= self.most:
                self._wait(patience)
            self._held += 1
        try:
            if self._whole is None:
                yield
            else:
                with self._whole.hold(max(0.0, until - monotonic())):
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


class PersonalLimit:
    """At most `most` pieces of a kind of work of one person at once, whatever their credentials.

    Who has so many under way waits up to `seconds` for one to end, if fewer than `queue` wait of
    all persons: each holds a thread. After a piece that `restrain` names, that person has one at a
    time for `restrained` seconds.
    """

    def __init__(
        self,
        most: int,
        *,
        queue: int,
        seconds: float,
        refusal: Callable[[], Exception],
        restrained: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._most = most
        self._queue = queue
        self._seconds = seconds
        self._refusal = refusal
        self._restrained_for = restrained
        self._clock = clock
        self._held: Counter[str] = Counter()
        self._restrained: dict[str, float] = {}
        self._waiting = 0
        self._freed = Condition(Lock())

    @contextmanager
    def hold(self, person: str) -> Iterator[None]:
        """Hold one of the person's places; raises the refusal when none becomes free in time."""
        with self._freed:
            if not self._has_place(person) and not self._wait(person):
                raise self._refusal()
            self._held[person] += 1
        try:
            yield
        finally:
            with self._freed:
                self._held[person] -= 1
                if not self._held[person]:
                    del self._held[person]
                self._freed.notify_all()

    def restrain(self, person: str) -> None:
        """Let the person have one at a time for a while."""
        with self._freed:
            now = self._clock()
            self._restrained = {one: at for one, at in self._restrained.items() if at > now}
            self._restrained[person] = now + self._restrained_for

    def _wait(self, person: str) -> bool:
        """Whether one of the person's places became free in time. Called with the lock."""
        if self._waiting >= self._queue:
            return False
        self._waiting += 1
        try:
            return self._freed.wait_for(lambda: self._has_place(person), self._seconds)
        finally:
            self._waiting -= 1

    def _has_place(self, person: str) -> bool:
        restrained = self._restrained.get(person, 0.0) > self._clock()
        return self._held[person] < (1 if restrained else self._most)


class SlowLimit:
    """At most `most` slow transfers at once, `each` of one person.

    A transfer is nobody's until it is found to be slow: `begin` is called then, and `end` when it
    is over, slow or not. While a person has `each` of them they begin no other.
    """

    def __init__(self, most: int, each: int) -> None:
        self.most = most
        self.each = each
        self._held: Counter[str] = Counter()
        self._lock = Lock()

    @property
    def held(self) -> int:
        """How many slow transfers are under way just now."""
        with self._lock:
            return self._held.total()

    def check(self, username: str) -> None:
        """Raise TooMany if no further one may begin."""
        with self._lock:
            self._check(username)

    def begin(self, username: str) -> None:
        """Count one more. Raises TooMany."""
        with self._lock:
            self._check(username)
            self._held[username] += 1

    def end(self, username: str) -> None:
        """Count one less."""
        with self._lock:
            self._held[username] -= 1
            if not self._held[username]:
                del self._held[username]

    def _check(self, username: str) -> None:
        if self._held[username] >= self.each:
            raise too_many_transfers(
                f"{self.each} slow uploads and downloads of yours are under way."
            )
        if self._held.total() >= self.most:
            raise too_many_transfers("Too many slow uploads and downloads are under way.")


def too_many_transfers(sentence: str) -> TooMany:
    """The refusal of an upload or download.

    The clients come seven times more: half a minute in all.
    """
    error = TooMany(f"{sentence} Wait for one to end.", reason="too_many_transfers")
    error.retry_after = TRANSFER_RETRY_SECONDS
    return error
