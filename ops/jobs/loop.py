"""Does what is due, one job after the other, and holds the lease of each while it works."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from mlflow_server.database import is_migrated
from ops.backup.errors import BackupError
from ops.backup.tables.snapshot import reason
from ops.jobs.context import Context, Job
from ops.jobs.lease import JobStopped, Lease, LeaseLost, ShuttingDown, elapsed
from uac_api.access.audit import events
from uac_api.access.database import login_refusal
from uac_api.access.errors import AccessError, DatabaseUnavailable
from uac_api.access.installation import jobs
from uac_api.access.installation.processes import Presence
from uac_api.errors import Unavailable
from uac_api.migrations import outdated

LOOK_SECONDS = 5.0
# How often a finished job is written down again while the database is away.
AGAIN_SECONDS = 2.0

_log = structlog.get_logger("jobs")


class Loop:
    """Looks every few seconds for what is due, until it is told to stop."""

    def __init__(
        self,
        context: Context,
        table: Sequence[Job],
        *,
        pulse: Path | None = None,
        reached: Path | None = None,
        lease: timedelta = jobs.LEASE,
    ) -> None:
        self._context = context
        self._table = table
        self._pulse, self._reached = pulse, reached
        self._lease = lease
        self._stopping = threading.Event()
        self._ready = self._mlflow_ready = self._waits = False
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        self._presence = Presence(
            context.database, "jobs", version("ml-studio"), refusal=self._mlflow_refusal
        )

    def stop(self) -> None:
        """End at the next step of the job that is being done, which stays due."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`; a database that does not answer is waited for."""
        names = [job.name for job in self._table]
        told = False
        while not self._stopping.is_set():
            self._beat()
            try:
                if not told:
                    outdated(self._context.database)
                    self._context.database.write(
                        lambda session: jobs.disable_others(session, names)
                    )
                    self._postpone()
                    told = True
                self._report()
                self.once()
            except DatabaseUnavailable as error:
                cause = error.__cause__
                why = reason(cause) if isinstance(cause, Exception) else ""
                _log.warning("jobs_wait_for_database", reason=why)
            except Unavailable as error:
                _log.warning("jobs_wait_for_migrations", reason=error.message)
            self._stopping.wait(LOOK_SECONDS)
        self._presence.leave()

    def _postpone(self) -> None:
        """Let what was never due, or switched off, wait for its first time."""
        later = [job for job in self._table if job.first]
        jobs.ensure(self._context.database, [job.name for job in later])

        def work(session: Session) -> None:
            for job in later:
                jobs.postpone(session, job.name, job.first)

        self._context.database.write(work)

    def once(self) -> list[str]:
        """Do every job that is due and free; the names of those that this process has finished.

        Raises DatabaseUnavailable.
        """
        database = self._context.database
        if not self._ready:
            jobs.ensure(database, [job.name for job in self._table])
            self._ready = True
        done = []
        for job in self._table:
            if self._stopping.is_set():
                break
            # A job may have taken hours: the process lives, whatever comes next.
            self._beat()
            if job.needs_mlflow and not self._mlflow_is_ready():
                continue
            lease = self._claimed(job.name)
            if lease is not None and self._do(job, lease):
                done.append(job.name)
        return done

    def _mlflow_is_ready(self) -> bool:
        """Whether MLflow's database is migrated; at the first start MLflow takes a while."""
        if not self._mlflow_ready:
            self._mlflow_ready = is_migrated(self._context.places.mlflow)
            if not self._mlflow_ready and not self._waits:
                _log.info("jobs_wait_for_mlflow")
            self._waits = True
        return self._mlflow_ready

    def _claimed(self, name: str) -> Lease | None:
        asked = elapsed()
        claimed = self._context.database.write(
            lambda session: jobs.claim(session, name, self.holder, self._lease)
        )
        if not claimed:
            return None
        return Lease(
            self._context.database,
            name,
            self.holder,
            claimed_at=asked,
            longest=self._context.jobs.job_longest,
            lease=self._lease,
            stopping=self._stopping,
        )

    def _do(self, job: Job, lease: Lease) -> bool:
        """Do the job; whether it came to an end that is ours to write down."""
        began = time.monotonic()
        outcome = jobs.SUCCEEDED
        with lease.renewing(self._beat, self._report):
            try:
                detail = job.work(self._context, lease.checkpoint)
            except ShuttingDown:
                self._context.database.write(
                    lambda session: jobs.release(session, job.name, self.holder)
                )
                _log.info("job", job=job.name, outcome="interrupted")
                return False
            except LeaseLost:
                _log.warning("job", job=job.name, outcome="taken_over")
                return False
            except (AccessError, BackupError, JobStopped, OSError) as error:
                outcome, detail = jobs.FAILED, str(error)
            except Exception as error:
                # Whatever a library raises: the next job must not suffer for it.
                _log.exception("job_failed", job=job.name)
                outcome, detail = jobs.FAILED, f"{type(error).__name__}. The log has more."
        if not self._finish(job, lease, outcome, detail):
            _log.warning("job", job=job.name, outcome="taken_over")
            return False
        _log.info(
            "job",
            job=job.name,
            outcome=outcome,
            detail=detail,
            seconds=round(time.monotonic() - began, 1),
        )
        return True

    def _finish(self, job: Job, lease: Lease, outcome: str, detail: str) -> bool:
        every = job.every(self._context.jobs) or job.again
        pause = every if outcome == jobs.SUCCEEDED else min(every, job.again)
        told = events.Entry(
            operation=f"jobs.{job.name}",
            outcome=events.ALLOWED if outcome == jobs.SUCCEEDED else events.FAILED,
            user="jobs",
            target=detail,
        )

        def work(session: Session) -> bool:
            who = job.name, self.holder
            ours = jobs.finish(session, *who, outcome=outcome, detail=detail, again_in=pause)
            events.write(session, [told] if ours else [])
            return ours

        while True:
            try:
                return self._context.database.write(work)
            except DatabaseUnavailable:
                # Work of hours is not done again for a restart of the database.
                if self._stopping.is_set() or not lease.is_trusted():
                    raise
                self._stopping.wait(AGAIN_SECONDS)

    def _beat(self) -> None:
        if self._pulse is not None:
            self._pulse.touch()

    def _report(self) -> None:
        """Tell the UAC database that we are here, and remember whether both let us in.

        Raises DatabaseUnavailable.
        """
        if not self._presence.report() and self._reached is not None:
            self._reached.touch()

    def _mlflow_refusal(self) -> str:
        """Why MLflow's database would not let us in; empty if it would."""
        refused = login_refusal(self._context.places.mlflow)
        return f"MLflow's database refuses it: {refused}" if refused else ""
