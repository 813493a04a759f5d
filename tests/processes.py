"""Starts the real programs for tests: MLflow behind its gate, uac_api under gunicorn, Studio."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import urllib3

from ops.run.child import command_words, read_procfile
from preloaded import Forked, start_mlflow, start_uac, start_uvicorn

ROOT = Path(__file__).parent.parent
SECRET = "Zr4kXw8QyVt1nq3gL0RpUe5hJmAs7Fb2cD"  # between uac_api and MLflow
SECRET_KEY = "a-key-for-page-tokens-and-such-in-tests"
COOKIE_KEY = "a-key-that-seals-the-cookies-in-tests"
START_SECONDS = 400.0


# Below the ports that the system hands out, to connections that leave too: one of those may be gone
# between its choice and its use. Each worker of the tests has ports of its own.
_FIRST_PORT, _PORTS_OF_A_WORKER = 10_000, 4_000
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 5
_turn = itertools.count(os.getpid())


def free_port() -> int:
    """A port that nobody listens on, and that nobody else of the tests is given."""
    for number in _turn:
        port = _FIRST_PORT + _worker * _PORTS_OF_A_WORKER + number % _PORTS_OF_A_WORKER
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("No port is free.")


@dataclass
class Program:
    """One of our processes on a port of its own, which can be killed and started again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int
    health: str
    log: Path
    process: subprocess.Popen[bytes] | Forked | None = field(default=None)
    # Takes the environment and the log; starts the program in place of the command.
    starts: Callable[[Mapping[str, str], Path], Forked] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
        environment = {**clean, **self.environment}
        if self.starts is not None:
            self.process = self.starts(environment, self.log)
        else:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.command,
                    cwd=ROOT,
                    env=environment,
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


@cache
def mlflow_mould() -> Path:
    """An SQLite file with the schema of the installed MLflow, made once for all runs of the tests.

    Creating one costs as much as everything else that MLflow does when it starts.
    """
    made = Path(gettempdir()) / f"ml-studio-tests-{os.getuid()}-mlflow-{version('mlflow')}.db"
    if not made.exists():
        with TemporaryDirectory(dir=made.parent) as folder:
            fresh = Path(folder) / made.name
            code = "import sys; from mlflow_server import database; database.prepare(sys.argv[1])"
            subprocess.run([sys.executable, "-c", code, f"sqlite:///{fresh}"], cwd=ROOT, check=True)
            # Workers that come here at the same time make the same.
            fresh.replace(made)
    return made


def mlflow_program(folder: Path, database_url: str | None = None) -> Program:
    """MLflow behind the gate, as mlflow_server starts it; on SQLite with an empty database."""
    port = free_port()
    if database_url is None and not (folder / "mlflow.db").exists():
        shutil.copy(mlflow_mould(), folder / "mlflow.db")
    environment = {
        "MLFLOW_PORT": str(port),
        "MLFLOW_WORKERS": "1",
        "MLFLOW_BACKEND_STORE_URI": database_url or f"sqlite:///{folder}/mlflow.db",
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "STUDIO_UPSTREAM_SECRET": SECRET,
    }
    command = [sys.executable, "-m", "mlflow_server.start"]
    log = folder / "mlflow.log"
    return Program("mlflow", command, environment, port, "/health", log, starts=start_mlflow)


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
    words = ["--config", "uac_api/serving/gunicorn.py", "uac_api:create_app()"]
    command = [sys.executable, "-m", "gunicorn", *words]
    log = folder / f"uac-{port}.log"
    starts = partial(start_uac, words)
    return Program("uac", command, environment, port, "/healthz", log, starts=starts)


def studio_program(folder: Path, api_url: str, **settings: str) -> Program:
    """Studio as the Procfile starts it."""
    port = free_port()
    environment = {
        "STUDIO_PORT": str(port),
        "STUDIO_API_URL": api_url,
        "STUDIO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STUDIO_COOKIE_KEY": COOKIE_KEY,
        **settings,
    }
    words = command_words(read_procfile(ROOT / "Procfile")["studio"], environment)
    command = [sys.executable, "-m", *words]
    starts = partial(start_uvicorn, words[1:])
    log = folder / "studio.log"
    return Program("studio", command, environment, port, "/_stcore/health", log, starts=starts)
