"""One connection to MLflow: as much of HTTP/1.1 (RFC 9112) as the proxy needs, without copies.

A general client spends half a millisecond on each call (measured), which is what the proxy may
cost altogether. This one knows one server, follows nothing, and decodes nothing.
"""

from __future__ import annotations

import secrets
import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult

PIECE = 256 * 1024
MOST_HEAD = 64 * 1024
# Head and body go out in one segment up to this size: no copy worth mentioning, one wake-up less.
JOINED = 64 * 1024
BODILESS = (204, 304)
# Headers of an answer that have one value; a second one would be another answer to somebody.
SINGLE = frozenset(
    {
        "content-disposition",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
        "retry-after",
    }
)
CONTROLS = frozenset("\r\n\0")
# Of its own, because tests and libraries may have given the common one a seed.
SHUFFLER = secrets.SystemRandom()


class TransportError(Exception):
    """The connection is of no more use. ConnectError, ReadTimeout and ConnectionClosed say why."""


class ConnectError(TransportError):
    """Nobody accepts connections there."""


class ReadTimeout(TransportError):
    """Nothing came within the time."""


class ConnectionClosed(TransportError):
    """It ended in the middle, or what came is no HTTP."""


@dataclass(slots=True)
class Head:
    """Status and headers of an answer; names in lower case."""

    status: int
    headers: list[tuple[str, str]]

    def get(self, name: str) -> str:
        """A header's value, or an empty text; several are one list (RFC 9110, 5.3)."""
        return ", ".join(value for key, value in self.headers if key == name)

    def combined(self) -> dict[str, str]:
        """Each header once. Raises ConnectionClosed where one that has one value comes with two."""
        for single in SINGLE:
            if len({value for key, value in self.headers if key == single}) > 1:
                raise ConnectionClosed
        found = dict(self.headers)
        return {name: value if name in SINGLE else self.get(name) for name, value in found.items()}


class Wire:
    """A kept-alive connection; one call at a time. Raises TransportError only."""

    def __init__(self, address: SplitResult, seconds: float) -> None:
        self._host = address.netloc.rpartition("@")[2]
        port = address.port or (443 if address.scheme == "https" else 80)
        try:
            with ExitStack() as opened:
                # A peer that speaks no TLS must not leave the socket open.
                self._socket = opened.enter_context(
                    _connected(address.hostname or "", port, seconds)
                )
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if address.scheme == "https":
                    trust = ssl.create_default_context()
                    self._socket = trust.wrap_socket(self._socket, server_hostname=address.hostname)
                opened.pop_all()
        except (OSError, ValueError) as error:
            raise ConnectError from error
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)
        self._buffer = b""
        self._rested = time.monotonic()
        self._ended = False
        self.calls = 0

    def is_fresh(self, seconds: float) -> bool:
        """Whether it rested less than so many seconds and nothing was said meanwhile."""
        # An idle connection that can be read has been closed by the other side.
        return time.monotonic() - self._rested < seconds and not self._readable.poll(0)

    def rest(self) -> bool:
        """The call is over; whether another may follow on this connection."""
        self._rested = time.monotonic()
        # Bytes that nobody asked for would be taken for the next answer.
        return not self._ended and not self._buffer

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def send(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes | Iterable[bytes] | None,
        seconds: float,
    ) -> None:
        """Send one request. An iterable goes in chunks unless its Content-Length is given."""
        self.calls += 1
        self._socket.settimeout(seconds)
        lines = [f"{method} {target} HTTP/1.1\r\nHost: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if isinstance(body, bytes):
            if body or method not in ("GET", "HEAD"):
                lines.append(f"Content-Length: {len(body)}")
        elif body is not None and "Content-Length" not in headers:
            lines.append("Transfer-Encoding: chunked")
            body = _chunks(body)
        elif body is None and method in ("POST", "PUT", "PATCH"):
            lines.append("Content-Length: 0")
        head = "\r\n".join((*lines, "\r\n")).encode("latin-1")
        if isinstance(body, bytes) and len(body) <= JOINED:
            self._write(head + body)
            return
        self._write(head)
        for piece in (body,) if isinstance(body, bytes) else body or ():
            self._write(piece)

    def head(self) -> Head:
        """Status and headers of the answer, once all of them are there."""
        while True:
            while (end := self._buffer.find(b"\r\n\r\n")) < 0:
                if len(self._buffer) > MOST_HEAD:
                    raise ConnectionClosed
                self._buffer += self._read()
            text, self._buffer = self._buffer[:end].decode("latin-1"), self._buffer[end + 4 :]
            head = _head(text)
            if head.status >= 200:
                return head

    def body(self, method: str, head: Head) -> Iterator[bytes]:
        """The bytes of the body as they come; at its end the connection can be used again."""
        if method == "HEAD" or head.status in BODILESS:
            return iter(())
        if coding := head.get("transfer-encoding"):
            if coding.lower() != "chunked":
                raise ConnectionClosed
            return self._in_chunks()
        lengths = {value for name, value in head.headers if name == "content-length"}
        if len(lengths) > 1:
            raise ConnectionClosed
        length = lengths.pop() if lengths else ""
        if not length:
            return self._until_closed()
        if not (length.isascii() and length.isdecimal()):
            raise ConnectionClosed
        return self._exactly(int(length))

    def _exactly(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._buffer or self._read()
            self._buffer = piece[length:]
            piece = piece[:length]
            length -= len(piece)
            yield piece

    def _in_chunks(self) -> Iterator[bytes]:
        while True:
            size = self._line().partition(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError:
                raise ConnectionClosed from None
            if length < 0:
                raise ConnectionClosed
            if length == 0:
                break
            yield from self._exactly(length)
            if self._line():
                raise ConnectionClosed
        while self._line():
            pass

    def _until_closed(self) -> Iterator[bytes]:
        self._ended = True
        try:
            while True:
                piece, self._buffer = self._buffer, b""
                yield piece or self._read()
        except ConnectionClosed:
            return

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MOST_HEAD:
                raise ConnectionClosed
            self._buffer += self._read()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _read(self) -> bytes:
        try:
            piece = self._socket.recv(PIECE)
        except TimeoutError as error:
            raise ReadTimeout from error
        except OSError as error:
            raise ConnectionClosed from error
        if not piece:
            raise ConnectionClosed
        return piece

    def _write(self, piece: bytes) -> None:
        try:
            self._socket.sendall(piece)
        except TimeoutError as error:
            raise ReadTimeout from error
        except OSError as error:
            raise ConnectionClosed from error


def _connected(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to one of the addresses of a name, each tried for its share of the time.

    MLflow may have replicas. In the order of the resolver all calls would go to the same one.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    places = [str(address[0]) for *_, address in found]
    SHUFFLER.shuffle(places)
    for place in places[1:]:
        with suppress(OSError):
            return socket.create_connection((place, port), seconds / len(places))
    return socket.create_connection((places[0], port), seconds / len(places))


def _head(text: str) -> Head:
    first, *lines = text.split("\r\n")
    version, _, rest = first.partition(" ")
    status = rest[:3]
    known = version in ("HTTP/1.1", "HTTP/1.0") and status.isascii() and status.isdecimal()
    if not known or not CONTROLS.isdisjoint(first):
        raise ConnectionClosed
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        # A lone CR or LF ends a line for some readers: what follows would be a header to them.
        if not colon or not name or name != name.strip() or not CONTROLS.isdisjoint(line):
            raise ConnectionClosed
        headers.append((name.lower(), value.strip()))
    if version == "HTTP/1.0":
        headers.append(("connection", "close"))
    return Head(int(status), headers)


def _chunks(body: Iterable[bytes]) -> Iterator[bytes]:
    for piece in body:
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
