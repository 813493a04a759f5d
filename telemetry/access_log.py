"""The access log of an ASGI service: one line for each request, written when its answer has ended.

The services differ in what a line holds and in which requests leave none. So each gives a function
that begins a line, and this calls what it returned at the end:

    def begin(scope: Scope) -> Finish | None:
        return None if scope["path"] == "/health" else lambda status, seconds: log(status, seconds)

    application = AccessLog(application, begin)
"""

from __future__ import annotations

import time
from collections.abc import Callable

from telemetry import spans
from telemetry.asgi import Application, Message, Receive, Scope, Send

# Called with the status, 0 if no answer began, and the seconds that the request took.
Finish = Callable[[int, float], None]


class AccessLog:
    """An ASGI application that finishes a line of the log for what the one behind it answers."""

    def __init__(self, application: Application, begin: Callable[[Scope], Finish | None]) -> None:
        self._application = application
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the line is written whatever happens to it."""
        finish = self._begin(scope) if scope["type"] == "http" else None
        if finish is None:
            await self._application(scope, receive, send)
            if scope["type"] == "lifespan":
                # The server ends by a signal, at which nothing more is sent by itself.
                spans.stop()
            return
        began = time.perf_counter()
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, note_status)
        finally:
            finish(status, time.perf_counter() - began)
