"""THE TABLE of scheduled jobs: what is done, how often, by what."""

from __future__ import annotations

from datetime import timedelta

from ops.backup.storage.stores import open_store
from ops.backup.take import take
from ops.checkpoints import Checkpoint
from ops.jobs.context import Context, Job
from ops.jobs.restore_drill import drill
from ops.jobs.settings import Settings
from ops.jobs.statistics import Statistics
from ops.jobs.usage import measure
from ops.purge.purge import purge
from uac_api.access.installation import backups
from uac_api.access.models import Backup

TRASH_EVERY = timedelta(hours=6)
# To look takes milliseconds, and a table may grow tenfold in an hour.
STATISTICS_EVERY = timedelta(minutes=10)
# It may restore gigabytes: what has failed is not done again every five minutes.
DRILL_AGAIN = timedelta(hours=6)
DRILL_FIRST = timedelta(hours=1)


def _backup(context: Context, checkpoint: Checkpoint) -> str:
    said: list[str] = []
    made = take(
        context.places,
        open_store(context.jobs.backup_to),
        keep=_keep(context),
        with_artifacts=True,
        say=said.append,
        checkpoint=checkpoint,
    )
    held = Backup(
        name=made.name,
        rows=sum(table.rows for one in made.databases.values() for table in one.tables),
        files=made.artifacts.files if made.artifacts else None,
        bytes=made.artifacts.bytes if made.artifacts else None,
    )
    context.database.write(lambda session: backups.record(session, held))
    lacking = backups.shortfall(context.database.read(backups.newest))
    return " ".join([lacking, *said] if lacking else said)


def _keep(context: Context) -> int | None:
    """How many backups stay; all, where the newest held much less than others before it.

    Whoever redirects the artifact store by mistake finds the last good backup even so.
    """
    lacking = backups.shortfall(context.database.read(backups.newest))
    return None if lacking else context.jobs.backup_keep


def _trash(context: Context, checkpoint: Checkpoint) -> str:
    days = context.uac.trash_days
    return purge(context.places, context.database, days=days, checkpoint=checkpoint)


JOBS = (
    Job("backup", lambda settings: settings.backup_every, _backup, needs_mlflow=True),
    # After the backup: the first drill of an installation needs one.
    Job(
        "restore_drill",
        lambda settings: settings.drill_every,
        drill,
        again=DRILL_AGAIN,
        first=DRILL_FIRST,
    ),
    Job("trash", lambda _: TRASH_EVERY, _trash, needs_mlflow=True),
    Job("usage", lambda settings: settings.usage_every, measure, needs_mlflow=True),
    Job("statistics", lambda _: STATISTICS_EVERY, Statistics(), needs_mlflow=True),
)


def chosen(settings: Settings) -> list[Job]:
    """The jobs that these settings ask for."""
    return [job for job in JOBS if job.every(settings) is not None]
