"""A plain MLflow, and an ML Studio on two kinds of databases that adopts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adoption import Adopter, Plain, make_plain
from conftest import stack_on
from databases import drop_database, needed_database
from installations import Installation
from processes import mlflow_program

RUNS = 40


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """One of everything for `fraud` and for `churn`."""
    return make_plain(tmp_path_factory.mktemp("plain"), RUNS)


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
