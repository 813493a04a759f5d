"""The recorder of what passes through the proxy: written in batches, never on the caller's time.

Nothing that a caller sends may stop it: an entry's texts are made storable when it is made
(`events.Entry`), and an entry that the database refuses all the same goes into the log alone.

Nor does the trail grow by what strangers type. The refusals of a caller who was not recognised, or
who is no member of the project that they name, are counted by the minute for each address, person,
operation and reason. The project that was named is kept only if there is such a project, which is
looked up before the count is written; nothing else of the request is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from telemetry.addresses import address_key

from ..credentials import tokens
from ..credentials.origins import Origin
from ..database import Database
from ..errors import DatabaseUnavailable
from ..models import now
from ..projects import projects
from . import batches, events

FLUSH_SECONDS = 0.5
REPEAT_SECONDS = 60.0
WAITING_MAX = 50_000
# Counts of strangers in one minute. Beyond these all addresses are counted as one.
STRANGERS_MAX = 10_000
MANY_ADDRESSES = "many"
# How many names of projects wait for the look whether there is such a one; the others are dropped.
ASKED_MAX = 1000

_log = structlog.get_logger("uac.trail")

Sameness = tuple[str | int, ...]


@dataclass(slots=True)
class _Minute:
    """The time until which equal events are counted, and their count so far as one event."""

    until: float
    more: events.Entry | None = None


class AuditRecorder:
    """Collects events and uses of tokens, and writes them twice a second.

    Equal events of one interval become one with a count. Of those that repeat, such as metrics
    logged to one run, the first is written like any other, and those of the minute after it
    become one event more. While the database is away they wait (at most 50,000; then the log
    says how many were dropped).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        # Held by who writes. Without it a flush would return while what the thread took a moment
        # before is still on its way, and who reads next would miss it.
        self._writing = threading.Lock()
        self._waiting: dict[Sameness, events.Entry] = {}
        self._minutes: dict[Sameness, _Minute] = {}
        self._strangers: dict[Sameness, _Minute] = {}
        self._asked: dict[tuple[str, Sameness], events.Entry] = {}
        self._failing = False
        self._used: dict[str, tokens.Use] = {}
        self._later: dict[Sameness, Callable[[], object]] = {}
        self._dropped = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def broken(self) -> bool:
        """Whether the trail cannot be written now: the last attempt failed, or it is full."""
        return self._failing or len(self._waiting) >= WAITING_MAX

    def record(self, entry: events.Entry, *, repeats: bool = False) -> None:
        """Take an event down; one that `repeats` is counted by the minute."""
        key = _sameness(entry)
        with self._lock:
            self._start()
            if repeats and not _begins_minute(self._minutes, key, entry, most=WAITING_MAX):
                return
            self._add(key, entry)

    def record_stranger(self, entry: events.Entry) -> None:
        """Count the refusal of a caller who was not recognised, or is no member of the project.

        The entry's project is what they typed; its target must be nothing that they did.
        """
        slug, entry.project = entry.project, ""
        entry.address = address_key(entry.address)
        asked = slug, _sameness(entry)
        with self._lock:
            self._start()
            if (same := self._asked.get(asked)) is not None:
                same.count += entry.count
            elif slug and len(self._asked) < ASKED_MAX:
                self._asked[asked] = entry
            else:
                self._add_stranger(entry)

    def token_used(self, token_id: str, origin: Origin) -> None:
        """Take down that a token was used just now, and from where."""
        with self._lock:
            self._start()
            self._used[token_id] = tokens.Use(now(), origin)

    def later(self, what: Sameness, work: Callable[[], object]) -> None:
        """Take down a small piece of work that no caller waits for; of equal ones the last counts.

        It does its own writing. What fails is logged and not done again.
        """
        with self._lock:
            self._start()
            if len(self._later) < WAITING_MAX:
                self._later[what] = work

    def flush(self, *, everything: bool = True) -> None:
        """Write what waits; what cannot be written now goes on waiting, and the log says so.

        What another thread is writing is written too when this returns. Without `everything` the
        counts of minutes that are not over stay. Raises nothing: the trail is read, too, while it
        cannot be written.
        """
        with self._writing:
            self._look_up_projects()
            with self._lock:
                self._end_minutes(time.monotonic(), everything=everything)
                waiting, used, dropped = self._waiting, self._used, self._dropped
                self._waiting, self._used, self._dropped = {}, {}, 0
                later, self._later = self._later, {}
            if dropped:
                _log.error("audit_events_dropped", count=dropped)
            for work in later.values():
                self._safely(work, "later_failed")
            if waiting:
                self._write_events(waiting)
            if used:
                self._write_uses(used)

    def _write_events(self, waiting: dict[Sameness, events.Entry]) -> None:
        written = batches.write(
            self._database,
            list(waiting.items()),
            lambda session, some: events.write(session, [entry for _, entry in some]),
        )
        self._failing = written.trouble is not None
        if written.trouble is not None:
            self._put_back(dict(written.waiting))
            _say_trouble("audit_waits_for_database", written.trouble, len(written.waiting))
        for (_, entry), error in written.refused:
            # From here on the log alone tells of it: all of it, and why.
            _log.error("audit_event_refused", entry=entry.row(), exc_info=error)

    def _write_uses(self, used: dict[str, tokens.Use]) -> None:
        written = batches.write(
            self._database,
            list(used.items()),
            lambda session, some: tokens.mark_used(session, dict(some)),
        )
        if written.trouble is not None:
            with self._lock:
                self._used = dict(written.waiting) | self._used
            _say_trouble("token_uses_wait_for_database", written.trouble, len(written.waiting))
        for (token_id, _), error in written.refused:
            _log.error("token_use_refused", token=token_id, exc_info=error)

    def stop(self) -> None:
        """Write what waits and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.flush()

    def _look_up_projects(self) -> None:
        """Count what strangers asked for, under the project if there is one of that name."""
        with self._lock:
            asked, self._asked = self._asked, {}
        if not asked:
            return
        try:
            there = self._database.read(
                lambda session: projects.existing(session, {slug for slug, _ in asked})
            )
        except Exception as error:
            # Nothing can be written now either.
            _say_trouble("audit_waits_for_database", error, len(asked))
            with self._lock:
                for key, entry in self._asked.items():
                    if (older := asked.setdefault(key, entry)) is not entry:
                        older.count += entry.count
                self._asked = asked
            return
        with self._lock:
            for (slug, _), entry in asked.items():
                entry.project = slug if slug in there else ""
                self._add_stranger(entry)

    def _add_stranger(self, entry: events.Entry) -> None:
        key = _sameness(entry)
        if key not in self._strangers and len(self._strangers) >= STRANGERS_MAX:
            entry.address = MANY_ADDRESSES
            key = _sameness(entry)
        if _begins_minute(self._strangers, key, entry, most=WAITING_MAX):
            self._add(key, entry)

    def _end_minutes(self, moment: float, *, everything: bool) -> None:
        for minutes in (self._minutes, self._strangers):
            for key, minute in list(minutes.items()):
                over = minute.until <= moment
                if (over or everything) and minute.more is not None:
                    self._add(key, minute.more)
                    minute.more = None
                if over:
                    del minutes[key]

    def _add(self, key: Sameness, entry: events.Entry) -> None:
        if (same := self._waiting.get(key)) is not None:
            same.count += entry.count
        elif len(self._waiting) < WAITING_MAX:
            self._waiting[key] = entry
        else:
            self._dropped += 1

    def _put_back(self, waiting: dict[Sameness, events.Entry]) -> None:
        with self._lock:
            for key, entry in waiting.items():
                if (newer := self._waiting.get(key)) is not None:
                    entry.count += newer.count
                self._waiting[key] = entry

    def _start(self) -> None:
        # Started at the first event, not at creation: gunicorn forks its workers after that.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="trail", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            # A fault of ours must not end the thread: no event would ever be written again.
            self._safely(lambda: self.flush(everything=False), "audit_write_failed")

    @staticmethod
    def _safely(work: Callable[[], object], failure: str) -> None:
        try:
            work()
        except Exception:
            _log.exception(failure)


def _begins_minute(
    minutes: dict[Sameness, _Minute], key: Sameness, entry: events.Entry, *, most: int
) -> bool:
    """Whether the event is the first of its minute; the others are counted, of so many at most."""
    minute = minutes.get(key)
    if minute is None:
        if len(minutes) < most:
            minutes[key] = _Minute(time.monotonic() + REPEAT_SECONDS)
        return True
    if minute.more is None:
        minute.more = entry
    else:
        minute.more.count += entry.count
    return False


def _sameness(entry: events.Entry) -> Sameness:
    who = (entry.user, entry.token, entry.address)
    what = (entry.project, entry.operation, entry.target)
    return (*who, *what, entry.outcome, entry.reason, entry.status)


def _say_trouble(event: str, trouble: Exception, count: int) -> None:
    if isinstance(trouble, DatabaseUnavailable):
        _log.warning(event, count=count)
    else:
        _log.error(event, count=count, exc_info=trouble)
