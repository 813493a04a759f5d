"""What one address may have of threads, and of connections when there is no room for all."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import pytest

from uac_api.serving.connection import Connection, Phase
from uac_api.serving.framing import Arrival
from uac_api.serving.shares import LargeBodyPace, ThreadShares

PROXY = "10.0.0.1"
Make = Callable[..., Connection]


@pytest.fixture
def shares() -> ThreadShares:
    """Two threads for each address; 10.0.0.0/8 are proxies."""
    return ThreadShares(2, [ip_network("10.0.0.0/8")])


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes connections from an address; each is older than the one after it."""
    ends: list[socket.socket] = []
    number = 0

    def made(address: str, *, phase: Phase = Phase.IDLE, forwarded: str = "") -> Connection:
        nonlocal number
        ours, theirs = socket.socketpair()
        ends.extend([ours, theirs])
        client = (address, 1) if address else ""
        connection = Connection(ours, client, ("127.0.0.1", 5001), seconds=1, speed=1)
        connection.enter(phase, 1)
        number += 1
        connection.since = number
        connection.framing.forwarded = forwarded
        return connection

    yield made
    for end in ends:
        end.close()


def test_an_address_has_its_share_and_others_have_theirs(shares: ThreadShares, make: Make) -> None:
    mine = [make("192.0.2.1") for _ in range(3)]
    assert [shares.take(one) for one in mine] == [True, True, False]
    assert shares.take(make("192.0.2.2"))
    shares.give_back(mine[0])
    assert shares.take(mine[2])


def test_what_never_got_a_share_gives_none_back(shares: ThreadShares, make: Make) -> None:
    mine = [make("192.0.2.1") for _ in range(3)]
    for one in mine:
        shares.take(one)
    shares.give_back(mine[2])
    assert not shares.take(mine[2])


def test_through_a_proxy_it_is_the_client_who_counts(shares: ThreadShares, make: Make) -> None:
    mine = [make(PROXY, forwarded="6.6.6.6, 192.0.2.1") for _ in range(3)]
    assert [shares.take(one) for one in mine] == [True, True, False]
    assert not shares.take(make("192.0.2.1")), "the same client without the proxy"
    assert shares.take(make(PROXY, forwarded="192.0.2.2"))


@pytest.mark.parametrize("address", [PROXY, ""])
def test_a_proxy_itself_and_this_machine_have_no_limit(
    shares: ThreadShares, make: Make, address: str
) -> None:
    assert all(shares.take(make(address)) for _ in range(10))


def test_all_addresses_of_one_line_of_ipv6_are_one(shares: ThreadShares, make: Make) -> None:
    taken = [shares.take(make(f"2001:db8:0:1::{n}")) for n in range(3)]
    assert taken == [True, True, False]
    assert shares.take(make("2001:db8:0:2::1"))


def test_room_is_made_by_the_oldest_of_the_address_that_has_most(
    shares: ThreadShares, make: Make
) -> None:
    honest = [make("192.0.2.1") for _ in range(3)]
    greedy = [make("192.0.2.66", phase=Phase.HEAD) for _ in range(5)]
    assert shares.spare([*greedy, *honest], lambda _: 1) == greedy


def test_what_is_being_answered_stays_and_proxies_go_last(shares: ThreadShares, make: Make) -> None:
    served = [make("192.0.2.1", phase=Phase.SERVED) for _ in range(9)]
    proxied = [make(PROXY) for _ in range(5)]
    assert shares.spare(served, lambda _: 1) == []
    assert shares.spare([*served, *proxied], lambda _: 1) == proxied
    idle = make("192.0.2.1")
    assert shares.spare([*served, *proxied, idle], lambda _: 1) == [idle]


def test_for_memory_it_is_the_one_who_holds_most(shares: ThreadShares, make: Make) -> None:
    many = [make("192.0.2.1") for _ in range(9)]
    large = make("192.0.2.2")
    large.received += b"x" * 100_000
    for one in many:
        one.received += b"x" * 10
    assert shares.spare([*many, large], lambda one: one.memory) == [large]


# --- the pace of large bodies ---


def begun(pace: LargeBodyPace, shares: ThreadShares, connection: Connection) -> bool:
    """Whether its large request begins; it then has a share."""
    connection.framing.arrival = Arrival.LARGE
    return pace.begin(connection) and shares.take(connection)


def ended(pace: LargeBodyPace, shares: ThreadShares, connection: Connection, *, read: bool) -> None:
    connection.unread = not read
    freed = pace.end(connection)
    assert freed == (shares.whose(connection) if read else "")
    shares.give_back(connection)


def test_what_is_not_read_begins_at_a_pace_and_others_have_theirs(
    shares: ThreadShares, make: Make
) -> None:
    pace = LargeBodyPace(shares, most=2)
    for _ in range(2):
        one = make("192.0.2.1")
        assert begun(pace, shares, one)
        ended(pace, shares, one, read=False)
    assert not begun(pace, shares, make("192.0.2.1"))
    assert not begun(pace, shares, make("10.0.0.1", forwarded="192.0.2.1"))
    assert begun(pace, shares, make("192.0.2.2"))
    assert begun(pace, shares, make("10.0.0.1", forwarded="192.0.2.3"))
    pace.restart()
    assert begun(pace, shares, make("192.0.2.1"))


def test_what_is_read_and_what_is_small_has_no_pace(shares: ThreadShares, make: Make) -> None:
    pace = LargeBodyPace(shares, most=2)
    for _ in range(10):
        one = make("192.0.2.1")
        assert begun(pace, shares, one)
        ended(pace, shares, one, read=True)
    for _ in range(10):
        small = make("192.0.2.1")
        assert pace.begin(small)
        assert small.paced is None


def test_a_proxy_and_a_local_socket_have_no_pace(shares: ThreadShares, make: Make) -> None:
    pace = LargeBodyPace(shares, most=2)
    for address in ("10.0.0.1", ""):
        for _ in range(10):
            one = make(address)
            assert begun(pace, shares, one)
            ended(pace, shares, one, read=False)


def test_who_leaves_before_the_answer_has_not_had_the_body_read(
    shares: ThreadShares, make: Make
) -> None:
    pace = LargeBodyPace(shares, most=2)
    for _ in range(2):
        one = make("192.0.2.1")
        assert begun(pace, shares, one)
        one.gone = True
        pace.end(one)
        shares.give_back(one)
    assert not begun(pace, shares, make("192.0.2.1"))


def test_what_began_in_a_second_before_takes_nothing_off_this_one(
    shares: ThreadShares, make: Make
) -> None:
    pace = LargeBodyPace(shares, most=1)
    long = make("192.0.2.1")
    assert begun(pace, shares, long)
    pace.restart()
    one = make("192.0.2.1")
    assert begun(pace, shares, one)
    pace.end(long)
    assert not begun(pace, shares, make("192.0.2.1"))


def test_a_body_counts_once_however_often_its_turn_is_looked_at(
    shares: ThreadShares, make: Make
) -> None:
    pace = LargeBodyPace(shares, most=2)
    one = make("192.0.2.1")
    one.framing.arrival = Arrival.LARGE
    assert [pace.begin(one) for _ in range(5)] == [True] * 5
    assert begun(pace, shares, make("192.0.2.1"))
