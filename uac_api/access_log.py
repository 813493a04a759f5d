"""One JSON line per request, and the request id that goes with it everywhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import structlog
from werkzeug.wsgi import ClosingIterator

from telemetry import ids, log_lines, request_spans

from . import metrics
from .access.audit import events
from .client_address import ClientAddresses
from .request_facts import RequestFacts, begin_facts

SERVICE = "uac_api"
SERVER_ERROR = 500
QUIET = ("/healthz", "/readyz", "/metrics")

_log = structlog.get_logger("uac.access")

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def configure(level: str, service: str = SERVICE) -> None:
    """Make every log line of this process a JSON document on standard error."""
    # What libraries say; our own lines go by structlog, which is faster.
    log_lines.configure(service, "WARNING")

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
        logger_factory=structlog.PrintLoggerFactory(log_lines.standard_error()),
        cache_logger_on_first_use=True,
    )


class AccessLog:
    """WSGI wrapper: takes or makes the request id, answers it back, and logs the request."""

    def __init__(self, app: Wsgi, origins: ClientAddresses) -> None:
        self._app = app
        self._origins = origins

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer by the wrapped application."""
        request_id = ids.request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        facts = begin_facts(environ, request_id)
        began = time.perf_counter()
        path = environ.get("PATH_INFO", "")
        quiet = path in QUIET
        address = self._origins.of(environ).address
        hop = request_spans.begin(
            environ.get("HTTP_TRACEPARENT", ""), request_id, silent=quiet, address=address
        )
        status = ""

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = line
            return start_response(line, [*headers, ("X-Request-ID", request_id)], *rest)

        def done() -> None:
            seconds = time.perf_counter() - began
            answered = int(status[:3] or 0)
            _end(hop, facts, str(environ.get("REQUEST_METHOD", "")), answered)
            if not quiet:
                metrics.count(facts, answered, seconds, waited=hop.waited if hop.calls else None)
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
                **facts.known,
            )

        return ClosingIterator(self._app(environ, start), done)


def _end(hop: request_spans.Hop, facts: RequestFacts, method: str, status: int) -> None:
    known = facts.known
    told: dict[str, Any] = {
        name: known[name] for name in ("row", "decision", "reason") if name in known
    }
    # A trace may leave the house: the name of a project that was refused stays here.
    if facts.decision == events.ALLOWED:
        told["project"] = facts.project or ""
    told |= {"method": method, "status": status}
    request_spans.end(hop, facts.row or method, told, failed=status >= SERVER_ERROR)
