"""gunicorn's threaded worker, with a quick end for connections that nobody uses."""

from __future__ import annotations

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

LINGER_SECONDS = 1.0
# How much of a refused request's body is taken in, so that the refusal reaches its sender.
DRAIN_SECONDS = 5.0
DRAIN_BYTES = 256 * 1024 * 1024


class GracefulWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """When it stops, requests under way may end; idle kept-alive connections get one second.

    gunicorn's own worker waits for idle ones as long as for busy ones, so that every stop lasted
    the whole `graceful_timeout`.
    """

    def handle(self, conn: Any) -> object:
        """Serve a connection until nothing more of it is in our hands.

        Throwing away the unread body of a refused request may read the next request with it. The
        poller sees only the socket, so gunicorn's own worker would let that request wait for ever.
        """
        kept = super().handle(conn)
        while kept is True and conn.parser.unreader.buf.getbuffer().nbytes:
            kept = super().handle(conn)
        return kept

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
