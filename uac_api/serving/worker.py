"""gunicorn's worker process for uac_api: one thread has the connections, others answer requests.

It stands on `gunicorn.workers.base.Worker`, which gunicorn offers for workers of one's own.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import threading
import time
from queue import SimpleQueue
from typing import Any

from gunicorn.http import message
from gunicorn.workers.base import Worker

from ..api.services import EXTENSION
from ..settings import Settings
from .connection import Connection
from .event_loop import EventLoop, Limits
from .framing import Arrival
from .request import RequestServer
from .shares import ThreadShares

# How long a thread stays with a connection that has just been served.
NEXT_REQUEST_MS = 50
BEAT_SECONDS = 1.0
# Connections to MLflow and the database, files of the metrics, and the like.
OTHER_FILES = 500
# A whole head comes in one piece or two. nginx has the same limit.
MOST_HEAD_SECONDS = 15.0


class StudioWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """Answers requests in `threads` threads, none of which ever waits for a request to arrive.

    A thread stays for a moment with the connection that it has just served, since the next request
    of a script mostly comes at once. When the process stops, requests under way are answered, and
    idle connections get one second.
    """

    alive: bool

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """Refuse what this worker cannot do; gunicorn calls it at its start."""
        if cfg.is_ssl:
            raise ValueError("uac_api speaks no TLS: put nginx before it (docs/how-to/install.md).")

    def run(self) -> None:
        """Serve until the process is told to stop; gunicorn calls it when all is loaded."""
        # gunicorn lowers whatever limit is configured to this constant of its own, 8190 bytes.
        message.MAX_REQUEST_LINE = self.cfg.limit_request_line
        _allow_files(self.cfg.worker_connections + OTHER_FILES)
        settings: Settings = self.wsgi.extensions[EXTENSION].settings
        self._server = RequestServer(self.wsgi, self.cfg, self.log)
        self._ready: SimpleQueue[Connection] = SimpleQueue()
        # At most half of the threads wait for the next request of a client.
        self._staying = threading.BoundedSemaphore(max(1, self.cfg.threads // 2))
        # A quarter of the threads is left to everybody else.
        self._shares = ThreadShares(max(1, self.cfg.threads * 3 // 4), settings.trusted_networks)
        self._loop = EventLoop(
            self.sockets, _limits(self.cfg, settings), self._shares, self._ready.put
        )
        self._loop.watch(self.PIPE[0])
        # What is loaded stays: a full collection would go through it all, in the middle of a call.
        gc.collect()
        gc.freeze()
        for number in range(self.cfg.threads):
            threading.Thread(target=self._work, name=f"request-{number}", daemon=True).start()
        self._serve()

    def _serve(self) -> None:
        self._loop.accept(wanted=True)
        beat = 0.0
        # Without its arbiter nobody would ever tell this process to stop.
        while self.alive and self.ppid == os.getppid():
            if time.monotonic() >= beat:
                beat = time.monotonic() + BEAT_SECONDS
                self.notify()
            self._loop.step(BEAT_SECONDS)
        self.alive = False
        self._loop.end()
        until = time.monotonic() + self.cfg.graceful_timeout
        while not self._loop.is_empty and (left := until - time.monotonic()) > 0:
            self.notify()
            self._loop.step(left)
        self._loop.close()

    # --- in the other threads ---

    def _work(self) -> None:
        while True:
            connection = self._ready.get()
            try:
                self._answer(connection)
            except Exception:
                self.log.exception("Error handling a connection")
                connection.gone = True
            self._loop.give_back(connection)

    def _answer(self, connection: Connection) -> None:
        """Answer the request that has come, and those that come at once behind it."""
        while True:
            self.nr += 1
            if self.nr >= self.max_requests:
                self.alive = False
            self._server.serve(connection, last=not self.alive)
            if not self._stay(connection):
                return

    def _stay(self, connection: Connection) -> bool:
        """Whether the next request is here: whole, and in the share of its address."""
        if connection.closing or connection.gone or connection.output.held:
            return False
        if not connection.received and not self._has_input(connection):
            return False
        if connection.framing.look(connection.received) is not Arrival.WHOLE:
            return False
        self._shares.give_back(connection)
        return self._shares.take(connection)

    def _has_input(self, connection: Connection) -> bool:
        # Whoever waits for a thread goes first.
        wanted = not self._ready.empty() or self._loop.has_waiting
        if not self.alive or wanted or not self._staying.acquire(blocking=False):
            return False
        try:
            coming = select.poll()
            coming.register(connection.sock, select.POLLIN)
            if not coming.poll(NEXT_REQUEST_MS):
                return False
        finally:
            self._staying.release()
        try:
            return connection.take() > 0
        except OSError:
            return False


def _allow_files(needed: int) -> None:
    """Raise this process's own limit of open files where it is too low, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _limits(cfg: Any, settings: Settings) -> Limits:
    return Limits(
        connections=cfg.worker_connections,
        idle_seconds=cfg.keepalive,
        head_seconds=min(settings.client_seconds, MOST_HEAD_SECONDS),
        body_seconds=settings.client_seconds,
        speed=settings.least_speed,
        line=cfg.limit_request_line,
    )
