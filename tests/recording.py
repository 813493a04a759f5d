"""A stand-in for MLflow that writes down what reaches it and answers as it is told, also badly."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from people import Person, Reply
from processes import Program
from uac_api.mlflow.upstream import HEALTH_PATH

HANG_SECONDS = 2.0
SLUG = "fraud"
API = f"/projects/{SLUG}/api/2.0/mlflow"


@dataclass(frozen=True)
class Seen:
    """One request as it reached the stand-in."""

    method: str
    target: str
    headers: Message
    body: bytes


@dataclass
class Said:
    """What the stand-in answers; `raw` replaces a whole answer, `hang` sends none,
    `delay` comes after that many seconds."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    raw: bytes | None = None
    hang: bool = False
    delay: float = 0.0


class _QuietServer(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """What the end of a process does to its connections."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that leaves is what some tests are about: no trace on the terminal."""


class Recorder:
    """An HTTP server on a port of its own, or on a given one."""

    def __init__(self, port: int = 0) -> None:
        self.seen: list[Seen] = []
        self.said = Said()
        self.by_path: dict[str, Said] = {}
        # What it says of itself before a change goes out on a new connection; nobody's call.
        self.health = Said()
        # What it says of its version, if anything; a test that changes `by_path` leaves it alone.
        self.version = ""
        self.open_connections = 0
        self._lock = threading.Lock()
        self._server = _QuietServer(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on, and end those that are there."""
        self._server.shutdown()
        self._server.end_connections()
        self._server.server_close()

    def answer(self, target: str) -> Said:
        """What a call of `target` gets."""
        if target in self.by_path:
            return self.by_path[target]
        if target == HEALTH_PATH:
            return self.health
        if self.version and target == "/version":
            return Said(body=self.version.encode())
        return self.said

    def last(self) -> Seen:
        """The latest request."""
        return self.seen[-1]

    def is_left_alone(self, *, within: float) -> bool:
        """Whether no connection is open any more, now or within so many seconds."""
        until = time.monotonic() + within
        while self.open_connections and time.monotonic() < until:
            time.sleep(0.02)
        return not self.open_connections

    def count(self, step: int) -> None:
        """One connection more or less."""
        with self._lock:
            self.open_connections += step


@dataclass(frozen=True)
class NarrowProxy:
    """uac_api in front of the stand-in; alice owns the project `fraud`."""

    uac: Program
    upstream: Recorder
    alice: Person

    def start(self, target: str) -> socket.socket:
        """The connection of a GET of alice's of which only the first bytes were read."""
        parts = urlsplit(self.uac.url)
        wire = socket.create_connection((parts.hostname, parts.port), timeout=30)
        wire.sendall(request("GET", target, self.alice.credential))
        wire.recv(1024)
        return wire

    def speak(self, method: str, target: str, *lines: str, body: bytes = b"") -> Reply:
        """What alice gets for exactly these bytes."""
        return speak(
            self.uac.url, request(method, target, self.alice.credential, *lines, body=body)
        )


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are written apart: otherwise the body waits 40 ms for an acknowledgement.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            recorder.count(1)

        def finish(self) -> None:
            recorder.count(-1)
            super().finish()

        def _answer(self) -> None:
            body = _body(self)
            if body is None:
                self.close_connection = True
                return
            if self.path != HEALTH_PATH:
                recorder.seen.append(Seen(self.command, self.path, self.headers, body))
            said = recorder.answer(self.path)
            time.sleep(said.delay)
            if said.hang:
                threading.Event().wait(HANG_SECONDS)
            if said.raw is not None or said.hang:
                self.wfile.write(said.raw or b"")
                self.close_connection = True
                return
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    return Handler


def _body(handler: BaseHTTPRequestHandler) -> bytes | None:
    """The whole body, or None when it broke off."""
    if handler.headers.get("Transfer-Encoding", "") != "chunked":
        length = int(handler.headers.get("Content-Length", "0"))
        body = handler.rfile.read(length)
        return body if len(body) == length else None
    pieces: list[bytes] = []
    while line := handler.rfile.readline():
        piece = handler.rfile.read(int(line, 16))
        handler.rfile.readline()
        if not piece:
            return b"".join(pieces) if int(line, 16) == 0 else None
        pieces.append(piece)
    return None


def speak(address: str, request: bytes) -> Reply:
    """Send exactly these bytes, say that no more will come, and read one answer."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as wire:
        wire.sendall(request)
        wire.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(wire, method=request.split(b" ")[0].decode())
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, headers, answer.read())


def request(method: str, target: str, credential: str, *lines: str, body: bytes = b"") -> bytes:
    """The bytes of a request, with nothing in them that was not asked for."""
    head = [f"{method} {target} HTTP/1.1", "Host: studio.example.org"]
    head += [f"Authorization: {credential}", "Connection: close", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body
