"""The lines of Studio's log: one for each run of a page, and one for each request of its own.

What Streamlit serves for every page (its scripts, its stream, its health) leaves no line unless it
failed; nginx has them. Queries and bodies are not taken down.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit.logger
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemetry import hops, ids, lines, spans

SERVICE = "studio_app"
# Below a page's address too: there a browser looks for them first.
STREAMLIT = re.compile(r"(/\w+)?/(_stcore|static|media)/|/app/static/|/favicon")
OK, FAILED = 200, 500

_log = logging.getLogger("studio_app")


def configure(*, level: str, traces: bool) -> None:
    """Make every line of this process a JSON document, and send spans if asked to."""
    writer = lines.configure(SERVICE, level)

    def adopt(logger: logging.Logger) -> None:
        # Streamlit makes its loggers as it goes, each with what it writes with.
        logger.handlers = [writer]

    streamlit.logger.setup_formatter = adopt
    # Streamlit gives it back its voice, which uvicorn's --no-access-log took: a line for each
    # health check.
    logging.getLogger("uvicorn.access").disabled = True
    if traces:
        spans.configure(SERVICE)


class Journal:
    """An ASGI application that takes down what the one behind it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            if scope["type"] == "lifespan":
                # The server ends by a signal, at which nothing more is sent by itself.
                spans.stop()
            return
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            if not STREAMLIT.match(scope["path"]) or not 0 < status < FAILED:
                self._take_down(scope, status, time.perf_counter() - began)

    def _take_down(self, scope: Scope, status: int, seconds: float) -> None:
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
        lines.say(_log, "request", told)


class Page:
    """What a run of a page turned out to be, for its line."""

    person = ""
    project = ""


@contextmanager
def page(name: str) -> Iterator[Page]:
    """Take down one run of a page; its calls to the API are of the same trace."""
    hop, began, failed, run = hops.begin(), time.perf_counter(), False, Page()
    try:
        yield run
    # Streamlit stops a page, or runs it again, by what is no Exception.
    except Exception:
        failed = True
        raise
    finally:
        row = f"pages.{name}"
        told = {"row": row, "project": run.project, "status": FAILED if failed else OK}
        hops.end(hop, row, told, failed=failed)
        times = {
            "ms": round((time.perf_counter() - began) * 1000, 1),
            "upstream_ms": round(hop.waited * 1000, 1),
            "calls": hop.calls,
        }
        who = {"trace_id": hop.trace_id, "person": run.person}
        lines.say(_log, "page", {**who, **told, **times})
