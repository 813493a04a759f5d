"""One JSON line per request, and the request id that goes with it everywhere."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from werkzeug.wsgi import ClosingIterator

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A token, session or ticket that somebody put into an address by mistake (access/secrets.py).
SECRET = re.compile(r"(mls|mss|mst)_([a-z0-9]{12})_[\w-]+")
ENVIRON_ID = "studio.request_id"
ENVIRON_NOTES = "studio.notes"
QUIET = ("/healthz", "/readyz")

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
        began = time.perf_counter()
        status = ""

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = line
            return start_response(line, [*headers, ("X-Request-ID", request_id)], *rest)

        def done() -> None:
            path = SECRET.sub(r"\1_\2_...", environ.get("PATH_INFO", ""))
            say = _log.debug if path in QUIET else _log.info
            say(
                "request",
                request_id=request_id,
                method=environ.get("REQUEST_METHOD"),
                path=path,
                status=int(status[:3] or 0),
                ms=round((time.perf_counter() - began) * 1000, 1),
                address=environ.get("REMOTE_ADDR"),
                **environ.get(ENVIRON_NOTES, {}),
            )

        return ClosingIterator(self._app(environ, start), done)
