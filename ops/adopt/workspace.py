"""The folder beside a plan: the copy of the source, the journal, and who works with them."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ops.adopt import source, target
from ops.adopt.copying.copy_rows import Work
from ops.adopt.copying.wal import WriteAheadLog
from ops.adopt.errors import AdoptError
from ops.adopt.planning.plan import Plan
from ops.backup.settings import Settings

SOURCE, JOURNAL, LOCK = "source.db", "journal.db", "lock"
PLAN, TARGET, STATE = "plan", "target", "state"
RUNNING, DONE, UNDOING = "running", "done", "undoing"


def folder_of(plan: Path) -> Path:
    """The folder beside a plan."""
    return plan.with_name(f"{plan.name}.state")


def target_of(settings: Settings) -> str:
    """Where an adoption goes, as it may be kept and shown."""
    return f"{settings.mlflow.render_as_string(hide_password=True)}, {settings.artifacts}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else works with this plan meanwhile; raises AdoptError if somebody does."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            # The kernel frees the lock when its holder dies, so that nothing stale stays behind.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AdoptError(f"Another command works with {folder}. Wait for its end.") from None
        yield


@contextmanager
def begun(plan: Plan, folder: Path, settings: Settings) -> Iterator[Work]:
    """An adoption that was begun; raises AdoptError if none was, or of another plan."""
    if not (folder / JOURNAL).exists() or not (folder / SOURCE).exists():
        raise AdoptError(f"Nothing of this plan was adopted ({folder} has no journal).")
    with (
        closing(WriteAheadLog(folder / JOURNAL)) as journal,
        source.opened(folder / SOURCE) as copy,
        target.opened(settings.mlflow) as there,
    ):
        if journal.fact(PLAN) not in ("", plan.digest()):
            raise AdoptError(
                "The plan was changed after its adoption began. Put it back as it was; what is "
                "to be different needs an undo first."
            )
        if journal.fact(TARGET) not in ("", target_of(settings)):
            raise AdoptError(f"This plan was carried out in another place: {journal.fact(TARGET)}")
        yield Work(plan, copy, there, journal)


def forget(folder: Path) -> None:
    """Remove the folder: what was undone is nobody's business any more."""
    # The journal first: without it the rest is only a copy.
    (folder / JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(folder)
