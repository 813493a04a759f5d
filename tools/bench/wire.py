"""A client so light that it hardly counts: one kept-alive connection, one send a request."""

from __future__ import annotations

import http.client
import json
import select
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

PIECE = 1024 * 1024
SECONDS = 120


class BenchError(Exception):
    """What is measured did not do its work; the text says what it said instead."""


@dataclass(frozen=True)
class Way:
    """One way to the same content: address, credentials, and what stands before the path."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""

    def request(self, method: str, path: str, body: object = None) -> bytes:
        """The bytes of a whole request, with a JSON body or none."""
        content = b"" if body is None else json.dumps(body).encode()
        kind = ["Content-Type: application/json"] if body is not None else []
        return self.head(method, path, len(content), *kind) + content

    def head(self, method: str, path: str, length: int, *lines: str) -> bytes:
        """The bytes of a request before its body of so many bytes."""
        start = [f"{method} {self.prefix}{path} HTTP/1.1", f"Host: {urlsplit(self.url).netloc}"]
        own = [f"{name}: {value}" for name, value in self.headers.items()]
        sized = [f"Content-Length: {length}"] if length or method != "GET" else []
        return "\r\n".join([*start, *own, *lines, *sized, "", ""]).encode("latin-1")


class Wire:
    """A connection that stays open from one request to the next."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._socket = _connect(way)

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> bytes:
        """The body of the answer to these bytes; raises BenchError unless it is a good one."""
        # A server closes what was idle while the other side of a comparison took its minutes.
        if select.select([self._socket], [], [], 0)[0]:
            self._socket.close()
            self._socket = _connect(self.way)
        self._socket.sendall(request)
        return self._answer(request).read()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The document that is answered."""
        return json.loads(self.ask(self.way.request(method, path, body)) or b"{}")

    def upload(self, path: str, pieces: Iterable[bytes], length: int) -> None:
        """Send a body piece by piece."""
        head = self.way.head("PUT", path, length)
        self._socket.sendall(head)
        for piece in pieces:
            self._socket.sendall(piece)
        self._answer(head).read()

    def download(self, path: str) -> int:
        """Read a body and throw it away; how many bytes it had."""
        request = self.way.head("GET", path, 0)
        self._socket.sendall(request)
        answer, buffer, size = self._answer(request), bytearray(PIECE), 0
        while count := answer.readinto(buffer):
            size += count
        return size

    def _answer(self, request: bytes) -> http.client.HTTPResponse:
        line = request.split(b"\r\n", 1)[0].decode()
        answer = http.client.HTTPResponse(self._socket, method=line.split(" ")[0])
        answer.begin()
        if answer.status >= http.client.BAD_REQUEST:
            raise BenchError(f"{line}: {answer.status} {answer.read(500).decode(errors='replace')}")
        return answer


def _connect(way: Way) -> socket.socket:
    parts = urlsplit(way.url)
    made = socket.create_connection((parts.hostname, parts.port), timeout=SECONDS)
    # Without this the second of two small sends waits for an acknowledgement, up to 40 ms.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
