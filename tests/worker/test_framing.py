"""Where a request ends in the bytes that have come, however they were cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uac_api.request_body import SMALL
from uac_api.serving.framing import Arrival, Framing

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def post(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join(["POST /x HTTP/1.1", "Host: a", *lines, "", ""]).encode() + body


def announced(body: bytes) -> bytes:
    return post(f"Content-Length: {len(body)}", body=body)


def chunked(*pieces: bytes, trailer: bytes = b"") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return post("Transfer-Encoding: chunked", body=body + b"0\r\n" + trailer + b"\r\n")


WHOLE = {
    "no body": GET,
    "empty": announced(b""),
    "announced": announced(b'{"a": 1}'),
    "at the limit": announced(b"x" * SMALL),
    "no headers": b"GET / HTTP/1.1\r\n\r\n",
    "spelled otherwise": post("cOnTeNt-LeNgTh:\t 2 ", body=b"{}"),
    "in chunks": chunked(b"{}"),
    "in many chunks": chunked(*[b"%d" % n for n in range(200)]),
    "with trailers": chunked(b"{}", trailer=b"X-A: b\r\nX-B: c\r\n"),
    "with an extension": post(
        "Transfer-Encoding: chunked", body=b"2;name=value\r\n{}\r\n0\r\n\r\n"
    ),
    "the end of chunks in a chunk": chunked(b"0\r\n\r\n"),
}


@pytest.mark.parametrize("request_", WHOLE.values(), ids=WHOLE)
def test_a_request_is_whole_with_its_last_byte_and_not_before(request_: bytes) -> None:
    framing, received = Framing(), bytearray()
    for byte in request_[:-1]:
        received.append(byte)
        assert framing.look(received) in (Arrival.HEAD_COMES, Arrival.BODY_COMES)
    received += request_[-1:]
    assert framing.look(received) is Arrival.WHOLE


@given(st.sampled_from(list(WHOLE.values())), st.lists(st.integers(1, 40_000)), st.binary())
def test_pieces_of_any_size_and_what_comes_behind_make_no_difference(
    request_: bytes, sizes: list[int], behind: bytes
) -> None:
    framing, received, rest = Framing(), bytearray(), request_ + behind
    for size in [*sizes, len(rest)]:
        received += rest[:size]
        rest = rest[size:]
        arrival = framing.look(received)
        assert (arrival is Arrival.WHOLE) == (len(received) >= len(request_))


@pytest.mark.parametrize(
    "head",
    [
        post(f"Content-Length: {SMALL + 1}"),
        post(f"Content-Length: {10**15}"),
        post(f"Content-Length: {'9' * 4000}"),
    ],
)
def test_what_is_announced_to_be_large_waits_for_nothing(head: bytes) -> None:
    framing = Framing()
    assert framing.look(bytearray(head[:-1])) is Arrival.HEAD_COMES
    assert framing.look(bytearray(head)) is Arrival.LARGE


def test_chunks_become_large_when_they_are() -> None:
    framing = Framing()
    received = bytearray(post("Transfer-Encoding: chunked"))
    while len(received) < SMALL:
        received += b"1\r\nx\r\n"
        assert framing.look(received) is Arrival.BODY_COMES
    received += b"400\r\n" + b"x" * 0x400
    assert framing.look(received) is Arrival.LARGE


@pytest.mark.parametrize(
    "odd",
    [
        post("Content-Length: 5", "Content-Length: 7"),
        post("Content-Length: 5", "Transfer-Encoding: chunked"),
        post("Content-Length: -5"),
        post("Content-Length: 5,5"),
        post("Content-Length: 0x10"),
        post("Transfer-Encoding: chunked", body=b"what?\r\n"),
        post("Transfer-Encoding: chunked", body=b"-5\r\n"),
        post("Transfer-Encoding: chunked", body=b"\r\n"),
        post("Transfer-Encoding: chunked", body=b"1" * 17 + b"\r\n"),
    ],
)
def test_what_is_odd_is_handed_on_to_be_refused(odd: bytes) -> None:
    assert Framing().look(bytearray(odd)) is Arrival.WHOLE


def test_the_head_tells_who_is_behind_a_proxy_and_who_waits_to_be_invited() -> None:
    framing = Framing()
    lines = ["x-forwarded-for: 10.0.0.1", "Expect: 100-Continue", "X-Forwarded-For: 10.0.0.2, ::1"]
    framing.look(bytearray(post(*lines)))
    assert framing.forwarded == "10.0.0.1,10.0.0.2, ::1"
    assert framing.expects_continue
    plain = Framing()
    plain.look(bytearray(post("X-Expect: 100-continue", "Not-X-Forwarded-For: 10.0.0.1")))
    assert (plain.forwarded, plain.expects_continue) == ("", False)
