"""The process `jobs`: backups by the clock, failures that are told, and a life after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from configuration.settings import SettingsError
from conftest import Stack
from installations import Installation, empty
from ops.checkpoints import Checkpoint
from ops.jobs import __main__ as program
from ops.jobs.context import AGAIN, Context, Job, opened
from ops.jobs.loop import Loop
from ops.jobs.pulse import PULSE, REACHED
from ops.jobs.settings import Settings, load
from ops.jobs.table import chosen
from processes import SECRET_KEY
from uac_api import access_log
from uac_api.access.audit.signatures import Signer
from uac_api.access.installation import jobs
from uac_api.access.installation.processes import running
from uac_api.access.models import Backup, Event, now
from uac_api.access.models import Job as Row
from uac_api.migrations import upgrade

HOUR = timedelta(hours=1)


@pytest.fixture
def here(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The installation of the running stack, as the environment of this process."""
    mlflow = stack.mlflow.environment
    found = Installation(
        f"sqlite:///{stack.folder}/uac.db",
        mlflow["MLFLOW_BACKEND_STORE_URI"],
        Path(mlflow["MLFLOW_ARTIFACTS_DESTINATION"]),
    )
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


def job(work: Callable[[Context, Checkpoint], str], name: str = "trial") -> Job:
    return Job(name, lambda _: HOUR, work)


def rows(context: Context) -> dict[str, Row]:
    return {row.name: row for row in context.database.read(jobs.every)}


@pytest.mark.usefixtures("here")
def test_a_job_that_is_due_is_done_once_and_told_in_the_trail() -> None:
    with opened(Settings()) as context:
        loop = Loop(context, [job(lambda *_: "12 of 12", "counted")])
        assert loop.once() == ["counted"]
        assert loop.once() == []
        row = rows(context)["counted"]
        assert (row.outcome, row.detail, row.lease_until) == ("succeeded", "12 of 12", None)
        assert row.next_at is not None
        assert row.next_at > now() + HOUR * 0.9
        told = context.database.read(
            lambda session: session.scalars(
                select(Event).where(Event.operation == "jobs.counted")
            ).one()
        )
        assert (told.user, told.outcome, told.target) == ("jobs", "allowed", "12 of 12")
        assert told.mark is not None


@pytest.mark.usefixtures("here")
def test_a_job_that_fails_is_told_and_tried_again_soon_and_the_next_one_goes_on() -> None:
    def fails(*_: object) -> str:
        raise ZeroDivisionError("secret of a library")

    with opened(Settings()) as context:
        loop = Loop(context, [job(fails, "failing"), job(lambda *_: "done", "following")])
        assert loop.once() == ["failing", "following"]
        row = rows(context)["failing"]
        assert (row.outcome, row.detail) == ("failed", "ZeroDivisionError. The log has more.")
        assert row.next_at is not None
        assert row.next_at < now() + AGAIN
        assert rows(context)["following"].outcome == "succeeded"


@pytest.mark.usefixtures("here")
def test_words_that_cannot_be_stored_end_no_job_and_not_the_process() -> None:
    def fails(*_: object) -> str:
        # As Python spells the name of a file that is no UTF-8.
        raise OSError("cannot read model\udcff.pkl\0")

    with opened(Settings()) as context:
        loop = Loop(context, [job(fails, "odd"), job(lambda *_: "x" * 5000, "long")])
        assert loop.once() == ["odd", "long"]
        assert (
            rows(context)["odd"].detail
            == "cannot read model\N{REPLACEMENT CHARACTER}.pkl\N{REPLACEMENT CHARACTER}"
        )
        assert rows(context)["long"].outcome == "succeeded"


def test_backups_are_taken_where_the_settings_say(here: Installation, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    with opened(Settings(backup_to=str(place), backup_keep=1)) as context:
        context.database.write(lambda session: jobs.hurry(session, ["backup"]))
        for _ in range(2):
            Loop(context, chosen(context.jobs)).once()
            assert rows(context)["backup"].outcome == "succeeded", rows(context)["backup"].detail
            context.database.write(lambda session: jobs.hurry(session, ["backup"]))
    assert len(here.right("backup", "list", "--from", place).split()) == 1
    here.right("backup", "verify", "--from", place)


def test_without_a_place_there_are_no_backups() -> None:
    assert "backup" not in [one.name for one in chosen(Settings())]


def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_BACKUP_KEEP", "0")
    monkeypatch.setenv("STUDIO_BACKUP_EVERY_HOURS", "soon")
    with pytest.raises(SettingsError, match=r"(?s)STUDIO_BACKUP_KEEP.*STUDIO_BACKUP_EVERY_HOURS"):
        load()


@pytest.mark.usefixtures("here")
def test_one_can_be_done_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STUDIO_BACKUP_TO", str(tmp_path / "now"))
    # The loggers would write to this test's standard error for ever.
    monkeypatch.setattr(access_log, "configure", lambda *_, **__: None)
    assert program.main(["now", "backup"]) == 0
    assert "backup: succeeded." in capsys.readouterr().out
    assert program.main(["now", "nonsense"]) == 2
    assert "Name one of: backup" in capsys.readouterr().err


def test_what_a_backup_held_is_remembered_and_one_that_shrank_removes_none(
    here: Installation, tmp_path: Path
) -> None:
    place = tmp_path / "backups"

    def taken(artifacts: Path) -> str:
        with opened(Settings(backup_to=str(place), backup_keep=1)) as context:
            context.database.write(lambda session: jobs.hurry(session, ["backup"]))
            places = context.places.model_copy(update={"artifacts": str(artifacts)})
            job = [one for one in chosen(context.jobs) if one.name == "backup"]
            Loop(replace(context, places=places), job).once()
            return rows(context)["backup"].detail

    def there() -> int:
        return len(here.right("backup", "list", "--from", place).split())

    files = tmp_path / "artifacts"
    files.mkdir()
    for number in range(4):
        (files / f"{number}.bin").write_bytes(b"x")
    with opened(Settings()) as context:
        context.database.write(lambda session: session.execute(delete(Backup)))
    assert "holds" not in taken(files)
    assert there() == 1
    (tmp_path / "redirected").mkdir()
    assert "holds 0 files, that of" in taken(tmp_path / "redirected")
    assert "holds 0 files, that of" in taken(tmp_path / "redirected")
    # One of the four went when nobody knew yet.
    assert there() == 2
    assert "holds" not in taken(files)


def test_the_process_works_until_it_is_told_to_stop(tmp_path: Path) -> None:
    fresh = empty(tmp_path)
    environment = {**os.environ, **fresh.environment, "TMPDIR": str(tmp_path)}

    def says(question: str) -> bool:
        command = [sys.executable, "-m", "ops.jobs", question]
        return subprocess.run(command, env=environment, check=False).returncode == 0

    def wait_for(question: str) -> None:
        deadline = time.monotonic() + 60
        while not says(question):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def present() -> list[str]:
        with fresh.database() as database:
            found = database.read(lambda session: running(session, Signer(SECRET_KEY)))
        assert all(one.ours and not one.problem for one in found)
        return [one.service for one in found]

    with subprocess.Popen(
        [sys.executable, "-m", "ops.jobs"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for("alive")
        assert not says("healthy"), "its database is not migrated"
        with fresh.database() as database:
            upgrade(database)
        wait_for("healthy")
        assert present() == ["jobs"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert present() == []
    old = time.time() - 100
    os.utime(tmp_path / REACHED.name, (old, old))
    assert (says("alive"), says("healthy")) == (True, False)
    os.utime(tmp_path / PULSE.name, (old, old))
    assert (says("alive"), says("healthy")) == (False, False)


@pytest.mark.usefixtures("here")
def test_a_process_that_its_database_refuses_is_not_healthy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = tmp_path / "reached"
    with opened(Settings()) as context:
        loop = Loop(context, [], reached=reached)
        monkeypatch.setattr("ops.jobs.loop.login_refusal", lambda _: "(1045, 'Access denied')")
        loop._report()
        assert not reached.exists()
        found = context.database.read(
            lambda session: [one.problem for one in running(session, Signer(SECRET_KEY))]
        )
        assert "MLflow's database refuses it: (1045, 'Access denied')" in found
        loop._presence.leave()
