"""What scheduled jobs have found, and whether anybody does them."""

from __future__ import annotations

from datetime import timedelta

from ..access import clock
from ..access.audit.signatures import Signer
from ..access.database import Database
from ..access.installation import jobs, processes
from ..access.installation.system import is_running, late_seconds
from ..access.models import Job
from .finding import Finding, Findings, fault, warning

# A process looks every few seconds for what is due; a job may wait for another one that takes long.
LATE, WAITS = timedelta(minutes=5), timedelta(hours=1)


def examine(database: Database, marks: Signer) -> Findings:
    """Jobs that failed, and jobs that are due while nobody does them."""
    moment = database.read(clock.read)
    rows = database.read(jobs.every)
    running = database.read(lambda session: processes.running(session, marks))
    if rows and not any(one.service == "jobs" for one in running):
        yield fault(
            "jobs",
            "No process does the scheduled jobs: no backups, no purges, no measurements.",
            "Start the process `jobs` (make up; without containers python -m ops.jobs), or look "
            "into its log: make logs SERVICE=jobs",
        )
    at_work = any(is_running(job, moment) for job in rows)
    late = WAITS if at_work else LATE
    for job in rows:
        if job.outcome == jobs.FAILED:
            yield _failed(job)
        elif late_seconds(job, moment) > late.total_seconds():
            yield warning(
                "jobs",
                f"The job {job.name} is due since {job.next_at:%Y-%m-%d %H:%M} UTC, and nobody "
                "does it.",
                "Start the process `jobs` (python -m ops.jobs), or look into its log.",
            )


def _failed(job: Job) -> Finding:
    return warning(
        "jobs",
        f"The job {job.name} failed: {job.detail}",
        f"Mend that, then: python -m ops.jobs now {job.name}",
    )
