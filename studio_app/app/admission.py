"""What reaches Streamlit: paths that are in use, asked by pages of ours, within a share.

Streamlit serves whoever connects. It takes files without end, asks a third party whether a foreign
Origin may be its own address, and runs a page for each message of each socket. All of that is
decided here, before it: by the table of paths (paths.py), by the Origin (origins.py) and by the
visitor's share (shares.py).
"""

import asyncio
import logging
import math
import time
from collections import deque
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio_app.app import origins
from studio_app.app.page_changes import PageChanges
from studio_app.app.paths import READ, SOCKET, PathTable
from studio_app.app.shares import Place, Shares, TooMany, Visitor
from studio_app.app.token_bucket import TokenBucket
from studio_app.auth import cookie
from studio_app.settings import settings
from telemetry import ids

# A name, a password and an address fit well.
SIGNED_OUT_MESSAGE_BYTES = 64 * 1024
# Why a socket is closed, by the registry of RFC 6455.
NO_TEXT, NOT_ALLOWED, TOO_BIG, TRY_AGAIN = 1003, 1008, 1009, 1013
# How many messages of a socket may wait for their turn.
MOST_WAITING = 32
# How many foreign origins are named in the log.
LINES_PER_SECOND, LINES_AT_ONCE = 0.1, 5

_log = logging.getLogger("studio_app")


@dataclass(frozen=True)
class Refusal:
    """Why something does not reach Streamlit, in the shape of the API's errors."""

    status: int
    error_code: str
    reason: str
    message: str
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self, scope: Scope) -> Response:
        """The HTTP answer; the connection ends, as nobody reads what else it brings."""
        request_id = ids.request_id(Headers(scope=scope).get("X-Request-ID", ""))
        body = {
            "error_code": self.error_code,
            "message": self.message,
            "reason": self.reason,
            "request_id": request_id,
        }
        return JSONResponse(body, self.status, {"Connection": "close", **dict(self.headers)})


class Admission:
    """The ASGI application in front of Streamlit."""

    def __init__(self, app: ASGIApp, shares: Shares) -> None:
        self._app = app
        self._shares = shares
        self._lines = TokenBucket(LINES_PER_SECOND, LINES_AT_ONCE, time.monotonic())
        self._paths = PathTable(single_sign_on=settings().single_sign_on is not None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await self._socket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal_of_request(scope)
        await (refusal.answer(scope) if refusal else self._app)(scope, receive, send)

    def _refusal_of_request(self, scope: Scope) -> Refusal | None:
        methods = self._paths.methods(scope["path"])
        if not methods:
            return _NOTHING_HERE
        if scope["method"] not in methods:
            return _other_method(methods)
        if scope["method"] in READ:
            return None
        if not origins.is_ours(scope):
            self._log_foreign(scope)
            return _wrong_origin()
        try:
            self._shares.wait(visitor_of(scope))
        except TooMany as error:
            return _too_many(error)
        return None

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != SOCKET:
            await _refuse_socket(NOT_ALLOWED, receive, send)
            return
        if not origins.is_ours(scope):
            self._log_foreign(scope)
            await _refuse_socket(NOT_ALLOWED, receive, send)
            return
        socket = _Socket(self._shares, visitor_of(scope), receive, send)
        try:
            place = socket.enter()
        except TooMany:
            await _refuse_socket(TRY_AGAIN, receive, send)
        else:
            await socket.run(self._app, scope, place)

    def _log_foreign(self, scope: Scope) -> None:
        """Say who asked, for an operator whose STUDIO_PUBLIC_URL is wrong; not for each of many."""
        now = time.monotonic()
        if not self._lines.seconds_until(now):
            self._lines.take(now)
            sent = Headers(scope=scope).get("origin") or ""
            _log.warning("refused what came from origin %.100r", sent)


class _Socket:
    """One open socket, whose messages come in turn."""

    def __init__(self, shares: Shares, visitor: Visitor, receive: Receive, send: Send) -> None:
        self._shares = shares
        self._visitor = visitor
        self._receive, self._send = receive, send
        self._task = asyncio.current_task()
        self._waiting: deque[Message] = deque()
        self._changes = PageChanges()
        self._closed = self._evicted = False

    def enter(self) -> Place:
        """Take a place. Raises TooMany."""
        return self._shares.enter(self._visitor, self._evict)

    async def run(self, app: ASGIApp, scope: Scope, place: Place) -> None:
        """Let Streamlit serve the socket."""
        try:
            await app(_of_its_own_host(scope), self._receive_in_turn, self._send_while_open)
        except asyncio.CancelledError:
            if not self._evicted or self._task is None:
                raise
            self._task.uncancel()
            await self._close(TRY_AGAIN)
        finally:
            place.leave()

    def _evict(self) -> None:
        self._evicted = True
        if self._task is not None:
            self._task.cancel()

    async def _receive_in_turn(self) -> Message:
        while True:
            message = self._waiting.popleft() if self._waiting else await self._receive()
            if message["type"] != "websocket.receive":
                return message
            if code := self._unfit(message):
                return await self._close(code)
            try:
                seconds = self._shares.wait(self._visitor)
            except TooMany:
                return await self._close(TRY_AGAIN)
            if ended := await self._end_within(seconds):
                return ended
            if not self._changes.is_late(message["bytes"]):
                return message

    def _unfit(self, message: Message) -> int | None:
        """Why a message ends the socket, if it does."""
        content = message.get("bytes")
        if content is None:
            # Streamlit's answer to text is a stack trace in the log.
            return NO_TEXT
        signed_out = self._visitor.session is None
        return TOO_BIG if signed_out and len(content) > SIGNED_OUT_MESSAGE_BYTES else None

    async def _end_within(self, seconds: float) -> Message | None:
        """Wait, and keep what comes meanwhile; the end of the socket if that is what comes."""
        if not seconds:
            return None
        try:
            async with asyncio.timeout(seconds):
                while len(self._waiting) < MOST_WAITING:
                    message = await self._receive()
                    if message["type"] != "websocket.receive":
                        return message
                    self._waiting.append(message)
        except TimeoutError:
            return None
        return await self._close(TRY_AGAIN)

    async def _close(self, code: int) -> Message:
        """End the socket; what Streamlit is told of it."""
        await self._send_while_open({"type": "websocket.close", "code": code})
        self._closed = True
        return {"type": "websocket.disconnect", "code": code}

    async def _send_while_open(self, message: Message) -> None:
        """Send, unless nobody is there any more.

        Streamlit takes a browser that went away in the middle of an answer for one that sends
        text, and logs a stack trace. The next message that it receives tells it that it has gone.
        """
        if self._closed:
            return
        if content := message.get("bytes"):
            self._changes.note(content)
        try:
            await self._send(message)
        except OSError:
            self._closed = True


def visitor_of(scope: Scope) -> Visitor:
    """Who asks: a session that Studio has sealed and that has not ended, else an address."""
    token = cookie.SESSION.read(cookie_parser(Headers(scope=scope).get("cookie", "")))
    # uvicorn has put the browser's address there, behind a proxy too (FORWARDED_ALLOW_IPS).
    address = (scope.get("client") or ("",))[0]
    return Visitor(session=cookie.session_id(token) if token else None, address=address)


def _of_its_own_host(scope: Scope) -> Scope:
    """The socket as one of the host that its page is of, which has been found to be ours.

    Otherwise Streamlit, behind a proxy that changes the Host, looks for the addresses of its
    machine, and asks for the public one on the internet while everybody waits.
    """
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers["host"] = origins.host_in_origin(scope)
    return {**scope, "headers": headers.raw}


async def _refuse_socket(code: int, receive: Receive, send: Send) -> None:
    """Answer a handshake by 403, which is what servers make of it: a browser shows no more."""
    await receive()
    await send({"type": "websocket.close", "code": code})


_NOTHING_HERE = Refusal(
    404,
    "ENDPOINT_NOT_FOUND",
    "no_such_path",
    "There is nothing at this address. Files reach a project through an MLflow client.",
)


def _other_method(methods: tuple[str, ...]) -> Refusal:
    allowed = ", ".join(methods)
    return Refusal(
        405,
        "BAD_REQUEST",
        "no_such_method",
        f"This address answers {allowed} only.",
        (("Allow", allowed),),
    )


def _wrong_origin() -> Refusal:
    return Refusal(
        403,
        "PERMISSION_DENIED",
        "wrong_origin",
        f"Open ML Studio at {settings().public_url} and sign in there.",
    )


def _too_many(error: TooMany) -> Refusal:
    seconds = str(max(1, math.ceil(error.seconds)))
    return Refusal(
        429,
        "REQUEST_LIMIT_EXCEEDED",
        "too_many_visits",
        f"Too much is asked from your address or in your session. Try again in {seconds} s.",
        (("Retry-After", seconds),),
    )
