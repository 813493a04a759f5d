"""Connections without a thread: whose turn it is, who goes when there is no room, how they end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import pytest

from uac_api.serving import event_loop
from uac_api.serving.connection import Connection
from uac_api.serving.event_loop import EventLoop, Limits
from uac_api.serving.shares import UNREAD_EACH_SECOND, ThreadShares

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
SHARE = 2
ROOM = 8
MEMORY = 100_000
SECONDS = 0.4


class Running:
    """An event loop in a thread, whose requests go no further than this list."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self._address = self.listener.getsockname()
        self.requests: list[Connection] = []
        self._clients: list[socket.socket] = []
        limits = Limits(
            connections=ROOM,
            idle_seconds=10.0,
            head_seconds=SECONDS,
            body_seconds=SECONDS,
            speed=16_384.0,
            line=65_536,
        )
        shares = ThreadShares(SHARE, [ip_network("127.0.0.9")])
        self.loop = EventLoop([self.listener], limits, shares, self.requests.append)
        self._over = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def client(self, sent: bytes = b"", *, address: str = "127.0.0.2") -> socket.socket:
        """A new client that has sent this."""
        one = socket.socket()
        self._clients.append(one)
        one.settimeout(10)
        one.bind((address, 0))
        one.connect(self._address)
        one.sendall(sent)
        return one

    def answer(self, connection: Connection, content: bytes = b"") -> None:
        """Do as a thread does that has answered."""
        connection.begin_request(b"")
        connection.output.add(content)
        self.loop.give_back(connection)

    def end(self) -> None:
        """Have the loop end, and wait until it has begun to."""
        self._ends.set()
        wait_until(lambda: not self._ends.is_set())
        wait_until(lambda: self.listener.fileno() < 0)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self.loop.close()
        for connection in self.requests:
            connection.sock.close()
        for one in (*self._clients, self.listener):
            one.close()

    def _run(self) -> None:
        self.loop.accept(wanted=True)
        while not self._over.is_set():
            if self._ends.is_set():
                self._ends.clear()
                self.loop.end()
            self.loop.step(0.02)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(event_loop, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(event_loop, "TURN_SECONDS", SECONDS)
    monkeypatch.setattr(event_loop, "LINGER_SECONDS", SECONDS)
    monkeypatch.setattr(event_loop, "MOST_MEMORY", MEMORY)
    one = Running()
    yield one
    one.stop()


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def is_closed(client: socket.socket) -> bool:
    """Whether the other side has ended a connection on which it said nothing."""
    client.setblocking(False)
    try:
        return not client.recv(1)
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    finally:
        client.settimeout(10)


def all_of(client: socket.socket) -> bytes:
    received = b""
    while piece := client.recv(65536):
        received += piece
    return received


def test_a_thread_gets_a_request_when_it_is_whole(running: Running) -> None:
    client = running.client(GET[:-1])
    time.sleep(SECONDS / 4)
    assert running.requests == []
    client.sendall(GET[-1:])
    wait_until(lambda: len(running.requests) == 1)
    assert bytes(running.requests[0].received) == GET


def test_the_requests_of_one_address_wait_for_their_turn_and_others_do_not(
    running: Running,
) -> None:
    for _ in range(SHARE + 1):
        running.client(GET)
    wait_until(lambda: len(running.requests) == SHARE)
    running.client(GET, address="127.0.0.3")
    wait_until(lambda: len(running.requests) == SHARE + 1)
    assert running.requests[-1].address == "127.0.0.3"
    running.answer(running.requests[0])
    wait_until(lambda: len(running.requests) == SHARE + 2)
    assert running.requests[-1].address == "127.0.0.2"


def test_who_waits_too_long_for_a_turn_is_told(running: Running) -> None:
    for _ in range(SHARE):
        running.client(GET)
    wait_until(lambda: len(running.requests) == SHARE)
    answer = all_of(running.client(GET))
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"too_many_of_address" in answer
    assert b"Retry-After: 1\r\n" in answer


def test_a_proxy_has_all_threads_and_each_of_its_clients_a_share(running: Running) -> None:
    def through(client: str) -> bytes:
        return GET.replace(b"Host: a", f"X-Forwarded-For: {client}".encode())

    for client in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"):
        running.client(through(client), address="127.0.0.9")
    wait_until(lambda: len(running.requests) == SHARE + 1)
    assert sorted(one.sharer for one in running.requests) == ["192.0.2.1"] * 2 + ["192.0.2.2"]


def test_when_there_is_no_room_the_oldest_of_the_greediest_goes(running: Running) -> None:
    honest = running.client(address="127.0.0.3")
    greedy = [running.client() for _ in range(ROOM + 3)]
    newcomer = running.client(GET, address="127.0.0.4")
    wait_until(lambda: len(running.requests) == 1)
    assert running.requests[0].address == "127.0.0.4"
    assert is_closed(greedy[0])
    assert not is_closed(greedy[-1])
    assert not is_closed(honest)
    assert not is_closed(newcomer)


def test_when_threads_have_all_connections_others_wait_outside(running: Running) -> None:
    addresses = [f"127.0.0.{number}" for number in range(20, 20 + ROOM)]
    for address in addresses:
        running.client(GET, address=address)
    wait_until(lambda: len(running.requests) == ROOM)
    running.client(GET, address="127.0.0.99")
    time.sleep(SECONDS / 4)
    assert "127.0.0.99" not in [one.address for one in running.requests]
    for one in list(running.requests):
        running.answer(one)
    wait_until(lambda: "127.0.0.99" in [one.address for one in running.requests])


def test_who_holds_most_goes_when_memory_is_short(running: Running) -> None:
    small = running.client(GET, address="127.0.0.3")
    large = running.client(GET)
    wait_until(lambda: len(running.requests) == 2)
    by_address = {one.address: one for one in running.requests}
    for one in by_address.values():
        # As if their clients read nothing.
        one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    running.answer(by_address["127.0.0.3"], b"x" * 20_000)
    running.answer(by_address["127.0.0.2"], b"x" * 50 * MEMORY)
    time.sleep(SECONDS / 2)
    with pytest.raises(ConnectionResetError):
        all_of(large)
    assert small.recv(10) == b"x" * 10


def test_a_refusal_is_read_while_its_client_still_sends(running: Running) -> None:
    client = running.client(b"G" * 70_000)
    time.sleep(SECONDS / 2)
    for _ in range(50):
        client.sendall(b"E" * 65_536)
    client.shutdown(socket.SHUT_WR)
    answer = all_of(client)
    assert answer.startswith(b"HTTP/1.1 414 ")
    assert b"address_too_long" in answer


def test_at_the_end_idle_connections_have_a_moment_and_requests_are_answered(
    running: Running,
) -> None:
    idle, busy = running.client(), running.client(GET)
    wait_until(lambda: len(running.requests) == 1)
    running.end()
    with pytest.raises(ConnectionRefusedError):
        running.client()
    assert all_of(idle) == b""
    assert not running.loop.is_empty
    running.requests[0].closing = True
    running.requests[0].output.add(b"done")
    running.loop.give_back(running.requests[0])
    assert all_of(busy) == b"done"
    wait_until(lambda: running.loop.is_empty)


PUT = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n"


def refuse_next(running: Running, number: int) -> None:
    """Answer a request without having read its body, as a thread does that refuses it."""
    wait_until(lambda: len(running.requests) > number)
    connection = running.requests[number]
    connection.closing = connection.unread = True
    running.answer(connection, b"401")


def test_large_bodies_that_nobody_reads_begin_so_many_in_a_second(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second does not end.
    monkeypatch.setattr(event_loop, "TICK_SECONDS", 60.0)
    time.sleep(0.1)
    for number in range(UNREAD_EACH_SECOND):
        refused = running.client(PUT)
        refuse_next(running, number)
        assert all_of(refused) == b"401"
    running.client(PUT)
    other = running.client(PUT, address="127.0.0.3")
    refuse_next(running, UNREAD_EACH_SECOND)
    assert all_of(other) == b"401"
    assert len(running.requests) == UNREAD_EACH_SECOND + 1


def test_who_had_to_wait_begins_in_the_next_second(running: Running) -> None:
    for number in range(2 * UNREAD_EACH_SECOND):
        refused = running.client(PUT)
        refuse_next(running, number)
        assert all_of(refused) == b"401"


def test_who_had_to_wait_begins_once_a_body_was_read(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_loop, "TICK_SECONDS", 60.0)
    time.sleep(0.1)
    for number in range(UNREAD_EACH_SECOND - 1):
        running.client(PUT)
        refuse_next(running, number)
    running.client(PUT)
    waiting = running.client(PUT)
    wait_until(lambda: len(running.requests) == UNREAD_EACH_SECOND)
    running.answer(running.requests[-1], b"200")
    refuse_next(running, UNREAD_EACH_SECOND)
    assert all_of(waiting) == b"401"
