"""Real processes are kept running, started again when they die, and leave nothing behind."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

import loops
from ops.run.child import BOUND, Service, command_words, read_procfile
from ops.run.processes import StartFailed, Supervisor
from ops.run.terminal import Terminal
from ops.server.health import answers_well
from processes import free_port

# A server whose port is held by a child of its own, as MLflow's is: the child outlives the parent.
SERVER = """
import os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *arguments): pass
if os.fork() == 0:
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
print("parent", os.getpid(), "secret-secret", flush=True)
while True: time.sleep(60)
"""
DEAF = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER


def service(program: str, name: str = "uac") -> Service:
    port = free_port()
    return Service(
        name,
        (sys.executable, "-c", program, str(port)),
        dict(os.environ),
        f"http://127.0.0.1:{port}/",
    )


@asynccontextmanager
async def supervised(services: list[Service], stream: io.StringIO) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(services, Terminal(["secret-secret"], stream), Path.cwd())
    try:
        yield supervisor
    finally:
        await supervisor.finish()


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.1)


def parents(stream: io.StringIO) -> list[int]:
    said = [str(json.loads(line)["event"]) for line in stream.getvalue().splitlines()]
    return [int(event.split()[1]) for event in said if event.startswith("parent")]


def nothing_left_of(group: int) -> bool:
    # A dead process that its new parent has not collected yet is dead all the same.
    listing = subprocess.run(
        ["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True
    )
    found = [line.split() for line in listing.stdout.splitlines()]
    return not any(int(pgid) == group and not state.startswith("Z") for pgid, state in found)


def test_a_killed_process_is_started_again_though_its_child_held_the_port() -> None:
    async def scene() -> None:
        stream, server = io.StringIO(), service(SERVER)
        async with supervised([server], stream) as supervisor:
            assert await supervisor.start(20)
            os.kill(parents(stream)[0], signal.SIGKILL)
            await until(lambda: len(parents(stream)) == 2)
            await until(lambda: stream.getvalue().count("uac is healthy") == 2)
            assert nothing_left_of(parents(stream)[0])
            assert "uac ended (killed by SIGKILL). It is started again in 1 s." in stream.getvalue()
        assert nothing_left_of(parents(stream)[1])
        assert server.health_url is not None
        assert not answers_well(server.health_url)

    loops.run(scene())


def test_a_stop_ends_every_process_even_one_that_does_not_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ops.run.processes.GRACE_SECONDS", 1.0)

    async def scene() -> None:
        stream = io.StringIO()
        async with supervised([service(SERVER), service(DEAF, "mlflow")], stream) as supervisor:
            assert await supervisor.start(20)
            supervisor.stop()
            await supervisor.until_stopped()
        assert len(parents(stream)) == 2
        assert all(nothing_left_of(parent) for parent in parents(stream))

    loops.run(scene())


def test_a_secret_in_a_line_is_hidden() -> None:
    async def scene() -> None:
        stream = io.StringIO()
        async with supervised([service(SERVER)], stream) as supervisor:
            await supervisor.start(20)
        assert "[hidden]" in stream.getvalue()
        assert "secret-secret" not in stream.getvalue()

    loops.run(scene())


def test_a_process_that_ends_while_starting_ends_the_start() -> None:
    async def scene() -> None:
        broken = service("raise SystemExit(3)")
        async with supervised([broken, service(SERVER, "mlflow")], io.StringIO()) as supervisor:
            with pytest.raises(StartFailed, match=r"uac ended while starting \(exit code 3\)"):
                await supervisor.start(20)

    loops.run(scene())


def test_a_process_that_never_becomes_healthy_ends_the_start() -> None:
    async def scene() -> None:
        async with supervised([service("import time; time.sleep(60)")], io.StringIO()) as waiting:
            with pytest.raises(StartFailed, match="Not healthy after 1 seconds"):
                await waiting.start(1)

    loops.run(scene())


def test_a_program_that_does_not_exist_ends_the_start() -> None:
    async def scene() -> None:
        missing = Service("uac", ("no-such-program",), {}, "http://127.0.0.1:1/")
        async with supervised([missing], io.StringIO()) as supervisor:
            with pytest.raises(StartFailed, match="uac cannot be started"):
                await supervisor.start(20)

    loops.run(scene())


def test_the_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    port, note = free_port(), tmp_path / "child"
    program = (
        "import asyncio, os, sys; from pathlib import Path; from ops.run.child import *\n"
        "async def scene():\n"
        "    service = Service('x', ('sleep', '60'), {}, '')\n"
        f"    child = await start_child(service, Path('{tmp_path}'))\n"
        f"    Path('{note}').write_text(str(child.process_id)); os.kill(os.getpid(), 9)\n"
        "asyncio.run(scene())"
    )

    async def scene() -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(port))
        assert await process.wait() == -signal.SIGKILL
        child = int(note.read_text())
        try:
            await until(lambda: nothing_left_of(child))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)

    if sys.platform != "linux":
        pytest.skip("only Linux tells a child that its parent has died")
    loops.run(scene())


def test_nothing_of_ours_runs_python_between_fork_and_exec() -> None:
    root = Path(__file__).resolve().parents[2]
    packages = ("configuration", "mlflow_server", "ops", "studio_app", "telemetry", "uac_api")
    found = [
        path
        for package in packages
        for path in (root / package).rglob("*.py")
        if "preexec_fn=" in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_a_child_whose_parent_died_before_it_was_bound_ends() -> None:
    command = [sys.executable, "-I", "-S", str(BOUND), "1", "/bin/echo", "alive"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (143, b"")


def test_the_procfile_names_the_four_processes() -> None:
    found = read_procfile(Path(__file__).resolve().parents[2] / "Procfile")
    assert list(found) == ["mlflow", "uac", "jobs", "studio"]
    words = command_words(found["studio"], {"STUDIO_PORT": "8501"})
    assert words[words.index("--port") + 1] == "8501"
