"""What the operator does to the server in the middle of the load, at a given second."""

from __future__ import annotations

import shlex
import subprocess
import threading
from dataclasses import dataclass

from tools.drill.load import Clock


@dataclass
class Moment(threading.Thread):
    """A command, when it is to begin; then when it did and when it ended, and its exit code."""

    second: float
    command: str
    began: float = 0.0
    ended: float = 0.0
    code: int | None = None
    said: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    # A thread must be hashable.
    __hash__ = threading.Thread.__hash__

    def on(self, clock: Clock) -> Moment:
        """Wait for the moment on that clock, from now."""
        self._clock = clock
        self.start()
        return self

    def run(self) -> None:
        """Wait, then run the command."""
        self._clock.stopping.wait(max(0.0, self.second - self._clock.now()))
        self.began = self._clock.now()
        try:
            done = subprocess.run(
                shlex.split(self.command), capture_output=True, text=True, check=False
            )
            self.code, self.said = done.returncode, (done.stderr or done.stdout).strip()
        except OSError as error:
            self.code, self.said = 127, str(error)
        self.ended = self._clock.now()
