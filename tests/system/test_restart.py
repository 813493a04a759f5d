"""MLflow restarts while scripts write: all of them end well, and nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import Stack, stack_on
from content import new_experiment
from processes import mlflow_program

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


def test_a_restart_of_mlflow_ends_no_script_and_loses_nothing(
    tmp_path: Path, old_python: Path
) -> None:
    mlflow = mlflow_program(tmp_path)
    mlflow.start()
    try:
        with stack_on(f"sqlite:///{tmp_path}/uac.db", mlflow, tmp_path) as stack:
            drill = restart_under(stack, [old_python, Path(sys.executable)] * 3, tmp_path)
    finally:
        mlflow.stop()
    for one in drill.ended:
        assert (one.code, one.report is not None) == (0, True), one.output[-3000:]
    assert (drill.total("lost"), drill.total("extra")) == (0, 0), drill.ended
    assert drill.total("runs") >= 2 * len(drill.ended)
