"""The recorder of what passes through the proxy: written in batches, never on the caller's time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from . import audit, tokens
from .database import Database
from .errors import DatabaseUnavailable
from .models import now
from .origins import Origin

FLUSH_SECONDS = 0.5
WAITING_MAX = 50_000

_log = structlog.get_logger("uac.trail")

Sameness = tuple[str | int, ...]


class Trail:
    """Collects events and uses of tokens, and writes them twice a second.

    Equal events of one interval become one with a count. While the database is away they wait
    (at most 50,000; then the log says how many were dropped).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: dict[Sameness, audit.Entry] = {}
        self._used: dict[str, tokens.Use] = {}
        self._later: dict[Sameness, Callable[[], object]] = {}
        self._dropped = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def record(self, entry: audit.Entry) -> None:
        """Take an event down."""
        key = _sameness(entry)
        with self._lock:
            self._start()
            if (same := self._waiting.get(key)) is not None:
                same.count += entry.count
            elif len(self._waiting) < WAITING_MAX:
                self._waiting[key] = entry
            else:
                self._dropped += 1

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

    def flush(self) -> None:
        """Write everything that waits; what cannot be written goes on waiting."""
        with self._lock:
            waiting, used, dropped = self._waiting, self._used, self._dropped
            self._waiting, self._used, self._dropped = {}, {}, 0
            later, self._later = self._later, {}
        if dropped:
            _log.error("audit_events_dropped", count=dropped)
        for work in later.values():
            self._safely(work, "later_failed")
        if not waiting and not used:
            return
        try:
            self._database.write(lambda session: audit.write(session, list(waiting.values())))
            waiting = {}
            self._database.write(lambda session: tokens.mark_used(session, used))
        except DatabaseUnavailable:
            _log.warning("audit_waits_for_database", events=len(waiting))
            self._put_back(waiting, used)

    def stop(self) -> None:
        """Write what waits and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.flush()

    def _put_back(self, waiting: dict[Sameness, audit.Entry], used: dict[str, tokens.Use]) -> None:
        with self._lock:
            for key, entry in waiting.items():
                if (newer := self._waiting.get(key)) is not None:
                    entry.count += newer.count
                self._waiting[key] = entry
            self._used = used | self._used

    def _start(self) -> None:
        # Started at the first event, not at creation: gunicorn forks its workers after that.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="trail", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self._safely(self.flush, "audit_write_failed")

    @staticmethod
    def _safely(work: Callable[[], object], failure: str) -> None:
        try:
            work()
        except Exception:
            _log.exception(failure)


def _sameness(entry: audit.Entry) -> Sameness:
    who = (entry.user, entry.token, entry.address)
    what = (entry.project, entry.operation, entry.target)
    return (*who, *what, entry.outcome, entry.reason, entry.status)
