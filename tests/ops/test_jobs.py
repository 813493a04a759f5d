"""The process `jobs`: backups by the clock, failures that are told, and a life after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from conftest import Stack
from installations import Installation, empty
from ops.checkpoints import Checkpoint
from ops.jobs import __main__ as program
from ops.jobs.context import Context, Job, opened
from ops.jobs.loop import AGAIN, Loop
from ops.jobs.settings import Settings, SettingsError, load
from ops.jobs.table import chosen
from uac_api.access import jobs
from uac_api.access.models import Event, now
from uac_api.access.models import Job as Row

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
    assert program.main(["now", "backup"]) == 0
    assert "backup: succeeded." in capsys.readouterr().out
    assert program.main(["now", "nonsense"]) == 2
    assert "Name one of: backup" in capsys.readouterr().err


def test_the_process_works_until_it_is_told_to_stop(tmp_path: Path) -> None:
    fresh = empty(tmp_path)
    pulse = tmp_path / "ml-studio-jobs-alive"
    environment = {**os.environ, **fresh.environment, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "ops.jobs"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not pulse.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        healthy = [sys.executable, "-m", "ops.jobs", "healthy"]
        assert subprocess.run(healthy, env=environment, check=False).returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    old = time.time() - 100
    os.utime(pulse, (old, old))
    assert subprocess.run(healthy, env=environment, check=False).returncode == 1
