"""The meter of the proxy: counts what projects use and refuses what is over, without waiting.

Each process knows the counts of the projects that it sees in memory. A thread adds what this
process counted to the database every two seconds and reads what all of them counted, so that
several processes agree within that time; a limit may be overshot by what passes meanwhile.
Every minute it looks, too, at the projects that have limits and that nobody asks for: the first
call of one, after a start or a long pause, meets its limits like any other.

The limits themselves come with each call, from the statement that found its credential. So the
first calls in a project that was not read yet, because it is new or its limits are, take no more
than its limits either: what others have used is added as soon as it has been read.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from ..audit import batches
from ..database import Database
from ..decisions.principals import Grant
from ..errors import DatabaseUnavailable
from . import limits, usage
from .counters import Counters
from .limits import Limits, Own
from .usage import NOT_MEASURED, Key, What

SECONDS = 2.0
# A project that is seen for the first time is read so soon.
SOON_SECONDS = 0.1
# For how many minutes a project is read as often as that, though nobody asks for it any more.
MINUTES_KEPT = 2
# How often those are read that have limits and that nobody asks for: before MINUTES_KEPT are over.
# 10,000 of them take 0.8 s of the processor.
SWEEP_SECONDS = 60.0
# PostgreSQL takes 65,535 values in one statement.
READ_AT_ONCE = 1000

# Replicas that start together must not all ask at once.
JITTER = secrets.SystemRandom()

_log = structlog.get_logger("uac.meter")


class UsageLimiter:
    """Counts by project; safe for threads. Nothing here waits for the database."""

    def __init__(
        self, database: Database, defaults: Limits, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.defaults = defaults
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._tallies: dict[int, Counters] = {}
        # What is to be written, and what of it may still fail.
        self._waiting: Counter[Key] = Counter()
        self._reserved: Counter[Key] = Counter()
        self._minute, self._minute_name, self._day_name = -1, "", ""
        # The projects that have limits; only the thread that writes and reads looks at these two.
        self._limited: frozenset[int] = frozenset()
        self._sweep_at = 0.0
        self._hurry = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read the limits and begin; for servers, after they have forked.

        Where nobody calls it, the thread begins with the first count.
        """
        self._safely()
        with self._lock:
            self._start()

    def request(self, grant: Grant) -> str:
        """Count a request; the answer says what is nearly used up, such as `storage 85 %`.

        Raises TooFast when the requests of this minute are used up.
        """
        with self._lock:
            tally = self._tally(grant.project_id, grant.quota)
            limit = tally.limits.requests_per_minute
            if limit and tally.requests >= limit:
                raise limits.too_fast(grant.slug, limit, self._moment())
            tally.requests += 1
            self._waiting[grant.project_id, What.REQUESTS, self._minute_name] += 1
            return tally.warning()

    def reserve(self, grant: Grant, what: What, amount: int, *, refuses: bool = True) -> Key:
        """Take something of what is left, to be settled; raises Exhausted when it is too much.

        `what` is RUNS, or bytes: UNMEASURED of files, TEXTS of rows. What does not `refuse` is
        counted all the same.
        """
        with self._lock:
            tally = self._tally(grant.project_id, grant.quota)
            level = tally.level(what)
            over = level.used >= level.limit or level.used + amount > level.limit
            if refuses and level.limit and over:
                if what is What.RUNS:
                    raise limits.no_more_runs(grant.slug, level.limit, self._moment())
                kind = "files" if what is What.UNMEASURED else "files, traces and descriptions"
                raise limits.no_room(grant.slug, level, amount, kind)
            key = (grant.project_id, what, tally.day if what is What.RUNS else "")
            tally.add(what, amount)
            self._reserved[key] += amount
            return key

    def commit(self, key: Key, amount: int, *, done: bool) -> None:
        """What was reserved has happened, or has not."""
        project_id, what, period = key
        with self._lock:
            self._reserved[key] -= amount
            if not self._reserved[key]:
                del self._reserved[key]
            tally = self._tally(project_id)
            if not done:
                # A run of yesterday is in today's count no more.
                if period in ("", tally.day):
                    tally.add(what, -amount)
            elif amount:
                self._waiting[key] += amount
                if what in NOT_MEASURED:
                    self._waiting[project_id, What.BYTES, self._day_name] += amount

    def once(self) -> None:
        """Write what waits and read what all processes counted.

        Raises DatabaseUnavailable, or what else keeps everything from being written; it goes on
        waiting. Counts that only stand in their own way, as those of a project that was purged
        meanwhile, are given up, and the log says so.
        """
        with self._lock:
            self._tick()
            sent, self._waiting = self._waiting, Counter()
        self._write(sent)
        sweeps = self._clock() >= self._sweep_at
        if sweeps:
            self._limited = frozenset(
                self._database.read(lambda session: usage.limited(session, self.defaults))
            )
            self._sweep_at = self._clock() + SWEEP_SECONDS
        with self._lock:
            self._forget()
            asked = {one for one, tally in self._tallies.items() if tally.minute >= self._oldest}
        wanted = sorted(asked | self._limited if sweeps else asked)
        for first in range(0, len(wanted), READ_AT_ONCE):
            self._read(wanted[first : first + READ_AT_ONCE])

    def stop(self) -> None:
        """End the thread, and write what waits."""
        self._stopping.set()
        self._hurry.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._waiting:
            self._safely()

    def _write(self, counts: Counter[Key]) -> None:
        written = batches.write(
            self._database,
            list(counts.items()),
            lambda session, some: usage.add(session, _with_days(dict(some))),
        )
        for (key, count), error in written.refused:
            project, what, period = key
            told = {"project": project, "what": what, "period": period, "count": count}
            _log.error("usage_counts_refused", **told, exc_info=error)
        if written.trouble is not None:
            with self._lock:
                self._waiting.update(dict(written.waiting))
            raise written.trouble

    def _read(self, ids: Sequence[int]) -> None:
        moment = self._moment()
        found = self._database.read(
            lambda session: usage.standings(session, self.defaults, ids=ids, moment=moment)
        )
        minute, day = usage.minute_of(moment), usage.day_of(moment)
        with self._lock:
            for project_id, standing in found.items():
                tally = self._tallies.setdefault(project_id, Counters())
                # One that nobody has asked for today stands in the day before.
                tally.turn(tally.minute, max(day, tally.day))
                tally.own, tally.limits = standing.own, standing.limits
                more = sum(self._more(project_id, what, "") for what in NOT_MEASURED)
                tally.storage = standing.storage.used + more
                # Of a minute or a day that ended meanwhile nothing is to be known any more.
                if tally.minute == self._minute and minute == self._minute_name:
                    requests = self._more(project_id, What.REQUESTS, minute)
                    tally.requests = standing.requests.used + requests
                if tally.day == day:
                    tally.runs = standing.runs.used + self._more(project_id, What.RUNS, day)

    def _more(self, *key: *Key) -> int:
        """What this process has counted beyond what the database has said."""
        return self._waiting.get(key, 0) + self._reserved.get(key, 0)

    def _tally(self, project_id: int, own: Own | None = None) -> Counters:
        self._tick()
        tally = self._tallies.get(project_id)
        if tally is None:
            tally = self._tallies[project_id] = Counters()
        if own is not None and own != tally.own:
            tally.own, tally.limits = own, own.over(self.defaults)
        if tally.minute < self._oldest:
            # What is known of it is some seconds old, or nothing.
            self._start()
            self._hurry.set()
        if tally.minute != self._minute:
            tally.turn(self._minute, self._day_name)
        return tally

    def _tick(self) -> None:
        minute = int(self._clock() // 60)
        if minute != self._minute:
            moment = datetime.fromtimestamp(minute * 60, UTC)
            self._minute = minute
            self._minute_name, self._day_name = usage.minute_of(moment), usage.day_of(moment)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    @property
    def _oldest(self) -> int:
        """The minute before which nobody has asked for a project lately."""
        return self._minute - MINUTES_KEPT

    def _forget(self) -> None:
        idle = [one for one, tally in self._tallies.items() if tally.minute < self._oldest]
        for project_id in idle:
            if project_id not in self._limited:
                del self._tallies[project_id]

    def _start(self) -> None:
        # Started at the first count, not at creation: gunicorn forks its workers after that.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="meter", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = JITTER.uniform(0.8, 1.2) * SECONDS
            if self._hurry.wait(pause):
                # Others that are seen for the first time now are read along with it.
                self._stopping.wait(SOON_SECONDS)
            self._hurry.clear()
            self._safely()

    def _safely(self) -> None:
        try:
            self.once()
        except DatabaseUnavailable:
            _log.warning("usage_waits_for_database")
        except Exception:
            _log.exception("usage_write_failed")


def _with_days(counts: dict[Key, int]) -> Counter[Key]:
    found: Counter[Key] = Counter(counts)
    for (project_id, what, period), count in counts.items():
        if what is What.REQUESTS:
            found[project_id, what, period[:10]] += count
    return found
