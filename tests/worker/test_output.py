"""What goes out on a connection whose client reads slowly, or not at all."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from uac_api.serving.output import MOST_HELD, Output, ReaderTooSlow
from uac_api.serving.pace import Pace

SECONDS = 0.3


@dataclass
class Line:
    """An output, and the other end of its connection."""

    output: Output
    other: socket.socket

    def read(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            received += self.other.recv(size - len(received))
        return received


@pytest.fixture
def line() -> Iterator[Line]:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 50_000))
    theirs.settimeout(10)
    yield Line(Output(ours, Pace(SECONDS, 1024.0)), theirs)
    ours.close()
    theirs.close()


def test_a_head_leaves_together_with_the_body_behind_it(line: Line) -> None:
    line.output.sendall(b"head")
    line.other.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.other.recv(100)
    line.output.sendall(b" and body")
    assert line.other.recv(100) == b"head and body"


def test_a_head_alone_leaves_when_it_is_pushed(line: Line) -> None:
    line.output.sendall(b"head")
    assert (line.output.push(), line.output.held) == (4, 0)
    assert line.other.recv(100) == b"head"


def test_an_answer_up_to_the_limit_waits_for_no_reader(line: Line) -> None:
    content = bytes(range(256)) * (MOST_HELD // 256)
    line.output.sendall(content)
    line.output.push()
    assert 0 < line.output.held < len(content)
    received = b""
    while line.output.held:
        received += line.other.recv(1 << 20)
        line.output.push()
    received += line.read(len(content) - len(received))
    assert received == content


def test_more_than_that_goes_at_the_readers_pace(line: Line) -> None:
    piece, number = b"x" * 300_000, 20
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(line.read(len(piece) * number)))
    reader.start()
    for _ in range(number):
        line.output.sendall(piece)
        assert line.output.held <= MOST_HELD
    while line.output.held:
        line.output.push()
    reader.join()
    assert received == [piece * number]


def test_who_does_not_read_is_given_up(line: Line) -> None:
    with pytest.raises(ReaderTooSlow):
        line.output.sendall(b"x" * 10 * MOST_HELD)


def test_who_has_left_is_noticed(line: Line) -> None:
    line.other.close()
    line.output.sendall(b"head")
    with pytest.raises(ConnectionError):
        line.output.sendall(b"body")


def test_a_client_is_invited_to_send_its_body_once_and_only_when_it_is_wanted(line: Line) -> None:
    line.output.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert line.output.held == 0
    line.output.invite()
    line.output.invite()
    line.output.sendall(b"HTTP/1.1 200 OK\r\n")
    line.output.push()
    assert line.other.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
