"""A plain MLflow, and an ML Studio on two kinds of databases that adopts it."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from adoption import Adopter, Plain, make_plain
from conftest import stack_on
from databases import drop_database, needed_database
from installations import Installation
from people import add_people
from processes import mlflow_mould, mlflow_program
from uac_api.access.database import Database
from uac_api.access.people import users
from uac_api.access.projects import projects
from uac_api.migrations import upgrade

RUNS = 30


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """One of everything for `fraud` and for `churn`, read by the tests of all workers."""
    base = tmp_path_factory.getbasetemp()
    # The folder of a worker lies in that of the whole run.
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, made = base / "plain-mlflow", base / "plain-mlflow-is-made"
    with (base / "plain-mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists():
            return Plain(folder)
        folder.mkdir()
        plain = make_plain(folder, RUNS)
        made.touch()
    return plain


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def adopter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Adopter]:
    """An ML Studio with a project of alice's that holds something already."""
    folder = tmp_path_factory.mktemp("adopter")
    database = needed_database(request.param, folder)
    program = mlflow_program(folder, database)
    program.start()
    with stack_on(f"sqlite:///{folder}/uac.db", program, folder) as stack:
        yield Adopter(stack, installation(folder, database, program.url))
    program.stop()
    drop_database(database)


def installation(folder: Path, database: str, upstream: str) -> Installation:
    """The settings of its commands."""
    uac = f"sqlite:///{folder}/uac.db"
    return Installation(uac, database, folder / "artifacts", upstream=upstream)


@pytest.fixture(scope="session")
def mold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The databases of an ML Studio in which alice owns `fraud` and `churn`, and nothing is."""
    folder = tmp_path_factory.mktemp("mold")
    shutil.copyfile(mlflow_mould(), folder / "mlflow.db")
    with closing(Database(f"sqlite:///{folder}/uac.db")) as database:
        upgrade(database)
        add_people(database, ("alice",))

        def work(session: Session) -> None:
            for slug in ("fraud", "churn"):
                made = projects.draft(slug=slug, name="", description="", created_by="alice")
                projects.create(session, made, users.get(session, "alice"))

        database.write(work)
    for name in ("mlflow", "uac"):
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def quiet(mold: Path, tmp_path: Path) -> Installation:
    """Such an ML Studio, not running, for a test to do with as it likes."""
    for name in ("mlflow", "uac"):
        shutil.copyfile(mold / f"{name}.db", tmp_path / f"{name}.db")
    (tmp_path / "artifacts").mkdir()
    return installation(tmp_path, f"sqlite:///{tmp_path}/mlflow.db", "http://127.0.0.1:9")


@pytest.fixture
def plan(quiet: Installation, plain: Plain, tmp_path: Path) -> Path:
    """The plan that puts `fraud-*` and `churn-*` into these projects."""
    file = tmp_path / "plan.yaml"
    quiet.right(*plan_words(plain, file))
    return file


def plan_words(plain: Plain, file: Path, *more: str | Path) -> tuple[str | Path, ...]:
    """The command for it."""
    place = ("--from", plain.url, "--artifacts", plain.artifacts, "--save", file)
    patterns = ("--pattern", "fraud-*=fraud", "--pattern", "churn-*=churn")
    return ("adopt", "plan", *place, *patterns, *more)
