"""`make run` as a person sees it: from nothing to a Studio to sign in to, and back to nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import urllib3

from ops.run.__main__ import HEALTH
from ops.server.health import answers_well
from processes import free_port

ROOT = Path(__file__).resolve().parents[2]
UP = "Ctrl-C stops everything."


class Run:
    """One `make run` in a data folder of its own."""

    def __init__(self, folder: Path, log: Path, **changes: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
        self.ports = {name: free_port() for name, _ in HEALTH.values()}
        self.environment = {
            **clean,
            **{name: str(port) for name, port in self.ports.items()},
            "STUDIO_DATA_DIR": str(folder),
            "MLFLOW_WORKERS": "1",
            **changes,
        }
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops.run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + 150
        while UP not in self.text():
            assert self.process.poll() is None, self.text()[-4000:]
            assert time.monotonic() < deadline, self.text()[-4000:]
            time.sleep(0.3)

    def children(self) -> list[int]:
        listing = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(pid) for pid in listing.stdout.split()]

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def signs_in(run: Run, password: str) -> bool:
    answer = urllib3.request(
        "POST",
        f"http://127.0.0.1:{run.ports['UAC_PORT']}/studio/v1/sessions",
        json={"username": "admin", "password": password},
        timeout=20,
        retries=False,
    )
    return answer.status == 201 and "token" in json.loads(answer.data)


def left_of(groups: list[int]) -> list[str]:
    listing = subprocess.run(
        ["ps", "-ww", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    lines = [line.split(maxsplit=2) for line in listing.stdout.splitlines()]
    return [" ".join(rest) for pgid, *rest in lines if int(pgid) in groups and rest[0][0] != "Z"]


def test_a_first_run_a_second_run_and_nothing_left(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = Run(folder, tmp_path / "first.log")
    try:
        first.wait_until_up()
        password = (folder / "initial-admin-password").read_text().strip()
        assert first.text().count(password) == 1
        assert signs_in(first, password)
        for name, address in HEALTH.values():
            assert answers_well(f"http://127.0.0.1:{first.ports[name]}{address}")
        groups = first.children()
        assert len(groups) == 4
    finally:
        code = first.stop(signal.SIGINT)
    assert code == 0
    assert left_of(groups) == []

    assert folder.stat().st_mode & 0o777 == 0o700
    private = [folder / "initial-admin-password", *(folder / "secrets").iterdir()]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in private)
    for path in (folder / "secrets").iterdir():
        assert path.read_text().strip() not in first.text()

    second = Run(folder, tmp_path / "second.log")
    try:
        second.wait_until_up()
        assert password not in second.text()
        assert signs_in(second, password)
        third = Run(folder, tmp_path / "third.log")
        assert third.process.wait(timeout=60) == 2
        assert "Another ML Studio runs on the data" in third.text()
        groups = second.children()
    finally:
        code = second.stop(signal.SIGTERM)
    assert code == 0
    assert left_of(groups) == []


def test_wrong_settings_of_mlflow_end_the_start(tmp_path: Path) -> None:
    run = Run(
        tmp_path / "data",
        tmp_path / "log",
        MLFLOW_WORKSPACE="default",
        STUDIO_ADMIN_PASSWORD="correct horse battery",
    )
    assert run.process.wait(timeout=120) == 1
    assert "belongs to nobody" in run.text()
    assert "mlflow ended while starting (exit code 2)" in run.text()
    assert "correct horse battery" not in run.text()
    assert not (tmp_path / "data" / "initial-admin-password").exists()


def test_a_password_that_is_too_short_is_refused_before_anything_starts(tmp_path: Path) -> None:
    run = Run(tmp_path / "data", tmp_path / "log", STUDIO_ADMIN_PASSWORD="short")
    assert run.process.wait(timeout=120) == 1
    assert "12" in run.text()
    assert "Starting MLflow" not in run.text()
