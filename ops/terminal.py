"""The lines of all processes appear on one terminal, named, coloured and without secrets."""

import sys
from collections.abc import Iterable
from typing import TextIO

COLOURS = {"mlflow": "36", "uac": "35", "studio": "32", "run": "33"}
HIDDEN = "[hidden]"


class Terminal:
    """Writes whole lines with the name of who wrote them; secrets are replaced."""

    def __init__(self, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
        # Longest first, so that a secret that contains another one vanishes whole.
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._stream = stream or sys.stdout
        self._width = max(map(len, COLOURS))

    def line(self, name: str, text: str) -> None:
        """Write one line."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        prefix = f"{name:<{self._width}} |"
        if self._stream.isatty():
            prefix = f"\x1b[{COLOURS.get(name, '0')}m{prefix}\x1b[0m"
        try:
            self._stream.write(f"{prefix} {text}\n")
            self._stream.flush()
        except BrokenPipeError:
            # Nobody reads any more (`make run | head`). The processes run on all the same.
            self._stream = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115, PTH123
