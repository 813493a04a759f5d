"""A server process of this machine that lives for a while, on 127.0.0.1 and a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ops.run.child import bound
from ops.server.health import answers_well

# As the Procfile has it; gunicorn wants its configuration by a path (uac_api/serving/gunicorn.py).
GUNICORN = Path(__file__).parents[2] / "uac_api" / "serving" / "gunicorn.py"
UAC_COMMAND = (
    *(sys.executable, "-m", "gunicorn", "--config", str(GUNICORN)),
    "uac_api:create_app()",
)
START_SECONDS = 180.0
STOP_SECONDS = 40.0
LOG_SHOWN = 2000


class ServerFailed(Exception):
    """A server did not become healthy; the text has the end of its log."""


@dataclass(frozen=True)
class TemporaryServer:
    """A server that was started; it answers once `wait` has returned."""

    name: str
    url: str
    health: str
    log: Path
    process: subprocess.Popen[bytes]

    def wait(self, seconds: float = START_SECONDS) -> TemporaryServer:
        """Wait until it is healthy; raises ServerFailed."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            if answers_well(self.url + self.health):
                return self
            time.sleep(0.2)
        said = self.log.read_text(errors="replace")[-LOG_SHOWN:]
        raise ServerFailed(f"{self.name} did not start:\n{said}")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def temporary_server(
    name: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    port: int,
    health: str,
    folder: Path,
) -> Iterator[TemporaryServer]:
    """Start it with exactly this environment, working in the folder, where its log is; end it.

    It ends with its whole process group, and also when this process is killed.
    """
    log = folder / f"{name}.log"
    with log.open("ab") as lines:
        process = subprocess.Popen(
            bound(words, environment),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            start_new_session=True,
        )
    try:
        yield TemporaryServer(name, f"http://127.0.0.1:{port}", health, log, process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
