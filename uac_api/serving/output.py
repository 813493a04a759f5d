"""What still goes out on a connection: nobody waits for a slow reader before it is much."""

from __future__ import annotations

import socket
import time
from collections import deque

from .pace import Pace

# What a connection holds of answers that its client has not read. More is waited for by the thread
# that makes the answer, at the client's pace; this much goes out by the event loop.
MOST_HELD = 1024 * 1024
# More pieces at once than this are not given to the kernel (its own limit is 1024).
MOST_PIECES = 64


class ReaderTooSlow(ConnectionError):
    """The client does not read its answer, or reads slower than the least speed."""


class Output:
    """The way out of a connection; gunicorn's `Response` writes to it as to a socket.

    `sendall` sends what the kernel takes and holds the rest, up to MOST_HELD. Head and body of an
    answer leave together: the head waits for what follows it, or for `push`.
    """

    def __init__(self, sock: socket.socket, pace: Pace) -> None:
        self._socket = sock
        self._pace = pace
        self._pieces: deque[memoryview] = deque()
        self.held = 0
        # `HTTP/1.1 100 Continue`, until somebody wants to read the body.
        self.interim = b""

    def send(self, data: bytes) -> int:
        """Take gunicorn's 100 Continue, which goes out when the body is asked for."""
        self.interim = data
        return len(data)

    def invite(self) -> None:
        """Send the 100 Continue, if the client waits for one."""
        if self.interim:
            interim, self.interim = self.interim, b""
            self.sendall(interim)
            self.push()

    def sendall(self, data: bytes) -> None:
        """Send, or hold to be sent. Raises ReaderTooSlow, or the socket's OSError."""
        first = not self._pieces
        self.add(data)
        if not first:
            self.push()
        while self.held > MOST_HELD:
            self._wait()

    def add(self, data: bytes) -> None:
        """Hold to be sent."""
        if data:
            self._pieces.append(memoryview(data))
            self.held += len(data)

    def push(self) -> int:
        """Send what goes without waiting: the number of bytes. Raises the socket's OSError."""
        sent = 0
        while self._pieces:
            try:
                count = self._send(socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                break
            sent += count
        return sent

    def _wait(self) -> None:
        began = time.monotonic()
        try:
            count = self._send(0)
        except (BlockingIOError, InterruptedError):
            # The socket's own limit for one wait (connection.py): look at the clock.
            count = 0
        self._pace.count(time.monotonic() - began, count)
        if self._pace.is_over:
            raise ReaderTooSlow

    def _send(self, flags: int) -> int:
        pieces = [self._pieces[i] for i in range(min(len(self._pieces), MOST_PIECES))]
        count = left = self._socket.sendmsg(pieces, [], flags)
        while left and left >= len(self._pieces[0]):
            left -= len(self._pieces.popleft())
        if left:
            self._pieces[0] = self._pieces[0][left:]
        self.held -= count
        return count
