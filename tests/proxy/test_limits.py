"""Limits on what one caller may send, hold and wait for; each says so in MLflow's shape."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from people import Reply
from recording import API, NarrowProxy, Said, request, speak

RUN = f"{API}/runs/get?run_id=a"
SHAPE = {"error_code", "message", "reason", "request_id"}


def wire(proxy: NarrowProxy) -> socket.socket:
    parts = urlsplit(proxy.uac.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def rest_of(connection: socket.socket) -> bytes:
    """All that still comes until the other side closes."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


@pytest.mark.parametrize("length", [9_000, 60_000, 64 * 1024])
def test_an_address_of_64_kib_arrives_whole(proxy: NarrowProxy, length: int) -> None:
    around = len(f"GET {RUN}&x= HTTP/1.1")
    filling = "y" * (length - around)
    assert proxy.speak("GET", f"{RUN}&x={filling}").status == 200
    assert proxy.upstream.last().target.endswith(f"&x={filling}")


@pytest.mark.parametrize("more", [1, 9_000, 300_000])
def test_an_address_that_is_too_long_is_414(proxy: NarrowProxy, more: int) -> None:
    around = len(f"GET {RUN}&x= HTTP/1.1")
    reply = proxy.speak("GET", f"{RUN}&x={'y' * (64 * 1024 - around + more)}")
    assert (reply.status, reply.json["reason"]) == (414, "address_too_long")
    assert set(reply.json) == SHAPE
    assert proxy.upstream.seen == []


@pytest.mark.parametrize(
    "lines", [[f"X-{n}: 1" for n in range(200)], ["X-Long: " + "y" * 70_000]], ids=["many", "long"]
)
def test_headers_that_are_too_many_or_too_long_are_431(
    proxy: NarrowProxy, lines: list[str]
) -> None:
    reply = proxy.speak("GET", RUN, *lines)
    assert (reply.status, reply.json["reason"]) == (431, "headers_too_large")
    assert set(reply.json) == SHAPE
    assert proxy.upstream.seen == []


@pytest.mark.parametrize("nonsense", [b"what?\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_request_is_400_in_the_same_shape(proxy: NarrowProxy, nonsense: bytes) -> None:
    reply = speak(proxy.uac.url, nonsense)
    assert reply.status == 400
    assert set(reply.json) == SHAPE


def test_a_body_over_the_limit_is_413_announced_or_not(proxy: NarrowProxy) -> None:
    big = json.dumps({"run_id": "a", "key": "k", "value": "v" * (1 << 20)}).encode()
    said = proxy.alice.ask("POST", f"{API}/runs/set-tag", raw=big)
    assert (said.status, said.json["reason"]) == (413, "too_large")
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(big), big)
    unsaid = proxy.speak("POST", f"{API}/runs/set-tag", "Transfer-Encoding: chunked", body=chunks)
    assert unsaid.status == 413
    assert proxy.upstream.seen == []


@pytest.mark.parametrize("sent", ["half a head", "half a body"])
def test_a_client_that_falls_silent_does_not_keep_a_thread(proxy: NarrowProxy, sent: str) -> None:
    lines = ["Content-Length: 100"]
    whole = request("POST", f"{API}/runs/set-tag", proxy.alice.credential, *lines, body=b"{")
    part = whole[:20] if sent == "half a head" else whole
    with wire(proxy) as connection:
        connection.sendall(part)
        began = time.monotonic()
        rest_of(connection)
    assert time.monotonic() - began < 8, "STUDIO_CLIENT_SECONDS is 2 here"
    assert proxy.upstream.seen == []


def test_one_person_does_not_take_the_place_of_all(proxy: NarrowProxy) -> None:
    # Twelve are under way, two wait for them, and six are refused.
    proxy.upstream.said = Said(hang=True)
    with ThreadPoolExecutor(20) as pool:
        hanging = [pool.submit(proxy.alice.ask, "GET", RUN) for _ in range(20)]
        time.sleep(0.3)
        began = time.monotonic()
        alive = urllib3.request("GET", f"{proxy.uac.url}/healthz", retries=False)
        took = time.monotonic() - began
        replies = [one.result() for one in hanging]
    assert (alive.status, took < 0.9) == (200, True), took
    reasons = sorted((reply.status, reply.json["reason"]) for reply in replies)
    assert (429, "too_many_calls") in reasons, reasons
    assert {status for status, _ in reasons} <= {429, 503, 504}
    for reply in replies:
        assert reply.status == 504 or reply.headers["retry-after"] == "1"


def test_who_has_a_few_calls_more_than_may_be_waits_for_a_place(proxy: NarrowProxy) -> None:
    proxy.upstream.said = Said(delay=0.2)
    with ThreadPoolExecutor(14) as pool:
        calls = [pool.submit(proxy.alice.ask, "GET", RUN) for _ in range(14)]
        assert {one.result().status for one in calls} == {200}


def test_turns_are_given_back_however_a_call_ends(proxy: NarrowProxy) -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 2000
    for said in (Said(), Said(raw=b"what?\r\n\r\n"), Said(404), Said(500, {}, b"x" * 2_000_000)):
        proxy.upstream.said = said
        for _ in range(30):
            assert proxy.alice.ask("GET", RUN).status != 429
    proxy.upstream.said = Said(raw=long)
    for _ in range(30):
        proxy.start(RUN).close()
    proxy.upstream.said = Said()
    assert proxy.alice.ask("GET", RUN).status == 200


def test_the_trace_of_a_request_goes_on_to_mlflow_and_into_the_log(proxy: NarrowProxy) -> None:
    trace, parent = "ab" * 16, "cd" * 8
    offered = f"00-{trace}-{parent}-01"
    headers = {"traceparent": offered, "X-Request-ID": "traced-1"}
    assert proxy.alice.ask("GET", RUN, headers=headers).status == 200
    went_on = proxy.upstream.last().headers["traceparent"]
    assert went_on.startswith(f"00-{trace}-")
    assert parent not in went_on, "this hop has an id of its own"
    until = time.monotonic() + 5
    while b"traced-1" not in proxy.uac.log.read_bytes() and time.monotonic() < until:
        time.sleep(0.05)
    lines = [line for line in proxy.uac.log.read_text().splitlines() if "traced-1" in line]
    assert json.loads(lines[-1])["trace_id"] == trace


@pytest.mark.parametrize("offered", ["", "00-x-y-01", f"00-{'0' * 32}-{'cd' * 8}-01", "\u00e4"])
def test_a_trace_that_is_none_is_begun_here(proxy: NarrowProxy, offered: str) -> None:
    headers = {"traceparent": offered} if offered else {}
    assert proxy.alice.ask("GET", RUN, headers=headers).status == 200
    version, trace, span, flags = proxy.upstream.last().headers["traceparent"].split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert set(trace) != {"0"}


def open_files(proxy: NarrowProxy) -> int:
    """How many descriptors the worker of uac_api holds."""
    assert proxy.uac.process is not None
    parent = proxy.uac.process.pid
    [worker] = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return len(list(Path(f"/proc/{worker}/fd").iterdir()))


START = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TROUBLES = {
    "nonsense": Said(raw=b"\x16\x03\x01\x02\x00"),
    "silence": Said(raw=b""),
    "half a body": Said(raw=START + b"Content-Length: 100\r\n\r\n{"),
    "half a chunk": Said(raw=START + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf"),
    "a chunk of no size": Said(raw=START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "a length of no number": Said(raw=START + b"Content-Length: -5\r\n\r\n{}"),
    "an endless head": Said(raw=b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 20_000),
    "a page": Said(500, {"Content-Type": "text/html"}, b"<h1>no</h1>"),
    "a wrong secret": Said(401, {}, b"{}"),
}


def troubled(proxy: NarrowProxy) -> Reply | None:
    """What alice gets; None for an answer that broke off in the middle."""
    try:
        return proxy.alice.ask("GET", RUN)
    except urllib3.exceptions.HTTPError:
        return None


def test_a_thousand_troubles_leave_nothing_behind(proxy: NarrowProxy) -> None:
    # As many at once as below: the database keeps its own connections for them.
    proxy.upstream.said = Said(delay=0.2)
    with ThreadPoolExecutor(10) as pool:
        assert {
            reply.status for reply in pool.map(lambda _: proxy.alice.ask("GET", RUN), range(20))
        }
    before, statuses = open_files(proxy), set()
    for said in TROUBLES.values():
        proxy.upstream.said = said
        for _ in range(105):
            reply = troubled(proxy)
            statuses.add(reply.status if reply else 0)
    proxy.upstream.said = Said(hang=True)
    with ThreadPoolExecutor(10) as pool:
        hung = list(pool.map(lambda _: troubled(proxy), range(60)))
    assert {reply.status for reply in hung if reply} == {504}
    # 504 only where the machine is too busy to answer within the proxy's second.
    assert statuses <= {0, 500, 502, 503, 504}, statuses
    proxy.upstream.said = Said()
    assert proxy.alice.ask("GET", RUN).status == 200
    until = time.monotonic() + 10
    while (proxy.upstream.open_connections > 1 or open_files(proxy) > before + 3) and (
        time.monotonic() < until
    ):
        time.sleep(0.1)
    assert proxy.upstream.open_connections <= 1
    assert open_files(proxy) <= before + 3


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until it holds; fails after ten seconds."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_graceful_stop_answers_every_request_under_way(proxy: NarrowProxy) -> None:
    proxy.upstream.said = Said(delay=0.7)
    with ThreadPoolExecutor(8) as pool:
        under_way = [pool.submit(proxy.alice.ask, "GET", RUN) for _ in range(8)]
        wait_until(lambda: len(proxy.upstream.seen) == 8)
        stopper = threading.Thread(target=proxy.uac.stop, args=(signal.SIGTERM,))
        stopper.start()
        statuses = [one.result().status for one in under_way]
        stopper.join()
    proxy.uac.start()
    proxy.upstream.said = Said()
    assert statuses == [200] * 8
    assert proxy.alice.ask("GET", RUN).status == 200
