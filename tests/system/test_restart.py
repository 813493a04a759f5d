"""MLflow restarts while scripts write: all of them end well, and nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from conftest import Stack, stack_on
from content import done, new_experiment, new_run
from people import Person
from processes import mlflow_program
from system.conftest import INSTALL_SECONDS

# The first that needs an old client makes its Python.
pytestmark = pytest.mark.timeout(INSTALL_SECONDS + 300)

SCRIPT = Path(__file__).parent / "scripts" / "write.py"
# A bound for a hang: MLflow's start alone takes half a minute where others work too.
PATIENCE = 400.0


@dataclass(frozen=True)
class Ended:
    """One script at its end; `report` is what write.py found, None if it did not come so far."""

    python: Path
    code: int
    report: dict[str, Any] | None
    output: str


@dataclass(frozen=True)
class Drill:
    """All scripts, and for how many seconds MLflow was away."""

    ended: list[Ended]
    outage: float

    def total(self, what: str) -> int:
        """A number of the reports, summed; of a list its length."""
        found = [one.report[what] for one in self.ended if one.report is not None]
        return sum(len(value) if isinstance(value, list) else value for value in found)


def restart_under(
    stack: Stack, pythons: list[Path], folder: Path, how: signal.Signals = signal.SIGTERM
) -> Drill:
    """End MLflow in the middle of writing, start it again at once, and let the scripts end.

    Each script runs in one of the Pythons. MLflow is ended when each has a whole run, and the
    scripts are told to stop when each that still runs has another one.
    """
    project, token = stack.new_project(), stack.with_token("bob").credential.split()[1]
    # Twenty scripts that make one experiment at once would be a test of something else.
    new_experiment(stack.person("alice"), project, "restart")
    stop = folder / "stop"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    clean |= {
        "MLFLOW_TRACKING_URI": f"{stack.uac.url}/projects/{project}",
        "MLFLOW_TRACKING_TOKEN": token,
        "GIT_PYTHON_REFRESH": "quiet",
        "PYTHONWARNINGS": "ignore",
        "STOP": str(stop),
    }
    scripts = {
        f"script-{number}": subprocess.Popen(
            [str(python), str(SCRIPT), f"script-{number}"],
            cwd=folder,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number, python in enumerate(pythons)
    }
    try:
        wait_for_a_run(stop, scripts)
        began = time.monotonic()
        stack.mlflow.stop(how)
        stack.mlflow.start()
        outage = time.monotonic() - began
        wait_for_a_run(stop, scripts)
        stop.touch()
        outputs = [script.communicate(timeout=PATIENCE)[0] for script in scripts.values()]
    finally:
        for script in scripts.values():
            script.kill()
            script.wait()
    codes = [script.returncode for script in scripts.values()]
    reports = map(report_in, outputs)
    return Drill(
        [Ended(*one) for one in zip(pythons, codes, reports, outputs, strict=True)], outage
    )


def write_until(stop: Event, person: Person, project: str, run: str, key: str) -> list[int]:
    """The status of each metric logged one after another, none of them sent a second time."""
    statuses: list[int] = []
    while not stop.is_set():
        metric = {"run_id": run, "key": key, "value": 1, "timestamp": 1, "step": len(statuses)}
        reply = person.mlflow(project, "POST", "runs/log-metric", metric)
        statuses.append(reply.status)
    return statuses


def wait_for_a_run(stop: Path, scripts: dict[str, subprocess.Popen[str]]) -> None:
    """Until each script that has not ended has written another whole run."""
    marks = {name: Path(f"{stop}-{name}") for name in scripts}
    for mark in marks.values():
        mark.unlink(missing_ok=True)
    until = time.monotonic() + PATIENCE
    while any(scripts[name].poll() is None and not marks[name].exists() for name in scripts):
        assert time.monotonic() < until, "the scripts do not write"
        time.sleep(0.1)


def report_in(output: str) -> dict[str, Any] | None:
    """The line of JSON among what a script and its client printed."""
    for line in reversed(output.splitlines()):
        if line.startswith('{"runs"'):
            return dict(json.loads(line))
    return None


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose MLflow nobody else needs."""
    folder = tmp_path_factory.mktemp("restarted")
    mlflow = mlflow_program(folder)
    mlflow.start()
    try:
        with stack_on(f"sqlite:///{folder}/uac.db", mlflow, folder) as made:
            yield made
    finally:
        mlflow.stop()


def test_a_restart_of_mlflow_ends_no_script_and_loses_nothing(
    own_stack: Stack, tmp_path: Path, old_python: Path
) -> None:
    drill = restart_under(own_stack, [old_python, Path(sys.executable)] * 3, tmp_path)
    for one in drill.ended:
        assert (one.code, one.report is not None) == (0, True), one.output[-3000:]
    assert (drill.total("lost"), drill.total("extra")) == (0, 0), drill.ended
    assert drill.total("runs") >= 2 * len(drill.ended)


def test_what_is_sent_once_is_carried_out_once_or_told_as_not_begun(own_stack: Stack) -> None:
    project, alice = own_stack.new_project(), own_stack.person("alice")
    run = new_run(alice, project, new_experiment(alice, project))["info"]["run_id"]
    stop, keys = Event(), [f"loss-{number}" for number in range(8)]
    with ThreadPoolExecutor(len(keys)) as pool:
        writing = [pool.submit(write_until, stop, alice, project, run, key) for key in keys]
        time.sleep(2)
        own_stack.mlflow.stop()
        own_stack.mlflow.start()
        time.sleep(1)
        stop.set()
        statuses = [one.result() for one in writing]
    # 429 where MLflow was away longer than a change waits: every client repeats that.
    assert {status for one in statuses for status in one} <= {200, 429}
    for key, told in zip(keys, statuses, strict=True):
        path = f"metrics/get-history?run_id={run}&metric_key={key}&max_results=25000"
        there = done(alice.mlflow(project, "GET", path))["metrics"]
        logged = [step for step, status in enumerate(told) if status == 200]
        assert sorted(one["step"] for one in there) == logged
