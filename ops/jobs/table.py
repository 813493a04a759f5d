"""THE TABLE of scheduled jobs: what is done, how often, by what."""

from __future__ import annotations

from datetime import timedelta

from ops.backup.stores import open_store
from ops.backup.take import take
from ops.checkpoints import Checkpoint
from ops.jobs.context import Context, Job
from ops.jobs.settings import Settings
from ops.jobs.statistics import Statistics
from ops.jobs.usage import measure
from ops.purge.purge import purge

TRASH_EVERY = timedelta(hours=6)
# To look takes milliseconds, and a table may grow tenfold in an hour.
STATISTICS_EVERY = timedelta(minutes=10)


def _backup(context: Context, checkpoint: Checkpoint) -> str:
    said: list[str] = []
    take(
        context.places,
        open_store(context.jobs.backup_to),
        keep=context.jobs.backup_keep,
        with_artifacts=True,
        say=said.append,
        checkpoint=checkpoint,
    )
    return " ".join(said)


def _trash(context: Context, checkpoint: Checkpoint) -> str:
    days = context.uac.trash_days
    return purge(context.places, context.database, days=days, checkpoint=checkpoint)


JOBS = (
    Job("backup", lambda settings: settings.backup_every, _backup, needs_mlflow=True),
    Job("trash", lambda _: TRASH_EVERY, _trash, needs_mlflow=True),
    Job("usage", lambda settings: settings.usage_every, measure),
    Job("statistics", lambda _: STATISTICS_EVERY, Statistics(), needs_mlflow=True),
)


def chosen(settings: Settings) -> list[Job]:
    """The jobs that these settings ask for."""
    return [job for job in JOBS if job.every(settings) is not None]
