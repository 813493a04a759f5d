"""Where a request comes from: X-Forwarded-For counts only as far as trusted proxies wrote it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.conftest import settings
from uac_api.client_address import ClientAddresses

TRUSTED = "127.0.0.0/8, ::1, 10.0.0.0/24"


def address(peer: str, forwarded: str | None = None) -> str:
    environ = {"REMOTE_ADDR": peer, "HTTP_USER_AGENT": "curl/8"}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    given = settings("sqlite://", trusted_proxies=TRUSTED)
    return ClientAddresses(given.trusted_networks).of(environ).address


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("", "203.0.113.9", ""),
    ],
)
def test_a_trusted_proxy_says_whom_it_speaks_for(peer: str, forwarded: str, seen: str) -> None:
    assert address(peer, forwarded) == seen


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", "192.0.2.1", "203.0.113.9"),
        ("10.0.1.1", "192.0.2.1", "10.0.1.1"),
        ("127.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "192.0.2.1, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "192.0.2.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1, , 10.0.0.3", "10.0.0.3"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "," * 4000, "127.0.0.1"),
    ],
)
def test_what_the_caller_wrote_itself_is_not_believed(peer: str, forwarded: str, seen: str) -> None:
    assert address(peer, forwarded) == seen


def test_without_trusted_proxies_only_the_connection_counts() -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}
    assert ClientAddresses(()).of(environ).address == "127.0.0.1"


def test_a_list_that_is_no_networks_stops_the_start_with_a_sentence() -> None:
    with pytest.raises(ValidationError, match="addresses or networks"):
        settings("sqlite://", trusted_proxies="10.0.0.0/8, proxy")
