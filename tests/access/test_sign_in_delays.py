"""The counts of wrong passwords as administrators see and clear them."""

from __future__ import annotations

import pytest

from access.conftest import Fraud
from databases import every_database
from uac_api.access.credentials import sign_in_delays
from uac_api.access.credentials.throttle import Throttle
from uac_api.access.errors import Invalid, NotFound

pytestmark = every_database

PLACES = [
    ("alice", "192.0.2.1"),
    ("alice", "192.0.2.2"),
    ("bob", "192.0.2.1"),
    ("bob", "2001:db8::1"),
]


@pytest.fixture
def counted(fraud: Fraud) -> Fraud:
    """One wrong password at each place."""
    throttle = Throttle(fraud.database, "secret")
    for name, address in PLACES:
        throttle.failed(throttle.place(name, name, address))
    return fraud


def listed(fraud: Fraud) -> set[tuple[str, str | None, str]]:
    found = fraud.database.read(lambda session: sign_in_delays.page(session))
    return {(one.kind, one.account, one.address) for one in found}


def clear(fraud: Fraud, **whose: str) -> str:
    return fraud.database.write(lambda session: sign_in_delays.clear(session, **whose))


def test_an_account_is_cleared_everywhere_and_nobody_else(counted: Fraud) -> None:
    before = listed(counted)
    assert clear(counted, account="alice") == "alice"
    assert before - listed(counted) == {
        ("account", "alice", ""),
        ("pair", "alice", "192.0.2.1"),
        ("pair", "alice", "192.0.2.2"),
    }


def test_an_address_is_cleared_for_everybody(counted: Fraud) -> None:
    before = listed(counted)
    assert clear(counted, address="192.0.2.1") == "192.0.2.1"
    assert before - listed(counted) == {
        ("address", "", "192.0.2.1"),
        ("pair", "alice", "192.0.2.1"),
        ("pair", "bob", "192.0.2.1"),
    }


def test_an_account_at_an_address_is_cleared_alone(counted: Fraud) -> None:
    before = listed(counted)
    assert clear(counted, account="alice", address="192.0.2.1") == "alice at 192.0.2.1"
    assert before - listed(counted) == {("pair", "alice", "192.0.2.1")}


@pytest.mark.parametrize("address", ["2001:db8::1", "2001:db8::/64", "2001:DB8::7"])
def test_a_network_is_cleared_by_any_address_in_it(counted: Fraud, address: str) -> None:
    before = listed(counted)
    clear(counted, address=address)
    assert before - listed(counted) == {
        ("address", "", "2001:db8::/64"),
        ("pair", "bob", "2001:db8::/64"),
    }


def test_something_real_must_be_named(counted: Fraud) -> None:
    before = listed(counted)
    for whose, refusal in (
        ({}, Invalid),
        ({"account": "%"}, NotFound),
        ({"account": "ali"}, NotFound),
        ({"address": "%"}, Invalid),
    ):
        with pytest.raises(refusal):
            clear(counted, **whose)
    assert listed(counted) == before
