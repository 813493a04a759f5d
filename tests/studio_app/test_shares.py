"""What a session, an address, and all who are signed out may use of Studio."""

from dataclasses import dataclass, field

import pytest

from studio_app.app.shares import (
    LONGEST_WAIT_SECONDS,
    MOST_REMEMBERED,
    Place,
    Shares,
    TooMany,
    Visitor,
)
from studio_app.settings import Share

ALICE = Visitor("alice-1", "192.0.2.1")


@dataclass
class Crowd:
    """Shares with a clock of their own, and everybody who came."""

    shares: Shares = field(init=False)
    now: float = 0
    evicted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shares = Shares(
            session=Share(2, 5), address=Share(3, 1), signed_out=Share(6, 2), clock=lambda: self.now
        )

    def come(self, visitor: Visitor, name: str = "") -> Place:
        """Open a socket, long after the one before."""
        self.now += 100
        return self.shares.enter(visitor, lambda: self.evicted.append(name))

    def asks(self, visitor: Visitor) -> int:
        """How many messages go on at once."""
        for count in range(10_000):
            try:
                if self.shares.wait(visitor):
                    return count
            except TooMany:
                return count
        raise AssertionError("there is no end")


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


def stranger(number: int) -> Visitor:
    return Visitor(None, f"198.51.100.{number}")


def test_a_session_has_so_many_sockets_wherever_it_comes_from(crowd: Crowd) -> None:
    first = crowd.come(ALICE)
    crowd.come(Visitor(ALICE.session, "203.0.113.7"))
    with pytest.raises(TooMany):
        crowd.come(ALICE)
    first.leave()
    first.leave()
    crowd.come(ALICE)
    crowd.come(Visitor("alice-2", ALICE.address))


def test_who_is_signed_out_has_the_share_of_the_address(crowd: Crowd) -> None:
    for _ in range(3):
        crowd.come(stranger(1))
    with pytest.raises(TooMany):
        crowd.come(stranger(1))
    crowd.come(stranger(2))
    crowd.come(Visitor("somebody", "198.51.100.1"))


def test_an_ipv6_network_is_one_address(crowd: Crowd) -> None:
    for number in range(3):
        crowd.come(Visitor(None, f"2001:db8::{number}"))
    with pytest.raises(TooMany):
        crowd.come(Visitor(None, "2001:db8::ffff"))
    crowd.come(Visitor(None, "2001:db8:0:1::1"))


def test_a_few_addresses_keep_nobody_from_the_sign_in_form(crowd: Crowd) -> None:
    for name in ("a", "b", "c"):
        crowd.come(stranger(1), name)
    for name in ("d", "e", "f"):
        crowd.come(stranger(2), name)
    for number in (3, 4, 5):
        crowd.come(stranger(number))
    # The oldest of those who have the most, until nobody has more than one above another.
    assert crowd.evicted == ["a", "d", "b"]
    with pytest.raises(TooMany):
        crowd.come(stranger(3))
    assert crowd.evicted == ["a", "d", "b"]


def test_messages_come_at_once_for_ten_seconds_and_then_wait_their_turn(crowd: Crowd) -> None:
    assert crowd.asks(ALICE) == 50
    assert 0 < crowd.shares.wait(ALICE) < 1
    crowd.now += 100
    assert crowd.asks(ALICE) == 50


def test_who_would_wait_too_long_is_refused_and_is_told_when_to_come(crowd: Crowd) -> None:
    waits = [crowd.shares.wait(stranger(1)) for _ in range(15)]
    assert waits == [0] * 10 + [1, 2, 3, 4, LONGEST_WAIT_SECONDS]
    with pytest.raises(TooMany) as refusal:
        crowd.shares.wait(stranger(1))
    assert refusal.value.seconds == 6
    crowd.now += 1
    assert crowd.shares.wait(stranger(1)) == pytest.approx(LONGEST_WAIT_SECONDS)


def test_all_who_are_signed_out_share_one_rate_that_nobody_signed_in_pays_for(
    crowd: Crowd,
) -> None:
    counts = [crowd.asks(stranger(number)) for number in range(1, 8)]
    assert sum(counts) <= 20 + 7
    assert crowd.asks(ALICE) == 50


def test_opening_a_socket_costs_who_is_signed_out_a_message(crowd: Crowd) -> None:
    for _ in range(10):
        crowd.shares.enter(stranger(1), lambda: None).leave()
    with pytest.raises(TooMany):
        crowd.shares.enter(stranger(1), lambda: None)
    for _ in range(100):
        crowd.shares.enter(ALICE, lambda: None).leave()


def test_a_session_that_the_api_does_not_know_is_signed_out(crowd: Crowd) -> None:
    place = crowd.come(ALICE)
    crowd.shares.end_session("alice-1")
    assert crowd.asks(ALICE) == 10
    assert crowd.asks(Visitor(None, ALICE.address)) == 0, "it has the share of its address"
    place.leave()
    for number in range(MOST_REMEMBERED):
        crowd.shares.end_session(str(number))
    crowd.now += 100
    assert crowd.asks(ALICE) == 50, "only so many are remembered"


def test_leaving_and_coming_back_does_not_renew_a_share(crowd: Crowd) -> None:
    crowd.asks(stranger(1))
    for number in range(2 * MOST_REMEMBERED):
        crowd.shares.wait(Visitor(str(number), "192.0.2.9"))
    assert crowd.asks(stranger(1)) == 0
    crowd.now += 1000
    for number in range(MOST_REMEMBERED):
        crowd.shares.wait(Visitor(f"later {number}", "192.0.2.9"))
    assert len(crowd.shares._accounts) <= MOST_REMEMBERED + 1, "those that owe nothing are gone"
