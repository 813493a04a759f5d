"""Wrong passwords make the next try wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from access.conftest import Fraud
from databases import every_database
from telemetry.addresses import address_key
from uac_api.access.credentials.throttle import (
    ACCOUNT,
    ADDRESS,
    PAIR,
    USUAL,
    Pace,
    Paces,
    Place,
    Throttle,
)
from uac_api.access.errors import TooManyAttempts
from uac_api.access.models import SignInDelay, now

pytestmark = every_database

HOME, CAFE = "192.0.2.1", "198.51.100.7"
PACES = Paces(
    pair=Pace(2, 10, 900), account=Pace(6, 10, 900), slowed=Pace(8, 10, 60), flooded=Pace(12, 1, 60)
)


@pytest.fixture
def throttle(fraud: Fraud) -> Throttle:
    """Few free failures, so that tests are short."""
    return Throttle(fraud.database, "a-secret-that-all-replicas-share", PACES)


def at(throttle: Throttle, name: str, address: str = HOME) -> Place:
    known = name in ("alice", "bob", "carol")
    return throttle.place(name, name if known else "", address)


def fail(throttle: Throttle, times: int, name: str = "alice", address: str = HOME) -> None:
    for _ in range(times):
        throttle.failed(at(throttle, name, address))


def waits(throttle: Throttle, name: str = "alice", address: str = HOME) -> int:
    """How many seconds an account must wait at an address; 0 if it need not."""
    try:
        throttle.check(at(throttle, name, address))
    except TooManyAttempts as refusal:
        return refusal.retry_after or 0
    return 0


def age(fraud: Fraud, by: timedelta, kind: str | None = None) -> None:
    """Let time pass for the counts."""

    def work(session: object) -> None:
        for row in session.scalars(select(SignInDelay)):  # type: ignore[attr-defined]
            if kind in (None, row.kind):
                row.last_failed_at -= by
                row.until = row.until - by if row.until else None

    fraud.database.write(work)


def count(fraud: Fraud, kind: str) -> int:
    rows = select(func.count()).where(SignInDelay.kind == kind)
    return fraud.database.read(lambda session: session.scalar(rows) or 0)


def test_a_pace_has_free_failures_then_doubles_up_to_the_longest() -> None:
    pace = Pace(5, 10, 900)
    seconds = [wait.total_seconds() if (wait := pace.wait(n)) else 0 for n in range(15)]
    assert seconds == [0, 0, 0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert pace.wait(100_000) == timedelta(seconds=900)


def test_the_first_wrong_ones_are_free_and_each_further_one_costs_more(
    throttle: Throttle, fraud: Fraud
) -> None:
    fail(throttle, 2)
    assert waits(throttle) == 0
    seen = []
    for _ in range(3):
        fail(throttle, 1)
        seen.append(waits(throttle))
        age(fraud, timedelta(seconds=seen[-1]))
        assert waits(throttle) == 0
    assert seen == [10, 20, 40]


def test_every_replica_knows_it(throttle: Throttle, fraud: Fraud) -> None:
    fail(throttle, 3)
    fail(throttle, 3, "nobody")
    other = Throttle(fraud.database, "a-secret-that-all-replicas-share", PACES)
    assert waits(other) == 10
    assert waits(other, "nobody") == 10


def test_the_account_waits_at_that_address_only_and_others_there_do_not(throttle: Throttle) -> None:
    fail(throttle, 3)
    assert waits(throttle, "alice", CAFE) == 0
    assert waits(throttle, "bob", HOME) == 0
    assert waits(throttle, "alice", HOME) == 10


@pytest.mark.parametrize("name", ["alice", "a name that is nobody's"])
def test_a_name_that_is_nobodys_waits_as_a_known_one(throttle: Throttle, name: str) -> None:
    fail(throttle, 4, name)
    assert waits(throttle, name) == 20


def test_what_was_typed_for_nobody_is_not_kept(throttle: Throttle, fraud: Fraud) -> None:
    fail(throttle, 1, "my secret pass-phrase")
    names = fraud.database.read(lambda s: list(s.scalars(select(SignInDelay.name))))
    assert len(names) == 3
    assert not any("secret" in name for name in names)


def test_a_right_password_starts_the_count_anew(throttle: Throttle) -> None:
    fail(throttle, 2)
    throttle.succeeded(at(throttle, "alice"), now())
    fail(throttle, 2)
    assert waits(throttle) == 0


def test_what_fails_after_a_right_password_counts_although_the_forgetting_is_written_later(
    throttle: Throttle, fraud: Fraud
) -> None:
    fail(throttle, 1)
    moment = now()
    fail(throttle, 2)
    throttle.succeeded(at(throttle, "alice"), moment)
    assert count(fraud, PAIR) == 1
    assert waits(throttle) == 10
    assert waits(throttle, "alice", CAFE) == 0


def test_counts_fall_away_after_a_quiet_day(throttle: Throttle, fraud: Fraud) -> None:
    fail(throttle, 5)
    age(fraud, timedelta(days=1, seconds=1))
    fail(throttle, 1)
    assert waits(throttle) == 0


def test_a_guesser_at_many_addresses_makes_the_account_wait_at_new_ones(
    throttle: Throttle,
) -> None:
    for number in range(7):
        fail(throttle, 1, "alice", f"203.0.113.{number}")
    assert waits(throttle, "alice", CAFE) == 10
    assert waits(throttle, "bob", CAFE) == 0


def test_a_guesser_elsewhere_cannot_lock_anybody_out_of_where_they_sign_in_usually(
    throttle: Throttle, fraud: Fraud
) -> None:
    throttle.succeeded(at(throttle, "alice"), now())
    for number in range(20):
        fail(throttle, 1, "alice", f"203.0.113.{number}")
    assert waits(throttle, "alice", HOME) == 0
    fail(throttle, 1)
    assert waits(throttle, "alice", HOME) == 0, "one slip of her own changes nothing"
    age(fraud, timedelta(days=31), USUAL)
    assert waits(throttle, "alice", HOME) > 0


def test_a_usual_address_does_not_save_a_guesser_there(throttle: Throttle) -> None:
    throttle.succeeded(at(throttle, "alice"), now())
    fail(throttle, 3)
    assert waits(throttle) == 10


def test_at_a_slowed_address_others_pass_at_once_and_wait_from_their_first_wrong_one(
    throttle: Throttle,
) -> None:
    for number in range(8):
        fail(throttle, 1, f"nobody {number}")
    assert waits(throttle, "bob") == 0
    fail(throttle, 1, "bob")
    assert waits(throttle, "bob") == 10
    assert waits(throttle, "carol") == 0
    assert waits(throttle, "bob", CAFE) == 0


def test_at_a_flooded_address_only_those_who_sign_in_there_usually_do_not_wait(
    throttle: Throttle,
) -> None:
    throttle.succeeded(at(throttle, "carol"), now())
    for number in range(14):
        fail(throttle, 1, f"nobody {number}")
    assert waits(throttle, "bob") == 2
    assert waits(throttle, "carol") == 0
    assert waits(throttle, "bob", CAFE) == 0


def test_a_success_does_not_forget_the_address(throttle: Throttle, fraud: Fraud) -> None:
    fail(throttle, 3)
    throttle.succeeded(at(throttle, "alice"), now())
    assert (count(fraud, PAIR), count(fraud, ACCOUNT), count(fraud, ADDRESS)) == (0, 1, 1)


def test_failures_at_the_same_moment_are_all_counted(throttle: Throttle, fraud: Fraud) -> None:
    with ThreadPoolExecutor(8) as pool:
        for one in [pool.submit(fail, throttle, 1) for _ in range(8)]:
            one.result()
    rows = fraud.database.read(lambda s: list(s.scalars(select(SignInDelay.failures))))
    assert rows == [8, 8, 8]


def test_the_sweep_deletes_what_has_fallen_away(throttle: Throttle, fraud: Fraud) -> None:
    fail(throttle, 1)
    throttle.succeeded(at(throttle, "bob"), now())
    age(fraud, timedelta(days=2))
    fail(throttle, 1, "carol", CAFE)
    throttle.sweep()
    kinds = fraud.database.read(lambda s: sorted(s.scalars(select(SignInDelay.kind))))
    assert kinds == sorted([USUAL, PAIR, ACCOUNT, ADDRESS])
    age(fraud, timedelta(days=31))
    throttle.sweep()
    assert count(fraud, USUAL) == 1, "once an hour is enough"
    Throttle(fraud.database, "x", PACES).sweep()
    assert count(fraud, USUAL) == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("x" * 500, "unknown"),
    ],
)
def test_an_address_is_counted_as(address: str, key: str) -> None:
    assert address_key(address) == key


def test_the_sentence_says_how_long() -> None:
    said = [TooManyAttempts(seconds).message for seconds in (1, 45, 119, 120, 899)]
    words = [text.split("again in ")[1].split(",")[0] for text in said]
    assert words == ["1 second", "45 seconds", "119 seconds", "2 minutes", "15 minutes"]


def test_a_delay_ends_by_itself(throttle: Throttle, fraud: Fraud) -> None:
    fail(throttle, 3)
    over = update(SignInDelay).values(until=now())
    fraud.database.write(lambda session: session.execute(over))
    assert waits(throttle) == 0
