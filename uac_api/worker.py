"""gunicorn's threaded worker: quick between two requests of one client, and quick to end."""

from __future__ import annotations

import select
import sys
import threading
import time
from typing import Any

from gunicorn.http.body import Body
from gunicorn.workers.gthread import ThreadWorker

LINGER_SECONDS = 1.0
# How long a thread stays with a connection that has just been served.
NEXT_REQUEST_MS = 50
BEAT_SECONDS = 1.0
# How much is taken from a socket at once.
PIECE = 256 * 1024
# How much of a refused request's body is taken in, so that the refusal reaches its sender.
DRAIN_SECONDS = 5.0
DRAIN_BYTES = 256 * 1024 * 1024


class DirectBody(Body):  # type: ignore[misc]  # gunicorn has no types
    """The body of a request, read straight from the connection.

    gunicorn's own copies a kilobyte at a time: a large upload took the processor, not the wire.
    """

    def read(self, size: int | None = None) -> bytes:
        """At most `size` bytes, or all of them."""
        wanted = self.getsize(size)
        if self.buf.tell() or not wanted:
            return bytes(super().read(wanted))
        if wanted == sys.maxsize:
            return b"".join(iter(lambda: self.reader.read(PIECE), b""))
        return bytes(self.reader.read(min(wanted, PIECE)))


class GracefulWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """When it stops, requests under way may end; idle kept-alive connections get one second.

    gunicorn's own worker waits for idle ones as long as for busy ones, so that every stop lasted
    the whole `graceful_timeout`. It also hands every request from the thread that polls to one of
    its pool and back, and touches a file each time: together a third of what a call costs here.
    """

    def init_process(self) -> None:
        """At most half of the threads wait for the next request of a client."""
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
        kept = super().handle(conn)
        while kept is True and (_read_ahead(conn) or self._next_request(conn)):
            kept = super().handle(conn)
        return kept

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Serve one request whose body is read in large pieces."""
        req.unreader.mxchunk = PIECE
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


def _read_ahead(conn: Any) -> bool:
    return bool(conn.parser.unreader.buf.getbuffer().nbytes)
