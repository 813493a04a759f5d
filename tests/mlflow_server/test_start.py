"""`python -m mlflow_server.start` as a real process, with a real MLflow behind it."""

import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.server.health import answers_well
from processes import START_SECONDS, free_port

SECRET = "a-secret-of-more-than-thirty-two-characters"
ROOT = Path(__file__).resolve().parents[2]
SEARCH = "/api/2.0/mlflow/experiments/search?max_results=5"


def environment(folder: Path, **changes: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MLFLOW_", "STUDIO_"))
    }
    return {
        **kept,
        "STUDIO_UPSTREAM_SECRET": SECRET,
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{folder / 'mlflow.db'}",
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "MLFLOW_WORKERS": "1",
        **changes,
    }


def start(folder: Path, **changes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlflow_server.start"],
        cwd=ROOT,
        env=environment(folder, **changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[str]) -> str:
    process.terminate()
    output, _ = process.communicate(timeout=60)
    return output


def wait_until_healthy(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers_well(f"http://127.0.0.1:{port}/health"):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "MLflow did not become healthy"
        time.sleep(0.3)


def get(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    # What a start that was killed while migrating leaves behind.
    (folder / "mlflow.db.unfinished").write_text("half a database")
    process = start(folder, MLFLOW_PORT=str(port))
    try:
        wait_until_healthy(port, process)
        yield port, folder
    finally:
        output = stop(process)
    assert SECRET not in output


def test_the_secret_opens_mlflow(server: tuple[int, Path]) -> None:
    status, body = get(server[0], SEARCH, **{"X-MLStudio-Upstream": SECRET})
    assert status == 200
    assert json.loads(body)["experiments"][0]["workspace"] == "default"


@pytest.mark.parametrize("path", [SEARCH, "/", "/version", "/graphql", "/v1/traces"])
def test_a_stranger_is_refused_everywhere(server: tuple[int, Path], path: str) -> None:
    for headers in ({}, {"X-MLStudio-Upstream": "wrong"}):
        status, body = get(server[0], path, **headers)
        assert status == 401
        assert json.loads(body)["reason"] == "gate"


def test_a_foreign_host_name_is_refused(server: tuple[int, Path]) -> None:
    status, _ = get(server[0], SEARCH, Host="evil.example", **{"X-MLStudio-Upstream": SECRET})
    assert status == 403


def test_a_start_that_was_killed_while_migrating_is_made_good(server: tuple[int, Path]) -> None:
    with closing(sqlite3.connect(server[1] / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert not (server[1] / "mlflow.db.unfinished").exists()


def test_the_command_line_shows_neither_secret_nor_database(server: tuple[int, Path]) -> None:
    listing = subprocess.run(
        ["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True
    )
    assert f"--port {server[0]}" in listing.stdout
    assert SECRET not in listing.stdout
    assert str(server[1] / "mlflow.db") not in listing.stdout


def test_wrong_settings_end_with_code_2_and_one_line_each(tmp_path: Path) -> None:
    process = start(tmp_path, STUDIO_UPSTREAM_SECRET="hunter2", MLFLOW_WORKSPACE="default")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert len(output.splitlines()) == 2
    assert "hunter2" not in output
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_opened_ends_with_code_1_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, and certainly not one of MLflow")
    process = start(tmp_path)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "file is not a database" in output.splitlines()[-1]
