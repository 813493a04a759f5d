"""THE TABLE of scheduled jobs: what is done, how often, by what."""

from __future__ import annotations

from ops.backup.stores import open_store
from ops.backup.take import take
from ops.jobs.context import Context, Job
from ops.jobs.settings import Settings


def _backup(context: Context) -> str:
    said: list[str] = []
    store = open_store(context.jobs.backup_to)
    take(context.places, store, keep=context.jobs.backup_keep, with_artifacts=True, say=said.append)
    return " ".join(said)


JOBS = (Job("backup", lambda settings: settings.backup_every, _backup),)


def chosen(settings: Settings) -> list[Job]:
    """The jobs that these settings ask for."""
    return [job for job in JOBS if job.every(settings) is not None]
