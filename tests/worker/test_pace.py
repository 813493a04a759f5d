"""How long a client may keep us waiting: a silent one, a slow one, an honest one."""

from __future__ import annotations

import pytest

from uac_api.errors import TooMany
from uac_api.serving.pace import FAST, FAST_SECONDS, Pace

SECONDS, SPEED = 30.0, 16 * 1024.0


def lasts(speed: float, *, every: float = 1.0, after: int = 0, limit: float = 100_000) -> float:
    """How many seconds a client may go on that sends so many bytes a second, in even portions."""
    pace, passed = Pace(SECONDS, SPEED), 0.0
    pace.count(0, after)
    while not pace.is_over and passed < limit:
        pace.count(every, int(speed * every))
        passed += every
    return passed


def test_a_silent_client_is_given_up_after_its_seconds_whatever_it_sent_before() -> None:
    assert lasts(0) == SECONDS
    assert lasts(0, after=10**12) == SECONDS


def test_a_client_below_the_least_speed_is_given_up_and_one_above_it_never() -> None:
    assert lasts(SPEED * 0.5) == pytest.approx(2 * SECONDS, abs=1)
    assert lasts(1, every=0.25) < SECONDS + 1, "a byte now and then is as good as none"
    assert lasts(SPEED * 1.1, limit=10_000) == 10_000


def test_a_slow_client_is_told_of_once_and_a_fast_one_never() -> None:
    pace, told = Pace(SECONDS, SPEED), list[str]()
    pace.on_slow = lambda: told.append("slow")
    for _ in range(1000):
        pace.count(0.1, FAST)
    assert told == []
    for _ in range(int(FAST_SECONDS) + 1):
        pace.count(1.0, FAST // 10)
    assert told == ["slow"]
    for _ in range(100):
        pace.count(1.0, FAST // 10)
    assert told == ["slow"]


def test_the_next_request_begins_with_the_whole_budget_and_tells_nobody_of_before() -> None:
    pace, told = Pace(SECONDS, SPEED), list[str]()
    pace.on_slow = lambda: told.append("slow")
    pace.count(4.0, 0)
    pace.restart()
    assert pace.left == SECONDS
    pace.count(FAST_SECONDS + 1, 0)
    assert told == []


def test_what_on_slow_raises_ends_the_transfer() -> None:
    pace = Pace(SECONDS, SPEED)

    def refuse() -> None:
        raise TooMany("no")

    pace.on_slow = refuse
    with pytest.raises(TooMany):
        pace.count(FAST_SECONDS + 1, 0)
