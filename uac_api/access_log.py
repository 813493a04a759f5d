"""One JSON line per request, and the request id that goes with it everywhere."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from werkzeug.wsgi import ClosingIterator

from . import metrics

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A secret of ours that somebody put into an address by mistake (access/secrets.py).
SECRET = re.compile(r"(mls|mss|mst|msi)_([a-z0-9]{12})_[\w-]+")
# W3C Trace Context, level 1, section 3.2: version 00 with ids that are not all zeros.
TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
ENVIRON_ID = "studio.request_id"
ENVIRON_TRACEPARENT = "studio.traceparent"
ENVIRON_NOTES = "studio.notes"
QUIET = ("/healthz", "/readyz", "/metrics")

_log = structlog.get_logger("uac.access")

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def configure(level: str) -> None:
    """Make every log line of this process a JSON document on standard error."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def note(environ: dict[str, Any], **notes: object) -> None:
    """Add facts to this request's log line; never a secret, never a body."""
    environ.setdefault(ENVIRON_NOTES, {}).update(notes)


class AccessLog:
    """WSGI wrapper: takes or makes the request id, answers it back, and logs the request."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer by the wrapped application."""
        offered = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = offered if REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        environ[ENVIRON_ID] = request_id
        trace_id, environ[ENVIRON_TRACEPARENT] = _traced(
            environ.get("HTTP_TRACEPARENT", ""), request_id
        )
        began = time.perf_counter()
        status = ""

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = line
            return start_response(line, [*headers, ("X-Request-ID", request_id)], *rest)

        def done() -> None:
            path = SECRET.sub(r"\1_\2_...", environ.get("PATH_INFO", ""))
            say = _log.debug if path in QUIET else _log.info
            seconds = time.perf_counter() - began
            notes = environ.get(ENVIRON_NOTES, {})
            if path not in QUIET:
                metrics.count(notes, int(status[:3] or 0), seconds)
            say(
                "request",
                request_id=request_id,
                trace_id=trace_id,
                method=environ.get("REQUEST_METHOD"),
                path=path,
                status=int(status[:3] or 0),
                ms=round(seconds * 1000, 1),
                address=environ.get("REMOTE_ADDR"),
                **notes,
            )

        return ClosingIterator(self._app(environ, start), done)


def _traced(offered: str, request_id: str) -> tuple[str, str]:
    """The trace's id, and the traceparent of this hop as its next one gets it."""
    found = TRACEPARENT.fullmatch(offered)
    if found:
        trace_id, flags = found.groups()
    else:
        trace_id = request_id if TRACE_ID.fullmatch(request_id) else uuid.uuid4().hex
        flags = "01"
    return trace_id, f"00-{trace_id}-{os.urandom(8).hex()}-{flags}"
