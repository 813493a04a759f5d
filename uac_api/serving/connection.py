"""One client's connection: its socket, what has come of a request, what goes out, how long yet."""

from __future__ import annotations

import socket
import struct
import time
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from ..errors import StudioError, TooSlowToSend
from .framing import Framing
from .output import Output
from .pace import Pace

# A thread that waits for a client looks at the clock this often.
TICK = struct.pack("ll", 1, 0)
# How much is taken from a socket at once: of a head, and of a large body.
FIRST_PIECE = 64 * 1024
PIECE = 256 * 1024


class Phase(Enum):
    """What a connection is waiting for, and so who has it: the event loop, or (SERVED) a thread."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    TURN = auto()
    SERVED = auto()
    SENDING = auto()
    LINGERING = auto()
    CLOSED = auto()


class Connection:
    """A connection. Either the event loop or one thread has it, never both.

    `closing` says that no further request is read; `unread` that its client may still be sending
    what nobody will read, so that closing at once would reset the connection and lose the answer;
    `gone` that nothing more can be sent.
    """

    __slots__ = (
        "address",
        "client",
        "closing",
        "deadline",
        "drained",
        "framing",
        "gone",
        "output",
        "pace",
        "paced",
        "phase",
        "received",
        "requests",
        "server",
        "sharer",
        "since",
        "sock",
        "unread",
        "watched",
    )

    def __init__(
        self, sock: socket.socket, client: Any, server: Any, *, seconds: float, speed: float
    ) -> None:
        # The kernel counts the second of a tick, so that a thread reads with one call.
        sock.setblocking(True)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TICK)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, TICK)
        self.sock = sock
        self.client = client
        self.server = server
        # The other end's address; empty for a local socket.
        self.address = str(client[0]) if isinstance(client, tuple) else ""
        # Under which address its request counts (shares.py), while it does.
        self.sharer = ""
        # Under which address its body counts among the large ones, and in which second (shares.py).
        self.paced: tuple[str, int] | None = None
        self.pace = Pace(seconds, speed)
        self.output = Output(sock, self.pace)
        self.framing = Framing()
        self.received = bytearray()
        self.requests = 0
        self.phase = Phase.IDLE
        self.since = time.monotonic()
        self.deadline = 0.0
        self.watched = 0
        self.closing = False
        self.unread = False
        self.gone = False
        self.drained = 0

    def enter(self, phase: Phase, seconds: float) -> None:
        """Begin to wait for something else, for so long at most."""
        self.phase = phase
        self.since = time.monotonic()
        self.deadline = self.since + seconds

    @property
    def memory(self) -> int:
        """How many bytes of requests and answers it holds."""
        return len(self.received) + self.output.held

    def begin_request(self, received: bytes) -> None:
        """Begin with the next request, of which so much has come."""
        self.received = bytearray(received)
        self.framing = Framing()
        self.pace.restart()
        self.output.interim = b""

    def take(self) -> int:
        """Take in what has come, without waiting: the number of bytes, 0 at the end of all.

        Raises BlockingIOError where nothing is there, or the socket's OSError.
        """
        data = self.sock.recv(FIRST_PIECE, socket.MSG_DONTWAIT)
        self.received += data
        return len(data)

    def read(self, size: int) -> bytes:
        """What comes next, waited for at the client's pace; nothing at the end of all.

        For threads. Raises TooSlowToSend, what `pace.on_slow` does, or the socket's OSError.
        """
        self.output.invite()
        while True:
            began = time.monotonic()
            try:
                data = self.sock.recv(min(size, PIECE))
            except (BlockingIOError, InterruptedError):
                data = None
            self.pace.count(time.monotonic() - began, len(data or b""))
            if self.pace.is_over:
                raise TooSlowToSend
            if data is not None:
                return data

    def refuse(self, error: StudioError, request_id: str) -> None:
        """Put an answer of our own on the way for what never became a request; then the end."""
        body = error.body(request_id)
        lines = [
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}",
            "Content-Type: application/json",
            "Cache-Control: no-store",
            "Connection: close",
            f"X-Request-ID: {request_id}",
            f"Content-Length: {len(body)}",
        ]
        if error.retry_after is not None:
            lines.append(f"Retry-After: {error.retry_after}")
        self.output.add("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        self.closing = self.unread = True
