"""The right to do one job, which ends unless it is renewed, and which its holder can lose.

A process may stand still at any point, for as long as it likes: a signal, a paused virtual machine,
a host that swaps. Meanwhile its lease ends and another process takes the job. So a job asks at each
of its steps (`Lease.checkpoint`), and one that has lost its lease stops there. What is left is the
one step that was under way; every step of a job is such that it may be done twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from uac_api.access.database import Database
from uac_api.access.errors import DatabaseUnavailable
from uac_api.access.installation import jobs

# Of the lease, the part after which its holder no longer trusts it without asking. The rest is the
# time that one step may take.
TRUSTED = 0.75
RENEWALS = 3

_log = structlog.get_logger("jobs")


class JobStopped(Exception):
    """The job must end at this step."""


class LeaseLost(JobStopped):
    """Another process does the job now; this one has no say in it any more."""


class TooLong(JobStopped):
    """The job has taken longer than a job may."""


class ShuttingDown(JobStopped):
    """This process was told to end. The job stays due."""


# Linux alone has one that goes on while the machine sleeps.
CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed() -> float:
    """Seconds of a clock that no one sets."""
    return time.clock_gettime(CLOCK)


class Lease:
    """One job, claimed by this process at the moment `claimed_at` of its `clock`."""

    def __init__(
        self,
        database: Database,
        name: str,
        holder: str,
        *,
        claimed_at: float,
        longest: timedelta,
        lease: timedelta = jobs.LEASE,
        stopping: threading.Event | None = None,
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self._database, self._name, self._holder = database, name, holder
        self._lease, self._longest = lease, longest
        self._stopping = stopping or threading.Event()
        self._clock = clock
        self._lock = threading.Lock()
        self._lost = False
        self._trusted_until = self._began = claimed_at
        self._trust(claimed_at)

    def checkpoint(self) -> None:
        """Go on, or raise JobStopped; DatabaseUnavailable if nobody can tell.

        It asks the database only if the last renewal was too long ago: for a process that stood
        still, that is at its first step.
        """
        if self._stopping.is_set():
            raise ShuttingDown("The process was told to end; the job stays due.")
        if self.is_too_long():
            raise TooLong(f"It took longer than {self._longest} and was stopped.")
        if self._lost or (not self.is_trusted() and not self.renew()):
            raise LeaseLost("Another process has taken the job over.")

    def renew(self) -> bool:
        """Hold the job for another while; False, from then on always, if it is another's."""
        with self._lock:
            if self._lost:
                return False
            # Read before the database reads its own clock, so that we never trust too long.
            asked = self._clock()
            held = self._database.write(
                lambda session: jobs.renew(session, self._name, self._holder, self._lease)
            )
            if held:
                self._trust(asked)
            else:
                self._lost = True
                _log.warning("lease_lost", job=self._name)
            return held

    def is_trusted(self) -> bool:
        """Whether the lease certainly holds, by our own clock."""
        return self._clock() < self._trusted_until

    def is_too_long(self) -> bool:
        """Whether the job has taken longer than a job may."""
        return self._clock() - self._began > self._longest.total_seconds()

    @contextmanager
    def renewing(
        self, beat: Callable[[], None], renewed: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Renew in a thread for as long as the work takes, but no longer than a job may.

        `beat` is called each time: a job that hangs is not healthy because a thread is. `renewed`
        is called when the database has renewed the lease.
        """
        over = threading.Event()
        pause = self._lease.total_seconds() / RENEWALS

        def keep() -> None:
            while not over.wait(pause):
                if self.is_too_long():
                    _log.error("job_too_long", job=self._name, longest=str(self._longest))
                    return
                beat()
                try:
                    if not self.renew():
                        return
                    renewed()
                except DatabaseUnavailable:
                    _log.warning("lease_not_renewed", job=self._name)

        thread = threading.Thread(target=keep, name=f"lease-{self._name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _trust(self, asked: float) -> None:
        self._trusted_until = asked + self._lease.total_seconds() * TRUSTED
