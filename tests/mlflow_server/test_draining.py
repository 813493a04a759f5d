"""A server that is told to end begins nothing more, says so, and ends what is under way."""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3
import yaml

from mlflow_server.draining import DRAIN_SECONDS, LONGEST_SECONDS
from mlflow_server.environment import DEFAULTS
from ops.run.processes import GRACE_SECONDS
from processes import ROOT, Program, free_port
from uac_api.mlflow.upstream import RESTARTING_HEADER

GRACEFUL = re.compile(r"--timeout-graceful-shutdown (\d+)")
# `/slow` is answered when the file is there.
APPLICATION = """
import asyncio, os
from mlflow_server.draining import Draining

async def served(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    while scope["path"] == "/slow" and not os.path.exists("answer"):
        await asyncio.sleep(0.02)
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})

app = Draining(served)
"""


@pytest.fixture(params=["1", "2"], ids=["one process", "two processes"])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    (tmp_path / "served.py").write_text(APPLICATION)
    port = free_port()
    command = [
        sys.executable,
        "-c",
        f"import os, sys; os.chdir({str(tmp_path)!r}); sys.path[:0]"
        " = ['']; import uvicorn; uvicorn.main()",
        "served:app",
        "--port",
        str(port),
    ]
    command += ["--workers", request.param, "--timeout-graceful-shutdown", "20"]
    # Its workers are new interpreters, which know only what the environment says.
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    made = Program("served", command, environment, port, "/health", tmp_path / "log")
    made.start()
    yield made
    made.stop(signal.SIGKILL)


def test_what_comes_after_sigterm_is_told_that_nothing_was_begun(
    server: Program, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool, urllib3.PoolManager() as idle:
        assert idle.request("GET", server.url, retries=False).status == 200
        slow = pool.submit(urllib3.request, "POST", f"{server.url}/slow", body=b"x", retries=False)
        time.sleep(0.3)
        server.send(signal.SIGTERM)
        time.sleep(DRAIN_SECONDS / 4)
        for path in ("/health", "/"):
            told = idle.request("POST", server.url + path, body=b"x" * 100_000, retries=False)
            assert (told.status, told.headers[RESTARTING_HEADER]) == (503, "1")
            assert told.headers["connection"] == "close"
        # Whoever comes later is told too, as long as anything is under way.
        time.sleep(1.5 * DRAIN_SECONDS)
        late = urllib3.request("GET", server.url, retries=False)
        assert (late.status, late.headers[RESTARTING_HEADER]) == (503, "1")
        assert not slow.done()
        (tmp_path / "answer").touch()
        assert slow.result(10).status == 200
    assert server.process is not None
    assert server.process.wait(10) in (0, -signal.SIGTERM)


def test_a_second_signal_changes_nothing(server: Program) -> None:
    began = time.monotonic()
    server.send(signal.SIGTERM)
    time.sleep(DRAIN_SECONDS / 4)
    server.send(signal.SIGTERM)
    assert urllib3.request("GET", server.url, retries=False).status == 503
    assert server.process is not None
    server.process.wait(10)
    assert time.monotonic() - began >= DRAIN_SECONDS


def test_every_way_to_run_mlflow_waits_until_it_has_ended() -> None:
    longest = float(GRACEFUL.findall(DEFAULTS.read_text())[0]) + LONGEST_SECONDS + DRAIN_SECONDS
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    grace = compose["services"]["mlflow_server"]["stop_grace_period"]
    assert float(grace.removesuffix("s")) >= longest + 2
    assert longest + 2 <= GRACE_SECONDS
