"""gunicorn's threaded worker: quick between two requests of one client, and quick to end."""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
import time
import uuid
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http import message
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData, ParseException
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import _DEFER, DEFAULT_WORKER_DATA_TIMEOUT, ThreadWorker

from . import errors
from .api.services import EXTENSION

LINGER_SECONDS = 1.0
# How long a thread stays with a connection that has just been served.
NEXT_REQUEST_MS = 50
BEAT_SECONDS = 1.0
# How much is taken from a socket at once.
PIECE = 256 * 1024
# How much of a refused request's body is taken in, so that the refusal reaches its sender.
DRAIN_SECONDS = 5.0
DRAIN_BYTES = 256 * 1024 * 1024
# Of a head that is refused: a sender that pauses this long has sent it all.
DRAIN_PAUSE_SECONDS = 0.1


class PatientUnreader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """Takes large pieces from the connection; a client that falls silent has left."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock, max_chunk=PIECE)

    @property
    def holds_some(self) -> bool:
        """Whether bytes were read that nobody has taken yet."""
        return bool(self.buf.getbuffer().nbytes)

    def chunk(self, size: int = PIECE) -> bytes:
        """What comes next; raises NoMoreData when the socket's time for it is over."""
        try:
            return bytes(self.sock.recv(min(size, PIECE)))
        except BlockingIOError:
            raise NoMoreData from None


class DirectBody(Body):  # type: ignore[misc]  # gunicorn has no types
    """The body of a request, read straight from the connection.

    gunicorn's own copies a kilobyte at a time: a large upload took the processor, not the wire.
    """

    def read(self, size: int | None = None) -> bytes:
        """At most `size` bytes, as many as are there, or all of them."""
        wanted = self.getsize(size)
        if self.buf.tell() or not wanted:
            return bytes(super().read(wanted))
        if wanted == sys.maxsize:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        if isinstance(self.reader, LengthReader):
            return self._announced(min(wanted, self.reader.length))
        return bytes(self.reader.read(min(wanted, PIECE)))

    def _announced(self, size: int) -> bytes:
        # Not a byte more than the body has is taken from the socket: nothing to put back.
        unreader = self.reader.unreader
        if unreader.holds_some:
            data: bytes = unreader.take_buffered()
            unreader.unread(data[size:])
            data = data[:size]
        else:
            data = unreader.chunk(size) if size else b""
        self.reader.length -= len(data)
        return data


class GracefulWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """When it stops, requests under way may end; idle kept-alive connections get one second.

    gunicorn's own worker waits for idle ones as long as for busy ones, so that every stop lasted
    the whole `graceful_timeout`. It also hands every request from the thread that polls to one of
    its pool and back, and touches a file each time: together a third of what a call costs here.
    """

    def init_process(self) -> None:
        """At most half of the threads wait for the next request of a client."""
        # gunicorn lowers whatever limit is configured to this constant of its own, 8190 bytes.
        message.MAX_REQUEST_LINE = self.cfg.limit_request_line
        self._waiting = threading.BoundedSemaphore(max(1, self.cfg.threads // 2))
        self._beat = 0.0
        super().init_process()

    def notify(self) -> None:
        """Tell the arbiter that this process lives, once a second at most."""
        now = time.monotonic()
        if now - self._beat >= BEAT_SECONDS:
            self._beat = now
            super().notify()

    def handle(self, conn: Any) -> object:
        """Serve a connection until nothing more of it is in our hands.

        Throwing away the unread body of a refused request may read the next request with it. The
        poller sees only the socket, so gunicorn's own worker would let that request wait for ever.
        """
        if not conn.initialized:
            if not conn.wait_for_data(DEFAULT_WORKER_DATA_TIMEOUT):
                return _DEFER
            _prepare(conn, self.wsgi.extensions[EXTENSION].settings.client_seconds)
        kept = super().handle(conn)
        while kept is True and (conn.parser.unreader.holds_some or self._next_request(conn)):
            kept = super().handle(conn)
        return kept

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Serve one request, whose body is read in large pieces."""
        req.body = DirectBody(req.body.reader)
        return bool(super().handle_request(req, conn))

    def _next_request(self, conn: Any) -> bool:
        if not self.alive or not self._waiting.acquire(blocking=False):
            return False
        try:
            coming = select.poll()
            coming.register(conn.sock, select.POLLIN)
            return bool(coming.poll(NEXT_REQUEST_MS))
        finally:
            self._waiting.release()

    def _keepalive_after(self, conn: Any, keepalive: object) -> bool:
        # Closing while the sender still sends resets the connection, and it never reads why.
        # gunicorn's own worker takes in 64 KiB, and nothing when the connection is to end.
        deadline = time.monotonic() + DRAIN_SECONDS
        drained = conn.parser.finish_body(deadline=deadline, max_bytes=DRAIN_BYTES)
        return bool(keepalive and drained)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Tell what is wrong with a request that never became one, in MLflow's shape."""
        if not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        error = _unreadable(exc)
        body = error.body(uuid.uuid4().hex)
        head = (
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
            "Content-Type: application/json\r\nCache-Control: no-store\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):
            util.write_nonblock(client, head.encode() + body)
            _drain(client)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Look at the clock at least once a second."""
        super().wait_for_and_dispatch_events(min(timeout, LINGER_SECONDS))

    def murder_keepalived(self) -> None:
        """Close idle connections that are over their time, which is short while stopping."""
        self._hurry(self.keepalived_conns)
        super().murder_keepalived()

    def murder_pending(self) -> None:
        """Close connections that never sent anything, likewise."""
        self._hurry(self.pending_conns)
        super().murder_pending()

    def _hurry(self, connections: list[object]) -> None:
        if self.alive:
            return
        soon = time.monotonic() + LINGER_SECONDS
        for connection in connections:
            connection.timeout = min(connection.timeout, soon)  # type: ignore[attr-defined]


def _prepare(conn: Any, seconds: int) -> None:
    conn.init()
    # The kernel counts, so that no change between blocking and not loses the limit.
    limit = struct.pack("ll", seconds, 0)
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    conn.parser.unreader = PatientUnreader(conn.sock)


def _drain(client: socket.socket) -> None:
    """Take in what is still being sent: closing before resets, and the refusal is never read."""
    client.shutdown(socket.SHUT_WR)
    client.settimeout(DRAIN_PAUSE_SECONDS)
    until = time.monotonic() + LINGER_SECONDS
    while time.monotonic() < until and client.recv(PIECE):
        pass


def _unreadable(exc: ParseException) -> errors.StudioError:
    match exc:
        case LimitRequestLine():
            return errors.AddressTooLong(
                "The address is longer than 64 KiB. Ask for less at once, or use the POST form."
            )
        case LimitRequestHeaders():
            return errors.HeadersTooLarge("The headers are too many or too large. Send fewer.")
    return errors.BadRequest("This is no HTTP/1.1 request. Check how it is written.")
