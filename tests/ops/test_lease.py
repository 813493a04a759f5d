"""A job is done by one process at a time, also when one of them stood still for a while."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from installations import Installation, empty, mlflow_may_be_old
from logs import lines_of
from mlflow_server import database as mlflow_database
from ops.jobs import lease as lease_module
from ops.jobs.context import Context, Job, opened
from ops.jobs.lease import Lease, LeaseLost, ShuttingDown, TooLong
from ops.jobs.loop import Loop
from ops.jobs.settings import Settings
from ops.jobs.table import JOBS
from people import CAST, add_people
from processes import ROOT
from s3 import BUCKET, S3
from uac_api.access import clock
from uac_api.access.database import Database
from uac_api.access.errors import DatabaseUnavailable
from uac_api.access.installation import jobs
from uac_api.access.models import Event, Project, now
from uac_api.access.models import Job as Row
from uac_api.access.people import users
from uac_api.access.projects import projects
from uac_api.migrations import upgrade

HOUR = timedelta(hours=1)
FILES = 40

# One process of the service `jobs`: it tells each of its steps, and takes its time for them.
PROCESS = """
import importlib, os, sys, time
from datetime import timedelta
from ops.jobs.context import opened
from ops.jobs.loop import Loop
from ops.jobs.settings import load
from ops.jobs.table import chosen
from uac_api import access_log

job, module, kind, step, diary, seconds = sys.argv[1:]
place = getattr(importlib.import_module(module), kind)
real = getattr(place, step)

def told(self, *arguments):
    with open(diary, "a") as file:
        file.write(f"{os.getpid()}\\n")
    answer = real(self, *arguments)
    time.sleep(0.05)
    return answer

setattr(place, step, told)
access_log.configure("INFO", service="jobs")
with opened(load()) as context:
    table = [one for one in chosen(context.jobs) if one.name == job]
    loop = Loop(context, table, lease=timedelta(seconds=float(seconds)))
    first = True
    while first or os.environ.get("PATIENT") and not done:
        first, done = False, loop.once()
        time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def migrated_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of MLflow's."""
    made = empty(tmp_path_factory.mktemp("mlflow"))
    with mlflow_may_be_old():
        mlflow_database.prepare(made.mlflow)
    return made.artifacts.parent / "mlflow.db"


@pytest.fixture
def here(tmp_path: Path, migrated_mlflow: Path) -> Installation:
    """An installation with one project that was deleted long ago and has many files."""
    made = empty(tmp_path / "installation")
    shutil.copyfile(migrated_mlflow, made.artifacts.parent / "mlflow.db")
    with closing(Database(made.uac)) as database:
        upgrade(database)
        add_people(database, CAST)

        def open_and_delete(session: Session) -> None:
            draft = projects.draft(slug="old", name="", description="", created_by="alice")
            projects.create(session, draft, users.get(session, "alice"))
            session.execute(update(Project).values(deleted_at=now() - timedelta(days=90)))

        database.write(open_and_delete)
    for number in range(FILES):
        file = made.artifacts / f"workspaces/old/1/{number:03}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"file {number}")
    return made


class Processes:
    """Two processes that do the same job, and the diary of their steps."""

    def __init__(self, folder: Path, environment: dict[str, str], job: str, step: str) -> None:
        self.diary = folder / "diary"
        self.diary.touch()
        self._environment = {**os.environ, **environment}
        module, kind, method = step.split(":")
        self._command = [
            sys.executable,
            "-c",
            PROCESS,
            job,
            module,
            kind,
            method,
            str(self.diary),
            "1.5",
        ]

    def start(self, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={**self._environment, **more},
            stderr=subprocess.PIPE,
            text=True,
        )

    def steps(self) -> Counter[int]:
        return Counter(int(line) for line in self.diary.read_text().splitlines())


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("job", "step"),
    [
        ("trash", "ops.backup.storage.stores:Folder:remove"),
        ("backup", "ops.backup.storage.bucket:Bucket:upload"),
    ],
)
def test_a_process_that_stood_still_longer_than_its_lease_does_not_go_on(
    here: Installation, s3: S3, tmp_path: Path, job: str, step: str
) -> None:
    environment = here.environment | s3.settings(tmp_path)
    environment["STUDIO_BACKUP_TO"] = f"s3://{BUCKET}/backups"
    both = Processes(tmp_path, environment, job, step)
    first = both.start()
    second: subprocess.Popen[str] | None = None
    try:
        until(lambda: both.steps()[first.pid] >= 3)
        first.send_signal(signal.SIGSTOP)
        before = both.steps()[first.pid]
        assert before < FILES / 2
        second = both.start(PATIENT="1")
        # In the middle of the second one's work the first one wakes up.
        until(lambda: second is not None and both.steps()[second.pid] >= 3)
        first.send_signal(signal.SIGCONT)
        _, said = first.communicate(timeout=60)
        assert first.returncode == 0, said
        assert both.steps()[first.pid] == before
        assert "taken_over" in said
        assert "Traceback" not in said
        _, said = second.communicate(timeout=60)
        assert second.returncode == 0, said
    finally:
        for process in (first, second):
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()
    with here.database() as database:
        (row,) = [one for one in database.read(jobs.every) if one.name == job]
        assert (row.outcome, row.lease_until) == ("succeeded", None), row.detail
        assert f":{second.pid}:" in row.holder
        written = select(Event).where(Event.operation == f"jobs.{job}")
        assert len(database.read(lambda session: session.scalars(written).all())) == 1
    if job == "backup":
        manifests = [name for name in s3.held() if name.endswith("/manifest")]
        assert len(manifests) == 1


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A UAC database with the job `trial`, claimed by `one`."""
    with closing(Database(f"sqlite:///{tmp_path}/uac.db")) as made:
        upgrade(made)
        jobs.ensure(made, ["trial"])
        assert made.write(lambda session: jobs.claim(session, "trial", "one"))
        yield made


def lease_of(database: Database, clock: Clock, **more: object) -> Lease:
    given = {"claimed_at": clock(), "longest": HOUR, "clock": clock} | more
    return Lease(database, "trial", "one", **given)  # type: ignore[arg-type]


def taken_by_another(database: Database) -> None:
    over = clock.database_now(timedelta(seconds=-1))
    database.write(lambda session: session.execute(update(Row).values(lease_until=over)))
    assert database.write(lambda session: jobs.claim(session, "trial", "two"))


def test_a_fresh_lease_is_trusted_without_asking(database: Database) -> None:
    lease = lease_of(database, Clock())
    taken_by_another(database)
    lease.checkpoint()


def test_an_old_lease_is_asked_for_and_a_lost_one_stays_lost(database: Database) -> None:
    clock = Clock()
    lease = lease_of(database, clock)
    clock.seconds += 3000
    lease.checkpoint()
    assert lease.is_trusted()
    taken_by_another(database)
    clock.seconds += 46
    with pytest.raises(LeaseLost, match="Another process"):
        lease.checkpoint()
    assert not lease.renew()
    with pytest.raises(LeaseLost):
        lease.checkpoint()


def test_the_answer_of_a_renewal_in_the_thread_reaches_the_job(database: Database) -> None:
    lease = lease_of(database, Clock(), lease=timedelta(seconds=0.06))
    taken_by_another(database)
    beats: list[int] = []
    with lease.renewing(lambda: beats.append(1)):
        until(lambda: bool(beats))
        until(lambda: lost(lease))
    assert len(beats) == 1


def lost(lease: Lease) -> bool:
    try:
        lease.checkpoint()
    except LeaseLost:
        return True
    return False


def test_nobody_goes_on_while_the_database_cannot_tell(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    lease = lease_of(database, clock)

    def away(*_: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(jobs, "renew", away)
    lease.checkpoint()
    clock.seconds += 46
    with pytest.raises(DatabaseUnavailable):
        lease.checkpoint()


def test_a_job_that_hangs_is_not_healthy_and_another_process_gets_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_of(lease_module, monkeypatch)
    clock, beats = Clock(), []
    lease = lease_of(database, clock, lease=timedelta(seconds=0.06))
    with lease.renewing(lambda: beats.append(1)):
        until(lambda: len(beats) >= 2)
        clock.seconds += 3601
        # It hangs: no checkpoint is passed. Nothing beats and nothing renews any more.
        until(lambda: database.write(lambda session: jobs.claim(session, "trial", "two")))
        seen = len(beats)
        time.sleep(0.1)
        assert len(beats) == seen
        with pytest.raises(TooLong, match="longer than 1:00:00"):
            lease.checkpoint()
    assert [line["event"] for line in lines] == ["job_too_long"]


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """What jobs of an installation work with."""
    here = empty(tmp_path / "installation")
    for name, value in here.environment.items():
        monkeypatch.setenv(name, value)
    with closing(Database(here.uac)) as database:
        upgrade(database)
    with opened(Settings()) as made:
        yield made


def row_of(context: Context) -> Row:
    (found,) = [one for one in context.database.read(jobs.every) if one.name == "trial"]
    return found


def test_a_process_that_is_told_to_end_gives_its_job_back(context: Context) -> None:
    def work(_: Context, checkpoint: Callable[[], None]) -> str:
        loop.stop()
        with pytest.raises(ShuttingDown):
            checkpoint()
        checkpoint()
        return "never"

    loop = Loop(context, [Job("trial", lambda _: HOUR, work)])
    assert loop.once() == []
    found = row_of(context)
    assert (found.lease_until, found.next_at, found.outcome) == (None, None, "")
    assert Loop(context, [Job("trial", lambda _: HOUR, lambda *_: "done")]).once() == ["trial"]


def test_a_finished_job_waits_for_a_database_that_is_away(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, tries = jobs.finish, []

    def away_at_first(*arguments: object, **more: object) -> bool:
        tries.append(1)
        if len(tries) == 1:
            raise DatabaseUnavailable
        return finish(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "finish", away_at_first)
    monkeypatch.setattr("ops.jobs.loop.AGAIN_SECONDS", 0.01)
    worked = []

    def work(*_: object) -> str:
        worked.append(1)
        return "done"

    assert Loop(context, [Job("trial", lambda _: HOUR, work)]).once() == ["trial"]
    assert (len(worked), row_of(context).outcome) == (1, "succeeded")


def test_a_job_that_takes_too_long_is_stopped_and_told(context: Context) -> None:
    def work(_: Context, checkpoint: Callable[[], None]) -> str:
        checkpoint()
        return "never"

    short = Settings.model_construct(job_longest_hours=0)
    hasty = Context(context.database, context.places, context.uac, short)
    assert Loop(hasty, [Job("trial", lambda _: HOUR, work)]).once() == ["trial"]
    found = row_of(context)
    assert (found.outcome, found.lease_until) == ("failed", None)
    assert "longer than" in found.detail


def test_a_job_waits_until_mlflows_database_is_migrated(
    context: Context, migrated_mlflow: Path
) -> None:
    table = [
        Job("trial", lambda _: HOUR, lambda *_: "done", needs_mlflow=True),
        Job("other", lambda _: HOUR, lambda *_: "done"),
    ]
    loop = Loop(context, table)
    assert loop.once() == ["other"]
    file = Path(str(context.places.mlflow.database))
    with closing(sqlite3.connect(file)) as connection:
        # In the middle of its migrations.
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('451aebb31d03')")
        connection.commit()
    assert loop.once() == []
    assert row_of(context).outcome == ""
    shutil.copyfile(migrated_mlflow, file)
    assert loop.once() == ["trial"]


def test_every_job_that_reads_mlflows_database_says_so() -> None:
    found = {job.name: job.needs_mlflow for job in JOBS}
    # The restore drill reads a backup, in databases of its own.
    reads = {"backup": True, "trash": True, "usage": True, "statistics": True}
    assert found == {**reads, "restore_drill": False}
