"""The log of a service: one JSON document a line, on standard error, in the words of all services.

docs/how-to/observe.md explains each word. Libraries that log in their own way are brought to it.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

from telemetry.ids import without_secrets

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
FIELDS = "studio_fields"


class _StandardError(io.TextIOBase):
    """Standard error as it is when something is written, not as it was when the log was set up.

    A program that runs commands in its own process (the tests do) gives each another one, and
    closes it afterwards.
    """

    def write(self, text: str) -> int:
        """Write it there."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Have it written at once."""
        sys.stderr.flush()


def standard_error() -> TextIO:
    """A stream for logs that outlives each standard error."""
    # To the type checker a TextIO is what open() answers.
    return cast(TextIO, _StandardError())


class JsonLines(logging.Formatter):
    """A record as one JSON document."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end; secrets of ours are cut, whoever wrote them."""
        line: dict[str, Any] = {
            "at": moment(record.created),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
            **getattr(record, FIELDS, {"logger": record.name}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(line, default=str))


def moment(seconds: float) -> str:
    """A moment of the log: UTC, to the microsecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def say(
    log: logging.Logger, event: str, fields: Mapping[str, object], *, level: int = logging.INFO
) -> None:
    """Write a line with fields of its own."""
    if log.isEnabledFor(level):
        log.log(level, event, extra={FIELDS: fields})


def configure(service: str, level: str) -> logging.Handler:
    """Make every line of this process a JSON document; what writes them.

    Loggers that libraries have set up until now lose what they write with, and keep their level.
    """
    writer = logging.StreamHandler(standard_error())
    writer.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers = [writer]
    root.setLevel(level)
    for known in list(root.manager.loggerDict.values()):
        if isinstance(known, logging.Logger) and known.handlers:
            known.handlers = []
            known.propagate = True
    logging.captureWarnings(True)
    return writer
