"""gunicorn's threaded worker, with a quick end for connections that nobody uses."""

from __future__ import annotations

import time

from gunicorn.workers.gthread import ThreadWorker

LINGER_SECONDS = 1.0


class GracefulWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """When it stops, requests under way may end; idle kept-alive connections get one second.

    gunicorn's own worker waits for idle ones as long as for busy ones, so that every stop lasted
    the whole `graceful_timeout`.
    """

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
