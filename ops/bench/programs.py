"""The servers that are measured: MLflow behind its gate, the UAC API, MLflow's basic-auth."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mlflow_server.settings import APP_NAME, with_defaults
from mlflow_server.start import command
from ops.bench.wire import BenchError
from ops.health import answers_well
from ops.settings import ROOT

START_SECONDS = 180.0
STOP_SECONDS = 40.0
SECRET = "a-secret-between-two-servers-of-the-bench"  # noqa: S105 - both live for minutes
PEER = "basic-auth"
PEER_ADMIN, PEER_PASSWORD = "admin", "trombone kettle ladder of the bench"
AUTH_SETTINGS = """[mlflow]
default_permission = READ
database_uri = sqlite:///{folder}/basic-auth.db
admin_username = {admin}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@dataclass(frozen=True)
class Running:
    """A server that was started; it answers once `wait` has returned."""

    name: str
    url: str
    health: str
    log: Path
    process: subprocess.Popen[bytes]

    def wait(self) -> Running:
        """Wait until it is healthy; raises BenchError with the end of its log."""
        until = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            if answers_well(self.url + self.health):
                return self
            time.sleep(0.2)
        said = self.log.read_text(errors="replace")[-2000:]
        raise BenchError(f"{self.name} did not start:\n{said}")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mlflow_settings(folder: Path, database_url: str) -> dict[str, str]:
    """MLflow's environment: our defaults, a port, and where its data is."""
    return {
        "MLFLOW_PORT": str(free_port()),
        "MLFLOW_BACKEND_STORE_URI": database_url,
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "STUDIO_UPSTREAM_SECRET": SECRET,
    }


@contextmanager
def mlflow(folder: Path, database_url: str) -> Iterator[Running]:
    """MLflow behind its gate, as `make run` starts it."""
    settings = mlflow_settings(folder, database_url)
    words = [sys.executable, "-m", "mlflow_server.start"]
    with _served("mlflow", words, settings, int(settings["MLFLOW_PORT"]), "/health", folder) as it:
        yield it


@contextmanager
def uac(folder: Path, database_url: str, mlflow_url: str) -> Iterator[Running]:
    """The UAC API under gunicorn, as `make run` starts it."""
    port = free_port()
    settings = {
        "UAC_PORT": str(port),
        "STUDIO_DATABASE_URL": database_url,
        "STUDIO_SECRET_KEY": "a-key-for-the-page-tokens-of-the-bench",
        "STUDIO_UPSTREAM_URL": mlflow_url,
        "STUDIO_UPSTREAM_SECRET": SECRET,
    }
    words = [sys.executable, "-m", "gunicorn", "--config", "uac_api/gunicorn.py"]
    with _served("uac", [*words, "uac_api:create_app()"], settings, port, "/readyz", folder) as it:
        yield it


@contextmanager
def basic_auth(folder: Path, database_url: str) -> Iterator[Running]:
    """MLflow with its own access control, on the same database and with the same options."""
    config = folder / "basic-auth.ini"
    config.write_text(AUTH_SETTINGS.format(folder=folder, admin=PEER_ADMIN))
    settings = with_defaults(
        {
            **mlflow_settings(folder, database_url),
            "MLFLOW_AUTH_CONFIG_PATH": str(config),
            "MLFLOW_AUTH_ADMIN_PASSWORD": PEER_PASSWORD,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": SECRET,
        }
    )
    words = [PEER if word == APP_NAME else word for word in command(settings)]
    with _served(PEER, words, settings, int(settings["MLFLOW_PORT"]), "/health", folder) as it:
        yield it


@contextmanager
def _served(
    name: str, words: list[str], settings: Mapping[str, str], port: int, health: str, folder: Path
) -> Iterator[Running]:
    url, log = f"http://127.0.0.1:{port}", folder / f"{name}.log"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    with log.open("ab") as lines:
        process = subprocess.Popen(
            words,
            cwd=ROOT,
            env={**clean, **settings},
            stdout=lines,
            stderr=lines,
            start_new_session=True,
        )
    try:
        yield Running(name, url, health, log, process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
