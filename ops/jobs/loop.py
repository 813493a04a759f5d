"""Does what is due, one job after the other, and holds the lease of each while it works."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from ops.backup.errors import BackupError
from ops.jobs.context import Context, Job
from uac_api.access import audit, jobs
from uac_api.access.errors import AccessError, DatabaseUnavailable
from uac_api.access.models import now

LOOK_SECONDS = 5.0
RENEW_SECONDS = 20.0
# After a failure: soon again, but not so soon that a disk or a bucket is hammered.
AGAIN = timedelta(minutes=5)

_log = structlog.get_logger("jobs")


class Loop:
    """Looks every few seconds for what is due, until it is told to stop."""

    def __init__(
        self, context: Context, table: Sequence[Job], *, pulse: Path | None = None
    ) -> None:
        self._context = context
        self._table = table
        self._pulse = pulse
        self._stopping = threading.Event()
        self._ready = False
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"

    def stop(self) -> None:
        """End after the job that is being done."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`; a database that does not answer is waited for."""
        names = [job.name for job in self._table]
        told = False
        while not self._stopping.is_set():
            self._beat()
            try:
                if not told:
                    self._context.database.write(lambda session: jobs.rest(session, names))
                    told = True
                self.once()
            except DatabaseUnavailable:
                _log.warning("jobs_wait_for_database")
            self._stopping.wait(LOOK_SECONDS)

    def once(self) -> list[str]:
        """Do every job that is due and free; their names. Raises DatabaseUnavailable."""
        database = self._context.database
        if not self._ready:
            jobs.ensure(database, [job.name for job in self._table])
            self._ready = True
        done = []
        for job in self._table:
            if self._stopping.is_set():
                break
            if self._claims(job.name):
                self._do(job)
                done.append(job.name)
        return done

    def _claims(self, name: str) -> bool:
        return self._context.database.write(lambda session: jobs.claim(session, name, self.holder))

    def _do(self, job: Job) -> None:
        began = time.monotonic()
        outcome = jobs.SUCCEEDED
        with self._held(job.name):
            try:
                detail = job.work(self._context)
            except (AccessError, BackupError, OSError) as error:
                outcome, detail = jobs.FAILED, str(error)
            except Exception as error:
                # Whatever a library raises: the next job must not suffer for it.
                _log.exception("job_failed", job=job.name)
                outcome, detail = jobs.FAILED, f"{type(error).__name__}. The log has more."
        _log.info("job", job=job.name, outcome=outcome, seconds=round(time.monotonic() - began, 1))
        self._finish(job, outcome, detail)

    def _finish(self, job: Job, outcome: str, detail: str) -> None:
        every = job.every(self._context.jobs) or AGAIN
        pause = every if outcome == jobs.SUCCEEDED else min(every, AGAIN)
        told = audit.Entry(
            operation=f"jobs.{job.name}",
            outcome=audit.ALLOWED if outcome == jobs.SUCCEEDED else audit.FAILED,
            user="jobs",
            target=detail,
        )
        due = now() + pause

        def work(session: Session) -> None:
            who = job.name, self.holder
            jobs.finish(session, *who, outcome=outcome, detail=detail, next_at=due)
            audit.write(session, [told])

        self._context.database.write(work)

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        """Renew the lease in a thread for as long as the work takes."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(RENEW_SECONDS):
                self._beat()
                try:
                    self._context.database.write(
                        lambda session: jobs.renew(session, name, self.holder)
                    )
                except DatabaseUnavailable:
                    _log.warning("lease_not_renewed", job=name)

        thread = threading.Thread(target=renew, name=f"lease-{name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self) -> None:
        if self._pulse is not None:
            self._pulse.touch()
