"""A filled ML Studio, what it was backed up to, and copies of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from conftest import Stack, stack_on
from content import Content, artifact, done, fill
from installations import Installation, empty
from people import Person
from processes import Program, mlflow_program
from s3 import S3

METRICS = {"plain": 0.1, "small": 5e-324, "tenth": 1 / 3, "up": "Infinity", "no": "NaN"}
FILE = bytes(range(256)) * 5000


@dataclass(frozen=True)
class Estate:
    """The installation of the running stack, a project of alice's in it, and a backup of it."""

    here: Installation
    content: Content
    place: Path
    file: str


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """An MLflow of these tests alone: a backup holds everything that any test has left."""
    program = mlflow_program(tmp_path_factory.mktemp("mlflow-of-backups"))
    program.start()
    yield program
    program.stop()


@pytest.fixture(scope="session")
def stack(mlflow: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of these tests alone."""
    folder = tmp_path_factory.mktemp("uac-of-backups")
    with stack_on(f"sqlite:///{folder}/uac.db", mlflow, folder) as made:
        yield made


@pytest.fixture(scope="session")
def estate(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """One of everything, numbers that are none, a large file, and the backup."""
    slug = stack.new_project()
    alice = stack.person("alice")
    content = fill(alice, slug)
    _log(alice, content)
    file = f"{content.artifacts}/weights/größe.bin"
    stored = f"{content.artifacts}/weights/gr%C3%B6%C3%9Fe.bin"
    assert alice.ask("PUT", artifact(slug, stored), raw=FILE).status == 200
    for number in range(3):
        path = artifact(slug, f"{content.artifacts}/data/{number}.csv")
        assert alice.ask("PUT", path, raw=f"row {number}".encode()).status == 200
    mlflow = stack.mlflow.environment
    here = Installation(
        f"sqlite:///{stack.folder}/uac.db",
        mlflow["MLFLOW_BACKEND_STORE_URI"],
        Path(mlflow["MLFLOW_ARTIFACTS_DESTINATION"]),
    )
    engine = create_engine(here.mlflow)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO secrets (secret_id, secret_name, encrypted_value, wrapped_dek, "
                "masked_value, created_at, last_updated_at, kek_version, workspace) "
                "VALUES ('s-1', 'key', x'00ff1080', x'0001', '***', 1, 1, 1, :slug)"
            ),
            {"slug": slug},
        )
    engine.dispose()
    place = tmp_path_factory.mktemp("place")
    here.right("backup", "--to", place)
    return Estate(here, content, place, file)


def _log(alice: Person, content: Content) -> None:
    for step, (key, value) in enumerate(METRICS.items()):
        body = {"run_id": content.run, "key": key, "value": value, "timestamp": 1, "step": step}
        done(alice.mlflow(content.slug, "POST", "runs/log-metric", body))


@pytest.fixture
def restored(tmp_path: Path, template: Installation) -> Installation:
    """The estate once more, on SQLite, for a test to do with as it likes."""
    copy = empty(tmp_path / "copy")
    for name in ("uac.db", "mlflow.db"):
        shutil.copyfile(template.artifacts.parent / name, copy.artifacts.parent / name)
    shutil.copytree(template.artifacts, copy.artifacts)
    return copy


@pytest.fixture(scope="session")
def template(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The estate, restored once on SQLite. Its files were written long ago."""
    made = empty(tmp_path_factory.mktemp("template"))
    made.right("restore", "--from", estate.place)
    for file in made.artifacts.rglob("*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    for url in (made.uac, made.mlflow):
        engine = create_engine(url)
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        engine.dispose()
    return made


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """The S3 of these tests."""
    made = S3()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def s3(s3_server: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """The S3 with an empty bucket; commands are told where it is, as MLflow is."""
    s3_server.forget()
    for name, value in s3_server.settings(tmp_path).items():
        monkeypatch.setenv(name, value)
    yield s3_server
    if s3_server.server is None:
        s3_server.start()
    s3_server.let_in()
