"""Backups that lack what others held, and those that are not taken any more."""

from __future__ import annotations

from datetime import timedelta

from ..access import clock
from ..access.database import Database
from ..access.installation import backups, jobs
from .finding import Findings, warning

JOB = "backup"
OLD = timedelta(days=2)


def examine(database: Database) -> Findings:
    """What is wrong with the newest backup; a job that fails or is late is told by the jobs."""
    if lacking := backups.shortfall(database.read(backups.newest)):
        yield warning(
            "backups",
            lacking,
            "If nothing was deleted on purpose, the artifact store or a database is another one "
            "than before: compare MLFLOW_ARTIFACTS_DESTINATION and STUDIO_DATABASE_URL. The backup "
            "before can be restored, and none is removed meanwhile.",
        )
    moment = database.read(clock.read)
    for job in database.read(jobs.every):
        last = job.succeeded_at
        if job.name == JOB and job.next_at is None and last is not None and moment - last > OLD:
            yield warning(
                "backups",
                f"The last backup was taken on {last:%Y-%m-%d %H:%M} UTC, and none is scheduled.",
                "Set STUDIO_BACKUP_TO to where backups go. If you take them in another way, verify "
                "that they are there.",
            )
