"""The scheduled restore drill: a process of its own, whose memory goes with its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from ops.backup.errors import BackupError
from ops.checkpoints import Checkpoint
from ops.jobs.context import Context
from ops.run.child import bound

COMMAND = (sys.executable, "-m", "ops.restore_drill", "drill", "restore", "--json")
LOOK_SECONDS = 0.5
# It removes its databases and its folder when it is told to end.
END_SECONDS = 30.0
COMPLAINT_SHOWN = 500


def drill(_: Context, checkpoint: Checkpoint) -> str:
    """Restore the newest backup into temporary places and test it there; the report in short.

    It is given the environment of this process. Raises BackupError with everything that was not as
    it should be.
    """
    process = subprocess.Popen(
        bound(COMMAND, os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        said, complaint = _wait(process, checkpoint)
    except BaseException:
        _end(process)
        raise
    try:
        report = json.loads(said)
    except ValueError:
        how = f"It ended with {process.returncode}: {complaint.strip()[-COMPLAINT_SHOWN:]}"
        raise BackupError(f"The drill was not finished. {how}") from None
    if not report["succeeded"]:
        raise BackupError(str(report["summary"]))
    return str(report["summary"])


def _wait(process: subprocess.Popen[str], checkpoint: Checkpoint) -> tuple[str, str]:
    while True:
        checkpoint()
        try:
            return process.communicate(timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
