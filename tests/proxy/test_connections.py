"""Requests that come slowly, in odd pieces or not at all, and answers that nobody reads.

The proxy has 30 threads, and a client two seconds (STUDIO_CLIENT_SECONDS).
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median
from urllib.parse import urlsplit

import pytest

from attackers import Attack, Manner
from people import Reply
from recording import API, SLUG, NarrowProxy, Said, request

THREADS = 30
RUN = f"{API}/runs/get?run_id=a"
TAG = f"{API}/runs/set-tag"
SET = b'{"run_id": "a", "key": "k", "value": "v"}'
FILE = f"/projects/{SLUG}/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/f"
SIGN_IN = "/studio/v1/sessions"
LARGE = 100_000
SHAPE = {"error_code", "message", "reason", "request_id"}
# Far below what a client may take, far above what an answer takes here.
AT_ONCE = 1.5


class Wire:
    """A connection of a client that does as it likes."""

    def __init__(self, proxy: NarrowProxy) -> None:
        parts = urlsplit(proxy.uac.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> Reply:
        """The next answer; raises where the connection ends before it."""
        status = self._line()
        headers: dict[str, str] = {}
        while line := self._line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self._file.read(int(headers.get("content-length", "0")))
        return Reply(int(status.split(" ")[1]), headers, body)

    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return not self._file.read(1)

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def _line(self) -> str:
        line = self._file.readline().decode("latin-1")
        if not line:
            raise ConnectionError
        return line.rstrip("\r\n")


@pytest.fixture
def wire(proxy: NarrowProxy) -> Iterator[Wire]:
    one = Wire(proxy)
    yield one
    one.close()


def asked(proxy: NarrowProxy, method: str, target: str, *lines: str, body: bytes = b"") -> bytes:
    """The bytes of a request of alice's on a connection that stays."""
    whole = request(method, target, proxy.alice.credential, *lines, body=body)
    return whole.replace(b"Connection: close\r\n", b"")


def anonymous(method: str, target: str, *lines: str, body: bytes = b"") -> bytes:
    head = [f"{method} {target} HTTP/1.1", "Host: studio.example.org", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body


def usual_seconds(ask: Callable[[], None], seconds: float) -> float:
    """How long it mostly takes, done again and again for so long; once alone may be bad luck."""
    took, until = list[float](), time.monotonic() + seconds
    while time.monotonic() < until or len(took) < 3:
        began = time.monotonic()
        ask()
        took.append(time.monotonic() - began)
    return median(took)


def answers(proxy: NarrowProxy, method: str, target: str, body: bytes | None = None) -> bool:
    """Whether a call of alice's is answered as usual.

    A stand-in that a busy machine does not let answer within its second is 504, not the proxy's.
    """
    reply = proxy.alice.ask(method, target, raw=body)
    late = reply.status == 504 and reply.json["reason"] == "mlflow_timeout"
    return reply.status == 200 or late


# --- what comes slowly ---

ENDLESS = {
    "heads": Manner(anonymous("POST", SIGN_IN)[:-2], b"X-A: b\r\n"),
    "bodies": Manner(anonymous("POST", SIGN_IN, "Content-Length: 5000", body=b"{"), b" "),
    "chunks": Manner(
        anonymous("POST", SIGN_IN, "Transfer-Encoding: chunked", body=b"1\r\n{\r\n"),
        b"1\r\n \r\n",
    ),
    "large bodies": Manner(anonymous("PUT", FILE, f"Content-Length: {LARGE}"), b"x"),
}


@pytest.mark.parametrize("manner", ENDLESS.values(), ids=ENDLESS)
def test_who_never_ends_a_request_holds_no_thread(proxy: NarrowProxy, manner: Manner) -> None:
    with Attack(proxy.uac.url, 3 * THREADS, [manner], source="127.0.0.1") as attack:

        def work() -> None:
            assert proxy.alice.ask("GET", "/healthz").status == 200
            assert answers(proxy, "GET", RUN)
            assert answers(proxy, "POST", TAG, SET)

        assert usual_seconds(work, 3) < AT_ONCE
        attack.wait_until(lambda attack: attack.statuses)
    assert set(attack.statuses) == {408 if manner is not ENDLESS["large bodies"] else 401}


@pytest.mark.parametrize("part", ["head", "body"])
def test_what_does_not_end_is_408_in_the_shape_of_all_errors(
    proxy: NarrowProxy, wire: Wire, part: str
) -> None:
    whole = asked(proxy, "POST", TAG, "Content-Length: 100", body=b"{")
    wire.send(whole[:40] if part == "head" else whole)
    reply = wire.reply()
    assert (reply.status, reply.json["reason"]) == (408, "too_slow")
    assert set(reply.json) == SHAPE
    assert reply.headers["x-request-id"] == reply.json["request_id"]
    assert wire.is_over()
    assert proxy.upstream.seen == []


def test_a_request_in_small_pieces_is_answered_if_it_is_here_in_time(
    proxy: NarrowProxy, wire: Wire
) -> None:
    whole = asked(proxy, "POST", TAG, f"Content-Length: {len(SET)}", body=SET)
    for byte in whole:
        wire.send(bytes([byte]))
    assert wire.reply().status == 200
    assert proxy.upstream.last().body == SET


def test_an_upload_may_be_slow_but_not_silent(proxy: NarrowProxy, wire: Wire) -> None:
    # More than two seconds in all, at 160 KB a second; the least is 16 KiB.
    content = b"x" * 480_000
    wire.send(asked(proxy, "PUT", FILE, f"Content-Length: {len(content)}"))
    for n in range(30):
        wire.send(content[n * 16_000 : (n + 1) * 16_000])
        time.sleep(0.1)
    assert wire.reply().status == 200
    assert proxy.upstream.last().body == content


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["silent", "a byte now and then"])
def test_an_upload_below_the_least_speed_is_408(proxy: NarrowProxy, drip: bytes) -> None:
    first = asked(proxy, "PUT", FILE, f"Content-Length: {LARGE}", body=b"x" * 100)
    with Attack(proxy.uac.url, 1, [Manner(first, drip)], source="127.0.0.1") as attack:
        attack.wait_until(lambda attack: attack.statuses)
    assert set(attack.statuses) == {408}
    # The proxy itself may have asked which run the file is for.
    assert [one for one in proxy.upstream.seen if one.method == "PUT"] == []


# --- what breaks off ---


def test_a_head_or_a_body_that_breaks_off_is_400(proxy: NarrowProxy) -> None:
    whole = asked(proxy, "POST", TAG, "Content-Length: 100", body=b"{")
    for part, reason in ((whole[:40], "invalid"), (whole, "incomplete_body")):
        wire = Wire(proxy)
        wire.send(part)
        wire.socket.shutdown(socket.SHUT_WR)
        reply = wire.reply()
        assert (reply.status, reply.json["reason"], set(reply.json)) == (400, reason, SHAPE)
        wire.close()
    assert proxy.upstream.seen == []


# --- several requests on one connection ---


def test_requests_that_come_together_are_answered_one_by_one(
    proxy: NarrowProxy, wire: Wire
) -> None:
    tag = asked(proxy, "POST", TAG, f"Content-Length: {len(SET)}", body=SET)
    run = asked(proxy, "GET", RUN)
    wire.send(tag + run + tag + run[:50])
    assert [wire.reply().status for _ in range(3)] == [200] * 3
    wire.send(run[50:])
    assert wire.reply().status == 200
    assert [one.method for one in proxy.upstream.seen] == ["POST", "GET", "POST", "GET"]


@pytest.mark.parametrize("pause", [0.0, 0.3], ids=["at once", "later"])
def test_a_refusal_leaves_the_connection_for_the_next_request(
    proxy: NarrowProxy, wire: Wire, pause: float
) -> None:
    refused = asked(proxy, "POST", f"{API}/no/such", f"Content-Length: {len(SET)}", body=SET)
    in_chunks = asked(
        proxy, "POST", f"{API}/no/such", "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"
    )
    for one in (refused, in_chunks, refused):
        wire.send(one)
        assert wire.reply().status == 404
        time.sleep(pause)
    wire.send(asked(proxy, "GET", RUN))
    assert wire.reply().status == 200


def test_a_refusal_before_a_large_body_is_read_ends_the_connection_and_says_so(
    proxy: NarrowProxy, wire: Wire
) -> None:
    wire.send(asked(proxy, "PUT", f"{API}/no/such", f"Content-Length: {LARGE}", body=b"x" * 1000))
    reply = wire.reply()
    assert (reply.status, reply.headers["connection"]) == (404, "close")
    wire.send(b"x" * (LARGE - 1000))
    assert wire.is_over()


# --- who waits to be invited (RFC 9110, 10.1.1) ---


def test_nobody_is_invited_to_send_a_large_body_that_is_refused(wire: Wire) -> None:
    wire.send(anonymous("PUT", FILE, f"Content-Length: {LARGE}", "Expect: 100-continue"))
    assert wire.reply().status == 401


@pytest.mark.parametrize(
    ("method", "target", "size"), [("PUT", FILE, LARGE), ("POST", TAG, len(SET))]
)
def test_who_may_send_a_body_is_invited(
    proxy: NarrowProxy, wire: Wire, method: str, target: str, size: int
) -> None:
    wire.send(asked(proxy, method, target, f"Content-Length: {size}", "Expect: 100-continue"))
    assert wire.reply().status == 100
    wire.send(SET if size == len(SET) else b"x" * size)
    assert wire.reply().status == 200
    assert len(proxy.upstream.last().body) == size


# --- the management API: who sends more than 64 KiB is recognised first ---


def test_a_large_body_without_credentials_is_refused_before_it_is_sent(wire: Wire) -> None:
    wire.send(anonymous("POST", SIGN_IN, f"Content-Length: {LARGE}", body=b"{"))
    reply = wire.reply()
    assert (reply.status, reply.json["reason"]) == (413, "too_large")


def test_a_large_body_with_wrong_credentials_is_refused_before_it_is_sent(wire: Wire) -> None:
    lines = [f"Content-Length: {LARGE}", "Authorization: Bearer nobody"]
    wire.send(anonymous("PATCH", "/studio/v1/me", *lines))
    reply = wire.reply()
    assert (reply.status, reply.json["reason"]) == (401, "wrong_credentials")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_of_somebody_we_know_is_read(proxy: NarrowProxy, *, chunked: bool) -> None:
    body = json.dumps({"display_name": "x" * LARGE}).encode()
    lines = [f"Content-Length: {len(body)}"]
    if chunked:
        body, lines = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body), ["Transfer-Encoding: chunked"]
    reply = proxy.speak("PATCH", "/studio/v1/me", *lines, body=body)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_text")


def test_a_sign_in_may_come_in_chunks(wire: Wire) -> None:
    body = b'{"username": "alice", "password": "wrong"}'
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    wire.send(anonymous("POST", SIGN_IN, "Transfer-Encoding: chunked", body=chunk))
    reply = wire.reply()
    assert (reply.status, reply.json["reason"]) == (401, "wrong_credentials")


# --- answers that nobody reads ---


def test_who_does_not_read_an_answer_holds_no_thread(proxy: NarrowProxy) -> None:
    proxy.upstream.said = Said(body=b"x" * 900_000)
    with ExitStack() as open_:
        for _ in range(2 * THREADS):
            parts = urlsplit(proxy.uac.url)
            silent = open_.enter_context(socket.socket())
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent.settimeout(20)
            silent.connect((parts.hostname, parts.port))
            silent.sendall(asked(proxy, "GET", RUN))
            assert silent.recv(12) == b"HTTP/1.1 200"

        def work() -> None:
            assert proxy.alice.ask("GET", "/healthz").status == 200
            assert len(proxy.alice.ask("GET", RUN).body) == 900_000

        assert usual_seconds(work, 1) < AT_ONCE


def test_an_answer_arrives_whole_however_slowly_it_is_read(proxy: NarrowProxy, wire: Wire) -> None:
    content = bytes(range(256)) * 12_000
    proxy.upstream.said = Said(body=content)
    # More than the two seconds of a silent client.
    wire.send(asked(proxy, "GET", RUN))
    answer = http.client.HTTPResponse(wire.socket)
    answer.begin()
    received = b""
    while piece := answer.read(100_000):
        received += piece
        time.sleep(0.1)
    assert received == content
