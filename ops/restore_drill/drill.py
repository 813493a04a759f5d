"""The steps of a restore drill, in their order."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from mlflow_server import statistics
from ops.backup import check, restore
from ops.backup.artifacts import Entry
from ops.backup.audit import verify_trail
from ops.backup.errors import BackupError
from ops.backup.storage import manifest
from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import Manifest
from ops.backup.storage.stores import Store, open_store
from ops.backup.tables import targets
from ops.restore_drill import reads, servers, subject, workspace
from ops.restore_drill.artifacts import restore_artifacts
from ops.restore_drill.databases import DatabaseFile, ServerDatabase, TemporaryDatabase
from ops.restore_drill.report import Outcome, Report, Step
from ops.restore_drill.settings import Amount, Settings
from ops.restore_drill.workspace import Workspace
from ops.run.temporary_server import ServerFailed
from uac_api.access.errors import AccessError

# What a step may end with. The drill then goes on with the steps that do not stand on it.
FAILURES = (BackupError, AccessError, ServerFailed, SQLAlchemyError, OSError)
LEFTOVERS, REMOVAL = "leftovers", "removal"
BACKUP, DATABASES, ROWS, SCHEMA = "backup", "databases", "rows", "schema"
TRAIL, ARTIFACTS, SERVICES, READS = "audit trail", "artifacts", "services", "reads"

Say = Callable[[Step], None]
Work = Callable[[Step], None]


def run(settings: Settings, *, name: str | None, amount: Amount, say: Say) -> Report:
    """Do a whole drill with the backup of that name, or the newest; `say` is given each step.

    What it made is gone when this returns or raises.
    """
    report = Report(settings.place, began_at=datetime.now(UTC).isoformat(timespec="seconds"))
    began, before = time.monotonic(), os.umask(0o077)
    drill = _Drill(settings, report, amount, say)
    try:
        drill.remove_leftovers()
        drill.test(name)
    finally:
        try:
            drill.remove()
        finally:
            os.umask(before)
            report.seconds = round(time.monotonic() - began, 3)
    return report


class _Drill:
    """One drill under way: what it reads, and what it has made."""

    # Set by the first step, and by the start of the services.
    _store: Store
    _backup: Manifest
    _address: str

    def __init__(self, settings: Settings, report: Report, amount: Amount, say: Say) -> None:
        self._settings, self._report, self._amount, self._say = settings, report, amount, say
        self._seal = Seal(settings.key.get_secret_value())
        self._parent = Path(tempfile.gettempdir())
        self._workspace: Workspace | None = None
        self._databases: dict[str, TemporaryDatabase] = {
            what: DatabaseFile(what)
            if url.get_backend_name() == "sqlite"
            else ServerDatabase(url, settings.prefixes[what])
            for what, url in settings.servers.items()
        }
        self._urls: dict[str, URL] = {}
        self._restored: list[Entry] = []
        self._name: str | None = None
        self._running = ExitStack()

    def remove_leftovers(self) -> None:
        """Remove what drills that were killed have left; a step only if there was something."""
        step, began = Step(LEFTOVERS), time.monotonic()
        removed: list[str] = []
        looks: list[Callable[[], list[str]]] = [lambda: workspace.remove_leftovers(self._parent)]
        looks += [database.remove_leftovers for database in self._databases.values()]
        for look in looks:
            try:
                removed += look()
            except FAILURES as error:
                step.fail(str(error))
        if removed:
            step.detail = f"a drill that was killed had left {', '.join(removed)}: removed"
        if removed or step.problems:
            self._end(step, began)

    def test(self, name: str | None) -> None:
        """Every step from the backup to the reads; what stands on a failed step is skipped."""
        self._name = name
        steps: tuple[tuple[str, str, Work], ...] = (
            (BACKUP, "", self._read_backup),
            (DATABASES, BACKUP, self._restore_databases),
            (ROWS, DATABASES, self._compare_rows),
            (SCHEMA, DATABASES, self._upgrade),
            (TRAIL, SCHEMA, self._verify_trail),
            (ARTIFACTS, SCHEMA, self._restore_artifacts),
            (SERVICES, SCHEMA, self._start_services),
            (READS, SERVICES, self._read_again),
        )
        with self._running:
            for step, ground, work in steps:
                self._do(step, ground, work)

    def remove(self) -> None:
        """Remove everything that was made: each thing, although another one cannot be removed."""
        step, began = Step(REMOVAL), time.monotonic()
        for database in self._databases.values():
            try:
                database.drop()
            except FAILURES as error:
                step.fail(str(error))
        if self._workspace is None:
            return
        try:
            self._workspace.remove()
        except OSError as error:
            step.fail(f"{self._workspace.folder}: {error}")
        if not step.problems:
            step.detail = "everything that the drill had made is gone"
        self._end(step, began)

    def _read_backup(self, step: Step) -> None:
        self._store = open_store(self._settings.place)
        self._backup = backup = manifest.chosen(self._store, self._seal, self._name)
        self._report.backup = backup.name
        for what, dump in backup.databases.items():
            targets.refuse_newer(what, dump.revision)
        for problem in check.dump_problems(self._store, self._seal, backup):
            step.fail(problem)
        tables = [table for dump in backup.databases.values() for table in dump.tables]
        kept = backup.artifacts
        step.detail = (
            f"{sum(table.rows for table in tables):,} rows of {len(tables)} tables"
            f" ({backup.databases['uac'].kind}), "
            + (f"{kept.files:,} artifacts ({kept.bytes:,} bytes)" if kept else "no artifacts")
        )

    def _restore_databases(self, step: Step) -> None:
        self._workspace = Workspace(self._parent)
        for what, database in self._databases.items():
            self._urls[what] = database.create(self._workspace.folder)
        for what, url in self._urls.items():
            restore.load_database(what, url, self._backup.databases[what], self._store, self._seal)
        places = dict.fromkeys(database.where for database in self._databases.values())
        step.detail = f"restored into {' and '.join(places)}"

    def _compare_rows(self, step: Step) -> None:
        found = check.database_problems(self._urls, self._store, self._seal, self._backup)
        for problem in found:
            step.fail(problem)
        step.detail = "each compared with the backup"

    def _upgrade(self, step: Step) -> None:
        said = []
        for what, url in self._urls.items():
            before = self._backup.databases[what].revision
            after = targets.finish(what, url, before)
            said.append(f"{what} {before}" + (f", brought up to {after}" if after else ""))
        # As at the end of a restore: without them MLflow's lists of a large file take minutes.
        statistics.refresh_safely(self._urls["mlflow"])
        step.detail = "; ".join(said)

    def _verify_trail(self, step: Step) -> None:
        trail = verify_trail(self._urls["uac"])
        for problem in trail.problems:
            step.fail(problem)
        step.detail = trail.summary

    def _restore_artifacts(self, step: Step) -> None:
        kept = self._backup.artifacts
        if kept is None:
            step.detail = "the backup was taken with --no-artifacts"
            return
        done = restore_artifacts(
            self._store, self._seal, self._backup, self._folder / "artifacts", self._amount
        )
        for problem in done.problems:
            step.fail(problem)
        self._restored = done.entries
        compared = f", {done.compared:,} only compared" if done.compared else ""
        step.detail = (
            f"{len(done.entries):,} of {kept.files:,} restored and compared ({done.bytes:,} bytes)"
            f"{compared}; the contents of all are in the backup"
        )

    def _start_services(self, step: Step) -> None:
        folder = self._folder
        self._address = self._running.enter_context(
            servers.serve(self._urls, folder / "artifacts", folder)
        )
        step.detail = "MLflow and the UAC API are ready, on 127.0.0.1 alone"

    def _read_again(self, step: Step) -> None:
        chosen = subject.choose(self._urls["uac"], self._urls["mlflow"], self._restored)
        if chosen is None:
            step.detail = "no project with a person in it: there is nothing to read"
            return
        well, problems = reads.perform(self._address, chosen)
        for problem in problems:
            step.fail(problem)
        step.detail = f"answered in the project {chosen.project}: {', '.join(well)}"

    @property
    def _folder(self) -> Path:
        if self._workspace is None:
            raise RuntimeError("The databases are restored first.")
        return self._workspace.folder

    def _do(self, name: str, ground: str, work: Work) -> None:
        step, began = Step(name), time.monotonic()
        if ground and not self._report.passed(ground):
            step.outcome = Outcome.SKIPPED
        else:
            try:
                work(step)
            except FAILURES as error:
                step.fail(str(error))
        self._end(step, began)

    def _end(self, step: Step, began: float) -> None:
        step.seconds = round(time.monotonic() - began, 3)
        self._report.steps.append(step)
        self._say(step)
