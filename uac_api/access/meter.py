"""The meter of the door: counts what projects use and refuses what is over, without waiting.

Each process knows the limits and counts of the projects that it sees in memory. A thread adds
what this process counted to the database every two seconds and reads what all of them counted, so
that several processes agree within that time; a limit may be overshot by what passes meanwhile.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from . import quotas, usage
from .database import Database
from .errors import DatabaseUnavailable
from .principals import Grant
from .quotas import Level, Limits, State
from .usage import Key, What

SECONDS = 2.0
# A project that is seen for the first time is read so soon.
SOON_SECONDS = 0.1
# For how many minutes a project is read that nobody asks for any more.
MINUTES_KEPT = 2
NO_LIMITS = Limits()

_log = structlog.get_logger("uac.meter")


@dataclass(slots=True)
class _Project:
    """What is known of one project; until it has been read there are no limits."""

    seen: int
    limits: Limits = NO_LIMITS
    stored: int = 0


class Meter:
    """Counts by project; safe for threads. Nothing here waits for the database."""

    def __init__(
        self, database: Database, defaults: Limits, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.defaults = defaults
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._projects: dict[int, _Project] = {}
        # What the database said, what is on its way to it, what waits, and what may still fail.
        self._known: dict[Key, int] = {}
        self._sent: Counter[Key] = Counter()
        self._waiting: Counter[Key] = Counter()
        self._reserved: Counter[Key] = Counter()
        self._minute, self._minute_name, self._day_name = -1, "", ""
        self._hurry = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def request(self, grant: Grant) -> str:
        """Count a request; the answer says what is nearly used up, such as `storage 85 %`.

        Raises TooFast when the requests of this minute are used up.
        """
        with self._lock:
            project = self._project(grant.project_id)
            limits = project.limits
            key = (grant.project_id, What.REQUESTS, self._minute_name)
            if limits.requests_per_minute and self._used(key) >= limits.requests_per_minute:
                raise quotas.too_fast(grant.slug, limits.requests_per_minute, self._moment())
            self._waiting[key] += 1
            return "" if limits == NO_LIMITS else self._warning(grant.project_id, project)

    def reserve(self, grant: Grant, what: What, amount: int) -> Key:
        """Take something of what is left, to be settled; raises Exhausted when it is too much.

        `what` is RUNS, or UNMEASURED for bytes of files.
        """
        with self._lock:
            project = self._project(grant.project_id)
            period = self._day_name if what is What.RUNS else ""
            key = (grant.project_id, what, period)
            level = self._level(key, project)
            if level.limit and (level.used >= level.limit or level.used + amount > level.limit):
                if what is What.RUNS:
                    raise quotas.no_more_runs(grant.slug, level.limit, self._moment())
                raise quotas.no_room(grant.slug, level, amount)
            self._reserved[key] += amount
            return key

    def settle(self, key: Key, amount: int, *, done: bool) -> None:
        """What was reserved has happened, or has not."""
        with self._lock:
            self._tick()
            self._reserved[key] -= amount
            if not self._reserved[key]:
                del self._reserved[key]
            if done and amount:
                self._waiting[key] += amount
                if key[1] is What.UNMEASURED:
                    self._waiting[key[0], What.BYTES, self._day_name] += amount

    def once(self) -> None:
        """Write what waits and read what all processes counted.

        Raises DatabaseUnavailable; what could not be written goes on waiting.
        """
        with self._lock:
            self._tick()
            self._forget()
            self._sent, self._waiting = self._waiting, Counter()
            sent, ids = dict(self._sent), list(self._projects)
        try:
            if sent:
                self._database.write(lambda session: usage.add(session, _with_days(sent)))
        except DatabaseUnavailable:
            with self._lock:
                self._waiting.update(self._sent)
                self._sent.clear()
            raise
        except Exception:
            # Never again, or it would stand in the way of all that comes after.
            with self._lock:
                self._sent.clear()
            raise
        with self._lock:
            for key, count in self._sent.items():
                self._known[key] = self._known.get(key, 0) + count
            self._sent.clear()
        if ids:
            self._read(ids)

    def stop(self) -> None:
        """End the thread, and write what waits."""
        self._stopping.set()
        self._hurry.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._waiting:
            self._safely()

    def _read(self, ids: Collection[int]) -> None:
        moment = self._moment()
        minute, day = usage.minute_of(moment), usage.day_of(moment)
        found = self._database.read(
            lambda session: usage.standings(session, self.defaults, ids=ids, moment=moment)
        )
        known: dict[Key, int] = {}
        for project_id, standing in found.items():
            known[project_id, What.REQUESTS, minute] = standing.requests.used
            known[project_id, What.RUNS, day] = standing.runs.used
            known[project_id, What.UNMEASURED, ""] = standing.unmeasured
        with self._lock:
            self._known = known
            for project_id, standing in found.items():
                if (project := self._projects.get(project_id)) is not None:
                    project.limits = standing.limits
                    project.stored = standing.storage.used - standing.unmeasured

    def _project(self, project_id: int) -> _Project:
        self._tick()
        project = self._projects.get(project_id)
        if project is None:
            project = self._projects[project_id] = _Project(self._minute)
            self._start()
            self._hurry.set()
        project.seen = self._minute
        return project

    def _used(self, key: Key) -> int:
        waiting = self._sent.get(key, 0) + self._waiting.get(key, 0)
        return self._known.get(key, 0) + waiting + self._reserved.get(key, 0)

    def _level(self, key: Key, project: _Project) -> Level:
        if key[1] is What.RUNS:
            return Level(self._used(key), project.limits.runs_per_day)
        if key[1] is What.REQUESTS:
            return Level(self._used(key), project.limits.requests_per_minute)
        return Level(project.stored + self._used(key), project.limits.storage_bytes)

    def _warning(self, project_id: int, project: _Project) -> str:
        levels = {
            "storage": self._level((project_id, What.UNMEASURED, ""), project),
            "runs": self._level((project_id, What.RUNS, self._day_name), project),
            "requests": self._level((project_id, What.REQUESTS, self._minute_name), project),
        }
        return ", ".join(
            f"{name} {level.percent} %"
            for name, level in levels.items()
            if level.limit and level.state is not State.FINE
        )

    def _tick(self) -> None:
        minute = int(self._clock() // 60)
        if minute != self._minute:
            moment = datetime.fromtimestamp(minute * 60, UTC)
            self._minute = minute
            self._minute_name, self._day_name = usage.minute_of(moment), usage.day_of(moment)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _forget(self) -> None:
        old = [
            one for one, kept in self._projects.items() if kept.seen < self._minute - MINUTES_KEPT
        ]
        for project_id in old:
            del self._projects[project_id]

    def _start(self) -> None:
        # Started at the first count, not at creation: gunicorn forks its workers after that.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="meter", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = random.uniform(0.8, 1.2) * SECONDS  # noqa: S311
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
