"""The processes that run: each renews a row that says its version, and what keeps it from work.

So `studio doctor` and the page System see that a process is gone, is of another version, signs the
audit trail with another key, or would not be let into a database if it had to connect anew.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.orm import Session

from .. import clock
from ..audit.signatures import IN_SESSION, Signer
from ..clock import database_now
from ..database import Database
from ..errors import DatabaseUnavailable
from ..models import Process, now

BEAT = timedelta(seconds=30)
# A process without a beat for so long has ended without saying so.
GONE = 4 * BEAT
FORGOTTEN = timedelta(days=1)
PROBLEM_LENGTH = 500
PROCESS_FIELDS = ("id", "started_at", "mark")

_log = structlog.get_logger("uac.processes")


@dataclass(frozen=True, slots=True)
class Standing:
    """A process that runs; `ours` is whether it signs with a key that this process knows."""

    id: str
    service: str
    version: str
    started_at: datetime
    seen_at: datetime
    problem: str
    ours: bool


class Presence:
    """The row of this process.

    `refusal` says why something else than the UAC database would not let it in; empty if it would.
    """

    def __init__(
        self,
        database: Database,
        service: str,
        version: str,
        *,
        refusal: Callable[[], str] = lambda: "",
        beat: timedelta = BEAT,
    ) -> None:
        self._database, self._service, self._version = database, service, version
        self._refusal, self._beat = refusal, beat.total_seconds()
        self._id = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        self._started_at = now()
        self._reported: float | None = None
        self._problem = ""
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Report in a thread of its own; for servers, after they have forked."""
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and take the row away."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self.leave()

    def report(self) -> str:
        """Renew the row if it is time; what keeps this process from work, empty if nothing does.

        Raises DatabaseUnavailable.
        """
        if self._reported is None or time.monotonic() - self._reported >= self._beat:
            self._problem = (self._database.login_refusal() or self._refusal())[:PROBLEM_LENGTH]
            self._database.write(self._renew)
            self._reported = time.monotonic()
        return self._problem

    def leave(self) -> None:
        """Take the row away; a database that is away notices by itself."""
        try:
            self._database.write(
                lambda session: session.execute(delete(Process).where(Process.id == self._id))
            )
        except DatabaseUnavailable:
            _log.warning("presence_not_ended")

    def _renew(self, session: Session) -> None:
        values = {"seen_at": database_now(), "problem": self._problem}
        renewed = session.execute(
            update(Process)
            .where(Process.id == self._id)
            .values(values)
            .execution_options(synchronize_session=False)
        )
        if cast("CursorResult[Any]", renewed).rowcount:
            return
        forgotten = delete(Process).where(Process.seen_at < database_now(-FORGOTTEN))
        session.execute(forgotten.execution_options(synchronize_session=False))
        marks: Signer | None = session.info[IN_SESSION]
        row = {
            "id": self._id,
            "service": self._service,
            "version": self._version,
            "started_at": self._started_at,
            "mark": marks.process(self._id, self._started_at) if marks else "",
        }
        session.execute(insert(Process).values({**row, **values}))

    def _run(self) -> None:
        while True:
            try:
                self.report()
            except DatabaseUnavailable:
                _log.warning("presence_waits_for_database")
            except Exception:
                # A row that cannot be written must not end a service.
                _log.exception("presence_failed")
            if self._stopping.wait(self._beat):
                return


def running(session: Session, marks: Signer) -> Sequence[Standing]:
    """The processes that run, by service."""
    moment = clock.read(session)
    statement = select(Process).where(Process.seen_at > moment - GONE)
    return [
        Standing(
            id=row.id,
            service=row.service,
            version=row.version,
            started_at=row.started_at,
            seen_at=row.seen_at,
            problem=row.problem,
            ours=marks.fits_process({name: getattr(row, name) for name in PROCESS_FIELDS}),
        )
        for row in session.scalars(statement.order_by(Process.service, Process.id))
    ]
