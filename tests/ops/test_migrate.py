"""The job of the compose stack prepares both databases, and can be run again."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from databases import drop_database, needed_database
from people import PASSWORD
from preloaded import run_python
from uac_api.access.database import Database
from uac_api.access.models import User

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What the container gets, with SQLite for its databases."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    return {
        **clean,
        "STUDIO_DATABASE_URL": f"sqlite:///{tmp_path}/uac.db",
        "STUDIO_SECRET_KEY": "k" * 40,
        "STUDIO_UPSTREAM_SECRET": "u" * 40,
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{tmp_path}/mlflow.db",
        "STUDIO_ADMIN_USERNAME": "chief",
        "STUDIO_ADMIN_PASSWORD_FILE": str(tmp_path / "password"),
    }


def migrate(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return run_python(["-m", "ops.server.migrate", *words], environment)


def test_accounts_alone_leave_the_databases_empty(
    environment: dict[str, str], tmp_path: Path
) -> None:
    ended = migrate(environment, "accounts")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not (tmp_path / "uac.db").exists()
    assert not (tmp_path / "mlflow.db").exists()


def test_both_databases_and_the_administrator_are_there_afterwards(
    environment: dict[str, str], tmp_path: Path
) -> None:
    ended = migrate(environment)
    assert ended.returncode == 0, ended.stderr
    assert "Administrator 'chief' created." in ended.stdout
    assert (tmp_path / "mlflow.db").exists()
    with closing(Database(environment["STUDIO_DATABASE_URL"])) as database:
        (chief,) = database.read(lambda session: session.query(User).all())
    assert (chief.username, chief.administrator) == ("chief", True)
    again = migrate(environment)
    assert again.returncode == 0, again.stderr
    assert "exists already" in again.stdout


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_three_pods_that_start_at_once_do_it_once(
    environment: dict[str, str], kind: str, tmp_path: Path
) -> None:
    uac, mlflow = (needed_database(kind, tmp_path) for _ in range(2))
    environment |= {"STUDIO_DATABASE_URL": uac, "MLFLOW_BACKEND_STORE_URI": mlflow}
    try:
        with ThreadPoolExecutor() as pool:
            ended = list(pool.map(migrate, [environment] * 3))
        assert [one.returncode for one in ended] == [0, 0, 0], [one.stderr for one in ended]
        created = [one for one in ended if "Administrator 'chief' created." in one.stdout]
        assert len(created) == 1
    finally:
        drop_database(uac)
        drop_database(mlflow)


def test_a_step_that_fails_ends_the_job_with_a_sentence(environment: dict[str, str]) -> None:
    ended = migrate({**environment, "STUDIO_SECRET_KEY": "short"})
    assert ended.returncode == 1
    assert "`studio migrate` failed" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_secret_that_cannot_be_read_is_named(environment: dict[str, str]) -> None:
    ended = migrate({**environment, "STUDIO_ADMIN_PASSWORD_FILE": "/nowhere/password"})
    assert ended.returncode == 1
    assert "STUDIO_ADMIN_PASSWORD_FILE names /nowhere/password" in ended.stderr


def test_a_database_server_that_refuses_is_said_without_a_password(
    environment: dict[str, str],
) -> None:
    superuser = "postgresql+psycopg://postgres:hunter2@127.0.0.1:9/postgres?connect_timeout=1"
    ended = migrate(
        {
            **environment,
            "DATABASE_SUPERUSER_URL": superuser,
            "DATABASE_WAIT_SECONDS": "0",
        }
    )
    assert ended.returncode == 1
    assert "did not make the accounts" in ended.stderr
    assert "hunter2" not in ended.stderr
