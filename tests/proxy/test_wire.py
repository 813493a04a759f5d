"""One connection to MLflow, against a server that says exactly the bytes it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from uac_api.errors import BadUpstream, TooSlow, Unavailable
from uac_api.mlflow.upstream import Upstream
from uac_api.traffic import Places, Traffic

JSON = b"Content-Type: application/json\r\n"
DONE = b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 2\r\n\r\n{}"
CLOSE = b""


class Scripted:
    """Answers the n-th request, over all connections, with the n-th script; then it closes.

    A script that is CLOSE ends the connection without a word.
    """

    def __init__(self, *scripts: bytes, hang_up: bool = False) -> None:
        self._scripts = list(scripts)
        self._hang_up = hang_up
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Accept nothing more."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while self._scripts:
            request = connection.recv(65536)
            if not request:
                return
            self.requests.append(request)
            script = self._scripts.pop(0)
            connection.sendall(script)
            if script == CLOSE or self._hang_up:
                return


def upstream_of(server: Scripted) -> Upstream:
    return Upstream(server.url, "s" * 40, timeout=1)


def bodies(server: Scripted, count: int, method: str = "GET") -> list[bytes]:
    """The bodies of so many answers, one after the other."""
    upstream = upstream_of(server)
    with closing(server), closing(upstream):
        return [
            upstream.fetch(
                method, "/a", workspace="fraud", body=b"{}" if method == "POST" else None
            )[1]
            for _ in range(count)
        ]


def test_a_connection_is_used_again() -> None:
    server = Scripted(DONE, DONE, DONE)
    assert bodies(server, 3) == [b"{}"] * 3
    assert server.connections == 1


def test_a_read_goes_out_again_when_the_connection_closed_just_then() -> None:
    server = Scripted(DONE, CLOSE, DONE)
    assert bodies(server, 2) == [b"{}"] * 2
    assert len(server.requests) == 3


def test_a_write_never_goes_out_twice() -> None:
    server = Scripted(DONE, CLOSE, DONE)
    with pytest.raises(BadUpstream):
        bodies(server, 2, "POST")
    assert len(server.requests) == 2


def test_a_search_is_a_read_and_goes_out_again_with_its_body() -> None:
    server = Scripted(DONE, CLOSE, DONE)
    upstream = upstream_of(server)
    with closing(server), closing(upstream):
        for number in range(2):
            asked = f'{{"filter": "{number}"}}'.encode()
            _, found = upstream.fetch("POST", "/a", workspace="fraud", body=asked, reads=True)
            assert found == b"{}"
    assert [b'"1"' in request for request in server.requests] == [False, True, True]


def test_a_stream_that_reads_is_not_sent_again() -> None:
    server = Scripted(DONE, CLOSE, DONE)
    upstream = upstream_of(server)
    with closing(server), closing(upstream):
        upstream.fetch("POST", "/a", workspace="fraud", body=b"{}")
        with pytest.raises(BadUpstream):
            upstream.fetch("POST", "/a", workspace="fraud", body=iter([b"{}"]), reads=True)
    assert len(server.requests) == 2


def test_a_read_on_a_new_connection_is_not_tried_again() -> None:
    server = Scripted(CLOSE, DONE)
    with pytest.raises(BadUpstream):
        bodies(server, 1)
    assert len(server.requests) == 1


def test_a_connection_that_was_closed_while_it_rested_is_noticed_before_a_write() -> None:
    server = Scripted(DONE, DONE, hang_up=True)
    upstream = upstream_of(server)
    with closing(server), closing(upstream):
        for _ in range(2):
            assert upstream.fetch("POST", "/a", workspace="fraud", body=b"{}") == (200, b"{}")
            # Closed at the very moment of a write, nobody could know: this is about a rest.
            time.sleep(0.1)
    assert server.connections == 2


def test_bytes_that_nobody_asked_for_are_never_the_next_answer() -> None:
    stolen = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"of": "bob"}'
    server = Scripted(DONE + stolen, DONE)
    assert bodies(server, 2) == [b"{}"] * 2
    assert server.connections == 2


def test_a_head_that_comes_in_pieces_with_a_continue_before_it() -> None:
    server = Scripted(b"HTTP/1.1 100 Continue\r\n\r\n" + DONE)
    assert bodies(server, 1) == [b"{}"]


@pytest.mark.parametrize(
    ("framing", "expected"),
    [
        (
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
            b"abcde",
        ),
        (b"Connection: close\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
        (b"\r\nuntil the end", b"until the end"),
        (b"Content-Length: 0\r\n\r\n", b""),
    ],
)
def test_every_way_to_frame_a_body(framing: bytes, expected: bytes) -> None:
    server = Scripted(b"HTTP/1.1 200 OK\r\n" + framing, DONE, hang_up=True)
    assert bodies(server, 2) == [expected, b"{}"]


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_leaves_the_connection_usable(status: int) -> None:
    server = Scripted(b"HTTP/1.1 %d X\r\nContent-Length: 9\r\n\r\n" % status, DONE)
    assert bodies(server, 2) == [b"", b"{}"]
    assert server.connections == 1


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20x OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n X: folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\nSet-Cookie: b\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\rSet-Cookie: b\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\0b\r\n\r\nab",
        b"HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: a\r\nETag: b\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ],
)
def test_what_is_no_http_is_a_bad_answer(broken: bytes) -> None:
    with pytest.raises(BadUpstream):
        bodies(Scripted(broken, hang_up=True), 1)


def test_a_header_that_comes_twice_is_one_list() -> None:
    twice = b"Vary: Accept\r\nCache-Control: private\r\nvary: Cookie\r\nCache-Control: no-cache\r\n"
    server = Scripted(DONE.replace(JSON, JSON + JSON + twice))
    upstream = upstream_of(server)
    with closing(server), closing(upstream), ExitStack() as resources:
        answer = upstream.send("GET", "/a", resources=resources, workspace="fraud")
        assert answer.body.read() == b"{}"
    assert (answer.headers["vary"], answer.headers["cache-control"]) == (
        "Accept, Cookie",
        "private, no-cache",
    )
    assert answer.headers["content-type"] == "application/json"


def test_silence_is_too_slow_and_ends_the_connection() -> None:
    server = Scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", DONE)
    upstream = upstream_of(server)
    with closing(server), closing(upstream), pytest.raises(TooSlow):
        upstream.fetch("GET", "/a", workspace=None)


def test_a_stream_goes_in_chunks_unless_its_length_is_known() -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"abc", b"", b"de")

    server = Scripted(DONE, DONE)
    upstream = upstream_of(server)
    with closing(server), closing(upstream):
        upstream.fetch("PUT", "/a", workspace="fraud", body=pieces())
    assert b"transfer-encoding: chunked" in server.requests[0].lower()
    assert server.requests[0].partition(b"\r\n\r\n")[2] in (
        b"",
        b"3\r\nabc\r\n",
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    )


def test_when_as_many_are_under_way_as_may_be_the_next_one_is_told() -> None:
    server = Scripted(DONE, DONE)
    limit = Places(scripts=1, pages=1, lists=1).limit(Traffic.SCRIPTS)
    upstream = Upstream(server.url, "s" * 40, timeout=0.2, limit=limit)
    with closing(server), closing(upstream):
        with ExitStack() as resources:
            first = upstream.send("GET", "/a", resources=resources, workspace=None)
            with pytest.raises(Unavailable, match="too much to do"):
                upstream.fetch("GET", "/a", workspace=None)
            first.body.read()
        upstream.fetch("GET", "/a", workspace=None)


def named(monkeypatch: pytest.MonkeyPatch, *places: str, port: int) -> None:
    """The resolver names these addresses, always in this order."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port)) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(found))


def test_a_replica_that_is_gone_does_not_keep_calls_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = Scripted(*[DONE] * 8)
    port = int(there.url.rpartition(":")[2])
    named(monkeypatch, "127.0.0.9", "127.0.0.1", port=port)
    with closing(there):
        for _ in range(8):
            with closing(upstream_of(there)) as upstream:
                assert upstream.fetch("GET", "/a", workspace="fraud") == (200, b"{}")
        named(monkeypatch, "127.0.0.8", "127.0.0.9", port=port)
        with pytest.raises(Unavailable):
            upstream_of(there).fetch("GET", "/a", workspace="fraud")


def test_calls_are_spread_over_the_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(address: tuple[str, int], _: float) -> socket.socket:
        asked.append(address[0])
        raise ConnectionRefusedError

    named(monkeypatch, "10.0.0.1", "10.0.0.2", port=5000)
    monkeypatch.setattr(socket, "create_connection", refuse)
    upstream = Upstream("http://mlflow_server:5000", "s" * 40, timeout=1)
    for _ in range(40):
        with pytest.raises(Unavailable):
            upstream.fetch("GET", "/a", workspace="fraud")
    assert set(asked[::2]) == {"10.0.0.1", "10.0.0.2"}
