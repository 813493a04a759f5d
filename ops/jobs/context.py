"""What a scheduled job works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from ops.backup import settings as places
from ops.checkpoints import Checkpoint
from ops.jobs.settings import Settings
from uac_api import settings as uac
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database

# After a failure: soon again, but not so soon that a disk or a bucket is hammered.
AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Context:
    """The UAC database, where MLflow keeps its rows and files, and the settings of all."""

    database: Database
    places: places.Settings
    uac: uac.Settings
    jobs: Settings


@dataclass(frozen=True)
class Job:
    """Work that is due again `every` so long; it answers a sentence, or raises.

    It may be killed at any point and is then done again from its start. Before each step that
    changes something it passes its checkpoint, which raises once another process has the job.
    """

    name: str
    every: Callable[[Settings], timedelta | None]
    work: Callable[[Context, Checkpoint], str]
    # Whether it reads MLflow's database, and so waits until that is migrated.
    needs_mlflow: bool = False
    # How long after a failure it is tried again.
    again: timedelta = AGAIN
    # How long after the start of a process it is due if it never was: heavy work is not for the
    # minute in which a server starts.
    first: timedelta = timedelta(0)


@contextmanager
def opened(jobs: Settings) -> Iterator[Context]:
    """The context of this environment; raises SettingsError and BackupError."""
    configured = uac.load()
    database = Database(configured.database_url, Signer(*configured.mark_keys))
    try:
        yield Context(database, places.load(), configured, jobs)
    finally:
        database.close()
