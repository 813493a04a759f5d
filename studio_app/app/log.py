"""The lines of Studio's log: one for each run of a page, and one for each request of its own.

What Streamlit serves for every page (its scripts, its stream, its health) leaves no line unless it
failed; nginx has them. Queries and bodies are not taken down.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import streamlit.logger
from starlette.datastructures import Headers

from telemetry import access_log, ids, log_lines, request_spans, spans
from telemetry.asgi import Application, Scope

SERVICE = "studio_app"
# Below a page's address too: there a browser looks for them first.
STREAMLIT = re.compile(r"(/\w+)?/(_stcore|static|media)/|/app/static/|/favicon")
OK, FAILED = 200, 500

_log = logging.getLogger("studio_app")


def configure(*, level: str, traces: bool) -> None:
    """Make every line of this process a JSON document, and send spans if asked to."""
    writer = log_lines.configure(SERVICE, level)

    def adopt(logger: logging.Logger) -> None:
        # Streamlit makes its loggers as it goes, each with what it writes with.
        logger.handlers = [writer]

    streamlit.logger.setup_formatter = adopt
    # Streamlit gives it back its voice, which uvicorn's --no-access-log took: a line for each
    # health check.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("uvicorn.error").addFilter(_is_no_handshake)
    if traces:
        spans.configure(SERVICE)


def _is_no_handshake(record: logging.LogRecord) -> bool:
    """Whether a line of the server is about something else than a socket that came or was refused.

    Whoever tries sockets by the thousand would fill the disk with them.
    """
    about_sockets = record.msg.startswith("connection ") or '"WebSocket ' in record.msg
    return record.levelno > logging.INFO or not about_sockets


class AccessLog(access_log.AccessLog):
    """Studio's access log, as Starlette takes a middleware."""

    def __init__(self, app: Application) -> None:
        super().__init__(app, lambda scope: partial(_finish, scope))


def _finish(scope: Scope, status: int, seconds: float) -> None:
    if STREAMLIT.match(scope["path"]) and 0 < status < FAILED:
        return
    headers = Headers(scope=scope)
    request_id = ids.request_id(headers.get("X-Request-ID", ""))
    trace_id, _ = ids.traced(headers.get("traceparent", ""), request_id)
    told = {
        "request_id": request_id,
        "trace_id": trace_id,
        "method": scope["method"],
        "path": ids.without_secrets(scope["path"]),
        "status": status,
        "ms": round(seconds * 1000, 1),
        # uvicorn has put the browser's address there (FORWARDED_ALLOW_IPS), behind nginx too.
        "address": (scope.get("client") or ("",))[0],
    }
    log_lines.say(_log, "request", told)


class Page:
    """What a run of a page turned out to be, for its line."""

    person = ""
    project = ""


@contextmanager
def page(name: str) -> Iterator[Page]:
    """Take down one run of a page; its calls to the API are of the same trace."""
    hop, began, failed, run = request_spans.begin(), time.perf_counter(), False, Page()
    try:
        yield run
    # Streamlit stops a page, or runs it again, by what is no Exception.
    except Exception:
        failed = True
        raise
    finally:
        row = f"pages.{name}"
        told = {"row": row, "project": run.project, "status": FAILED if failed else OK}
        request_spans.end(hop, row, told, failed=failed)
        times = {
            "ms": round((time.perf_counter() - began) * 1000, 1),
            "upstream_ms": round(hop.waited * 1000, 1),
            "calls": hop.calls,
        }
        who = {"trace_id": hop.trace_id, "person": run.person}
        log_lines.say(_log, "page", {**who, **told, **times})
