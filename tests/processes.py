"""Starts the real programs for tests: MLflow behind its gate, and uac_api under gunicorn."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

ROOT = Path(__file__).parent.parent
SECRET = "Zr4kXw8QyVt1nq3gL0RpUe5hJmAs7Fb2cD"  # between uac_api and MLflow
SECRET_KEY = "a-key-for-page-tokens-and-such-in-tests"
START_SECONDS = 400.0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """One of our processes on a port of its own, which can be killed and started again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int
    health: str
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**clean, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()

    def wait(self) -> None:
        """Wait until it is healthy; fails with its log."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                answer = urllib3.request("GET", self.url + self.health, timeout=2, retries=False)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.1)
                continue
            if answer.status == 200:
                return
            time.sleep(0.1)
        self.stop(signal.SIGKILL)
        raise AssertionError(f"{self.name} did not start:\n{self.log.read_text()[-4000:]}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait for its end; whatever is left of its group is killed."""
        if self.process is None:
            return
        try:
            self.send(number)
            self.process.wait(timeout=20)
            self.send(signal.SIGKILL)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        finally:
            self.process.wait(timeout=5)
            self.process = None


def mlflow_program(folder: Path, database_url: str | None = None) -> Program:
    """MLflow behind the gate, as mlflow_server starts it."""
    port = free_port()
    environment = {
        "MLFLOW_PORT": str(port),
        "MLFLOW_WORKERS": "1",
        "MLFLOW_BACKEND_STORE_URI": database_url or f"sqlite:///{folder}/mlflow.db",
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "STUDIO_UPSTREAM_SECRET": SECRET,
    }
    command = [sys.executable, "-m", "mlflow_server.start"]
    return Program("mlflow", command, environment, port, "/health", folder / "mlflow.log")


def uac_program(folder: Path, database_url: str, upstream_url: str, **settings: str) -> Program:
    """uac_api under gunicorn, as the Procfile starts it."""
    port = free_port()
    environment = {
        "UAC_PORT": str(port),
        "STUDIO_DATABASE_URL": database_url,
        "STUDIO_SECRET_KEY": SECRET_KEY,
        "STUDIO_UPSTREAM_URL": upstream_url,
        "STUDIO_UPSTREAM_SECRET": SECRET,
        **settings,
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "uac_api/gunicorn.py"]
    command.append("uac_api:create_app()")
    return Program("uac", command, environment, port, "/healthz", folder / f"uac-{port}.log")
