"""Commands as an operator types them: in a shell of this checkout, at a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How the commands ended, and what they said."""

    code: int
    said: str


def run(script: str, root: Path) -> Ended:
    """Run commands until one fails. `docker compose exec` wants a terminal, so they get one."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        said = b""
        while part := _read(ours):
            said += part
        os.close(ours)
        code = process.wait()
    return Ended(code, said.decode(errors="replace").replace("\r\n", "\n"))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux says EIO when nobody has the other end open any more.
        return b""
