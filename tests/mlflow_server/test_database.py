"""MLflow's database comes up to date on every kind of server, also when two start at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from databases import KINDS, drop_database, needed_database
from mlflow_server import database

ROOT = Path(__file__).resolve().parents[2]
PREPARE = "import os; from mlflow_server.database import prepare; prepare(os.environ['WHERE'])"


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    found = needed_database(request.param, tmp_path)
    yield found
    drop_database(found)


def preparing(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PREPARE],
        cwd=ROOT,
        env={**os.environ, "WHERE": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_upgrades_at_once_leave_one_sound_schema(url: str) -> None:
    both = [preparing(url), preparing(url)]
    outputs = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    engine = create_engine(url)
    with engine.connect() as connection:
        assert len(connection.execute(text("SELECT * FROM alembic_version")).all()) == 1
        assert {"runs", "workspaces"} <= set(inspect(connection).get_table_names())
    engine.dispose()


def test_the_newest_migration_is_known_without_importing_mlflow() -> None:
    assert database._newest(database._migrations()) == database.revisions()[0]
    code = "import sys; from mlflow_server.database import _migrations; _migrations()"
    told = "print('mlflow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {told}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_database_that_is_up_to_date_is_left_alone_without_importing_mlflow(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/mlflow.db"
    told = f"{PREPARE}; import sys; print('mlflow' in sys.modules)"
    for imported in ("True", "False"):
        done = subprocess.run(
            [sys.executable, "-c", told],
            cwd=ROOT,
            env={**os.environ, "WHERE": url},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == imported
