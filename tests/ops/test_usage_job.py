"""The scheduled measurement counts the files of each project, and nothing of its neighbours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from installations import Installation, empty
from logs import lines_of
from ops.backup.storage import bucket
from ops.backup.storage.stores import Folder, Found
from ops.jobs import __main__ as program
from ops.jobs import usage as usage_job
from ops.jobs.artifact_store import AnotherStore
from ops.jobs.context import Context, opened
from ops.jobs.settings import Settings
from ops.jobs.table import chosen
from ops.jobs.usage import measure
from ops.purge.files import WORKSPACES
from people import CAST, add_people
from uac_api import access_log
from uac_api.access.database import Database
from uac_api.access.installation.artifact_store import ARTIFACT_FILE
from uac_api.access.models import Event, Member, now
from uac_api.access.people import users
from uac_api.access.projects import projects
from uac_api.access.quotas import usage
from uac_api.access.quotas.limits import Limits
from uac_api.access.quotas.usage import Standing, What
from uac_api.migrations import upgrade

SLUGS = ("fraud", "fraud-2", "empty")
FILES = {"fraud/1/r/artifacts/model.bin": 5000, "fraud/1/r/artifacts/notes/a.txt": 20}
FILES |= {"fraud-2/9/r/artifacts/b.txt": 7}
# What the file in the artifact store says that tells this store from others.
STORE = "0123456789abcdef0123456789abcdef"


class Listing:
    """What measuring asks of S3."""

    def get_object(self, **_: Any) -> dict[str, Any]:
        return {"Body": BytesIO(STORE.encode())}

    def get_paginator(self, _: str) -> Listing:
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        for path, size in FILES.items():
            key = f"mlflow/workspaces/{path}"
            if key.startswith(asked["Prefix"]):
                yield {"Contents": [{"Key": key, "Size": size, "LastModified": now()}]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with three projects, two of which have files."""
    made = empty(tmp_path / "installation")
    database = Database(made.uac)
    upgrade(database)
    add_people(database, CAST)

    def open_all(session: Any) -> None:
        for slug in SLUGS:
            draft = projects.draft(slug=slug, name="", description="", created_by="alice")
            projects.create(session, draft, users.get(session, "alice"))

    database.write(open_all)
    database.close()
    for path, size in FILES.items():
        file = made.artifacts / "workspaces" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@contextmanager
def context() -> Iterator[Context]:
    """What a job works with, in the environment of the installation."""
    with opened(Settings()) as found:
        yield found


def standing(here: Context, slug: str) -> Standing:
    def work(session: Any) -> Standing:
        project_id = projects.get(session, slug, lock=False).id
        return usage.standings(session, Limits(), ids=[project_id])[project_id]

    return here.database.read(work)


def uploaded(here: Context, slug: str, size: int) -> None:
    def work(session: Any) -> None:
        usage.add(session, {(projects.get(session, slug).id, What.UNMEASURED, ""): size})

    here.database.write(work)


@pytest.mark.usefixtures("here")
def test_each_project_has_its_own_files() -> None:
    with context() as job:
        uploaded(job, "fraud", 5020)
        assert measure(job) == "3 projects have 3 files of 5027 bytes."
        found = {slug: standing(job, slug) for slug in SLUGS}
    assert [(found[slug].storage.used, found[slug].files) for slug in SLUGS] == [
        (5020, 2),
        (7, 1),
        (0, 0),
    ]
    assert all(one.measured_at for one in found.values())


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("trouble", ["its files cannot be read", "it was purged meanwhile"])
def test_a_project_that_cannot_be_measured_costs_no_other_its_measurement(
    monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    files = Folder.files

    with context() as job:

        def first_fails(folder: Folder, below: str = "") -> Iterator[Found]:
            if below.endswith("/empty"):
                if trouble == "its files cannot be read":
                    raise PermissionError(below)
                job.database.write(_purge_empty)
            return files(folder, below)

        monkeypatch.setattr(Folder, "files", first_fails)
        lines_of(usage_job, monkeypatch)
        if trouble == "its files cannot be read":
            with pytest.raises(OSError, match="of empty cannot be read"):
                measure(job)
        else:
            measure(job)
        found = {slug: standing(job, slug) for slug in ("fraud", "fraud-2")}
    assert [found[slug].storage.used for slug in found] == [5020, 7]


def _purge_empty(session: Any) -> None:
    """Remove the rows of `empty`, as nothing of it is left."""
    project = projects.get(session, "empty")
    session.execute(delete(Member).where(Member.project_id == project.id))
    session.delete(project)


def test_what_was_deleted_is_free_after_the_next_measurement(here: Installation) -> None:
    with context() as job:
        measure(job)
        (here.artifacts / "workspaces" / "fraud/1/r/artifacts/model.bin").unlink()
        assert standing(job, "fraud").storage.used == 5020
        measure(job)
        assert standing(job, "fraud").storage.used == 20


@pytest.mark.usefixtures("here")
def test_a_bucket_is_measured_as_a_folder_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "client", Listing)
    with context() as job:
        places = job.places.model_copy(update={"artifacts": "s3://bucket/mlflow"})
        assert measure(replace(job, places=places)) == "3 projects have 3 files of 5027 bytes."
        assert standing(job, "fraud-2").storage.used == 7


@pytest.mark.usefixtures("here")
def test_a_store_that_cannot_be_measured_says_so_and_keeps_what_was_uploaded() -> None:
    with context() as job:
        uploaded(job, "fraud", 50)
        places = job.places.model_copy(update={"artifacts": "gs://bucket/mlflow"})
        assert "gs:// cannot be measured" in measure(replace(job, places=places))
        assert standing(job, "fraud").storage.used == 50


def test_an_artifact_store_that_is_not_the_one_of_before_is_named_and_not_measured(
    here: Installation, tmp_path: Path
) -> None:
    with context() as job:
        measure(job)
        (tmp_path / "elsewhere").mkdir()
        places = job.places.model_copy(update={"artifacts": str(tmp_path / "elsewhere")})
        with pytest.raises(AnotherStore, match=r"elsewhere is not the one of before"):
            measure(replace(job, places=places))
        assert standing(job, "fraud").storage.used == 5020, "as it was"
        (tmp_path / "elsewhere" / ARTIFACT_FILE).write_text("of somebody else")
        with pytest.raises(AnotherStore, match="belongs to another installation"):
            measure(replace(job, places=places))
        # Whoever moves the files moves this one with them.
        shutil.copytree(here.artifacts, tmp_path / "moved")
        places = job.places.model_copy(update={"artifacts": str(tmp_path / "moved")})
        assert "3 files" in measure(replace(job, places=places))


def test_an_artifact_store_can_be_accepted_as_it_is(
    here: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The loggers would write to this test's standard error for ever.
    monkeypatch.setattr(access_log, "configure", lambda *_, **__: None)
    with context() as job:
        measure(job)
        (here.artifacts / ARTIFACT_FILE).unlink()
        with pytest.raises(AnotherStore):
            measure(job)
        assert program.main(["accept-artifacts"]) == 0
        assert str(here.artifacts) in capsys.readouterr().out
        measure(job)
        accepted = select(Event).where(Event.operation == "jobs.accept_artifacts")
        told = job.database.read(lambda session: session.scalars(accepted).one())
        assert (told.user, told.target) == ("cli", str(here.artifacts))


def test_the_file_that_tells_the_store_counts_for_no_project() -> None:
    assert not ARTIFACT_FILE.startswith(WORKSPACES)


def test_it_is_due_every_hour_unless_switched_off() -> None:
    assert "usage" in [job.name for job in chosen(Settings())]
    assert "usage" not in [job.name for job in chosen(Settings(usage_every_hours=0))]
