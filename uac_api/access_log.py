"""One JSON line per request, and the request id that goes with it everywhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import structlog
from werkzeug.wsgi import ClosingIterator

from telemetry import hops, ids, lines

from . import metrics
from .access import audit
from .origin import Origins

SERVICE = "uac_api"
ENVIRON_ID = "studio.request_id"
ENVIRON_NOTES = "studio.notes"
SERVER_ERROR = 500
QUIET = ("/healthz", "/readyz", "/metrics")

_log = structlog.get_logger("uac.access")

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def configure(level: str, service: str = SERVICE) -> None:
    """Make every log line of this process a JSON document on standard error."""
    # What libraries say; our own lines go by structlog, which is faster.
    lines.configure(service, "WARNING")

    def told(_logger: object, _name: str, line: MutableMapping[str, Any]) -> Any:
        line["service"] = service
        return line

    processors: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        told,
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

    def __init__(self, app: Wsgi, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer by the wrapped application."""
        request_id = ids.request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        environ[ENVIRON_ID] = request_id
        began = time.perf_counter()
        path = environ.get("PATH_INFO", "")
        quiet = path in QUIET
        address = self._origins.of(environ).address
        hop = hops.begin(
            environ.get("HTTP_TRACEPARENT", ""), request_id, silent=quiet, address=address
        )
        status = ""

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = line
            return start_response(line, [*headers, ("X-Request-ID", request_id)], *rest)

        def done() -> None:
            seconds = time.perf_counter() - began
            notes = environ.get(ENVIRON_NOTES, {})
            answered = int(status[:3] or 0)
            _end(hop, environ, answered)
            if not quiet:
                metrics.count(notes, answered, seconds, waited=hop.waited if hop.calls else None)
            (_log.debug if quiet else _log.info)(
                "request",
                request_id=request_id,
                trace_id=hop.trace_id,
                method=environ.get("REQUEST_METHOD"),
                path=ids.without_secrets(path),
                status=answered,
                ms=round(seconds * 1000, 1),
                upstream_ms=round(hop.waited * 1000, 1) if hop.calls else None,
                address=address,
                **notes,
            )

        return ClosingIterator(self._app(environ, start), done)


def _end(hop: hops.Hop, environ: dict[str, Any], status: int) -> None:
    notes = environ.get(ENVIRON_NOTES, {})
    told = {name: notes[name] for name in ("row", "decision", "reason") if name in notes}
    # A trace may leave the house: the name of a project that was refused stays here.
    if notes.get("decision") == audit.ALLOWED:
        told["project"] = notes.get("project", "")
    method = str(environ.get("REQUEST_METHOD", ""))
    told |= {"method": method, "status": status}
    hops.end(hop, str(notes.get("row") or method), told, failed=status >= SERVER_ERROR)
