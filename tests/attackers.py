"""Clients that misbehave on purpose: many connections that are slow, silent, or do not read."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ")
OPEN_SECONDS = 5.0


@dataclass(frozen=True)
class Manner:
    """What each connection sends when it is new, and every `every` seconds afterwards.

    One that does not read has a small window, so that hardly anything can be sent to it.
    """

    first: bytes
    drip: bytes = b""
    every: float = 0.2
    reads: bool = True


@dataclass
class Attack:
    """`number` connections of each manner from one address; who is thrown out comes again.

    A context manager: the attack is at its full strength when its block begins, and ends with it.
    `statuses` counts what the server answered.
    """

    url: str
    number: int
    manners: list[Manner]
    source: str = "127.0.0.3"
    trust: ssl.SSLContext | None = None
    statuses: Counter[int] = field(default_factory=Counter)
    ended: int = 0

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._begun = threading.Event()
        self._open: list[tuple[Manner, socket.socket]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._begun.wait(60), "the connections could not be opened"
        return self

    def wait_until(self, seen: Callable[[Attack], object], seconds: float = 30.0) -> None:
        """Go on until this is seen, at most so long: on a busy machine clients are late, too."""
        until = time.monotonic() + seconds
        while not seen(self) and time.monotonic() < until:
            time.sleep(0.05)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        for _, sock in self._open:
            sock.close()

    def _run(self) -> None:
        wanted = [manner for manner in self.manners for _ in range(self.number)]
        pause = min(manner.every for manner in self.manners)
        due = dict.fromkeys(self.manners, 0.0)
        while not self._over.is_set():
            for manner in wanted:
                if self._over.is_set():
                    return
                with suppress(OSError):
                    self._open.append((manner, self._opened(manner)))
            wanted = []
            self._begun.set()
            self._over.wait(pause)
            now = time.monotonic()
            drips = {manner for manner in self.manners if due[manner] <= now}
            due |= {manner: now + manner.every for manner in drips}
            kept = []
            for manner, sock in self._open:
                if self._goes_on(sock, manner, drips=manner in drips):
                    kept.append((manner, sock))
                else:
                    sock.close()
                    self.ended += 1
                    wanted.append(manner)
            self._open = kept

    def _opened(self, manner: Manner) -> socket.socket:
        parts = urlsplit(self.url)
        sock = socket.socket()
        sock.settimeout(OPEN_SECONDS)
        if not manner.reads:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.bind((self.source, 0))
        sock.connect(("127.0.0.1", parts.port))
        if self.trust is not None:
            sock = self.trust.wrap_socket(sock, server_hostname=parts.hostname)
        sock.sendall(manner.first)
        sock.setblocking(False)
        return sock

    def _goes_on(self, sock: socket.socket, manner: Manner, *, drips: bool) -> bool:
        """Whether the connection is still open, after its next bytes."""
        try:
            if manner.reads:
                self._read(sock)
            if drips and manner.drip:
                sock.send(manner.drip)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False
        return True

    def _read(self, sock: socket.socket) -> None:
        with suppress(BlockingIOError, ssl.SSLWantReadError):
            received = sock.recv(65536)
            if not received:
                raise ConnectionResetError
            if found := STATUS.match(received):
                self.statuses[int(found[1])] += 1
