"""What `make run` writes: short lines for a person, or JSON for a program; never a secret.

At a terminal a person sees one line for each event that matters. Everything the processes say is
in `run.log` of the data folder all the same. Without a terminal, or with STUDIO_LOG_FORMAT=json,
every line is a JSON document, as the services write them on a server.
"""

import json
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from enum import StrEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

from ops.run.events import Shown, shown
from telemetry import log_lines

HIDDEN = "[hidden]"
NAMES = {"mlflow": "36", "uac": "35", "jobs": "34", "studio": "32", "run": "33"}
LEVELS = {"warning": "33", "error": "31"}
DIM = "2"
# What a process said last is shown when it dies while starting.
LAST_LINES = 30
LOG_BYTES = 10 * 1024 * 1024


class Form(StrEnum):
    """For whom the lines are."""

    TEXT = "text"
    JSON = "json"


class Terminal:
    """Writes whole lines with the name of who wrote them; secrets are replaced."""

    def __init__(
        self,
        secrets: Iterable[str] = (),
        stream: TextIO | None = None,
        *,
        form: Form | None = None,
        log: Path | None = None,
    ) -> None:
        # Longest first, so that a secret that contains another one vanishes whole.
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._stream = stream or sys.stdout
        self.form = form or (Form.TEXT if self._stream.isatty() else Form.JSON)
        self._coloured = self._stream.isatty() and may_colour(os.environ)
        self._last: dict[str, deque[str]] = {}
        self._log = None
        if log is not None and self.form is Form.TEXT:
            self._log = RotatingFileHandler(log, maxBytes=LOG_BYTES, backupCount=1)

    def line(self, name: str, text: str) -> None:
        """A line that a process has written: shown to a person if it matters."""
        text = self._hide(text)
        document = _document(text)
        if self.form is Form.JSON:
            self._write(text if document else _as_json(name, text))
            return
        self._keep(name, text)
        found = shown(document) if document else None
        if found is not None:
            self._show(name, found)

    def say(self, name: str, sentence: str, **fields: object) -> None:
        """A sentence of ours, which is always shown; the fields are for programs."""
        sentence = self._hide(sentence)
        if self.form is Form.JSON:
            self._write(self._hide(_as_json(name, sentence, fields)))
            return
        self._keep(name, sentence)
        self._show(name, Shown(sentence))

    def show_last(self, name: str) -> None:
        """What a process has written last, now that it matters."""
        if self.form is Form.TEXT:
            for text in self._last.pop(name, ()):
                document = _document(text)
                plain = str(document.get("event", text)) if document else text
                self._show(name, Shown(plain, "error"))

    def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def _keep(self, name: str, text: str) -> None:
        self._last.setdefault(name, deque(maxlen=LAST_LINES)).append(text)
        if self._log is not None:
            record = text if _document(text) else _as_json(name, text)
            self._log.emit(_record(record))

    def _show(self, name: str, what: Shown) -> None:
        moment = self._painted(time.strftime("%H:%M:%S"), DIM)
        width = max(map(len, NAMES))
        who = self._painted(f"{name:<{width}}", NAMES.get(name, "0"))
        text = self._painted(what.text, LEVELS.get(what.level, ""))
        self._write(f"{moment}  {who}  {text}")

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured and colour else text

    def _write(self, line: str) -> None:
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except BrokenPipeError:
            # Nobody reads any more (`make run | head`). The processes run on all the same.
            self._stream = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115, PTH123


def may_colour(environment: Mapping[str, str]) -> bool:
    """Whether colours are wanted (no-color.org), and the terminal knows any."""
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def _document(text: str) -> dict[str, Any] | None:
    """The line of a log; None if it is none."""
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "event" in found else None


def _as_json(name: str, text: str, fields: Mapping[str, object] | None = None) -> str:
    line = {"at": log_lines.moment(time.time()), "level": "info", "service": name, "event": text}
    return json.dumps({**line, **(fields or {})}, default=str)


def _record(text: str) -> logging.LogRecord:
    return logging.LogRecord("run", logging.INFO, "", 0, text, None, None)
