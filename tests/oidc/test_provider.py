"""The keys of the identity provider: kept, fetched again, dropped, and never too often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from identity_provider import CURVE, FIRST, SECOND, Bendable, bendable, elliptic, rsa
from uac_api.errors import Unavailable
from uac_api.oidc.documents import MOST_BYTES, Documents, DocumentUnavailable
from uac_api.oidc.provider import (
    AGAIN_SECONDS,
    FRESH_SECONDS,
    HEALTHY_SECONDS,
    KEPT_SECONDS,
    Provider,
)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bent() -> Iterator[Bendable]:
    with bendable() as provider:
        yield provider


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(bent: Bendable, clock: Clock) -> Provider:
    return Provider(bent.issuer, Documents(), clock=clock)


def fetched(bent: Bendable) -> int:
    return bent.asked.count("/keys")


def test_a_key_is_fetched_once_and_then_known(bent: Bendable, provider: Provider) -> None:
    for _ in range(5):
        assert provider.key("first", "RS256") is not None
    assert bent.asked == ["/.well-known/openid-configuration", "/keys"]


def test_invented_key_ids_make_us_ask_once_in_ten_seconds(
    bent: Bendable, provider: Provider, clock: Clock
) -> None:
    assert provider.key("first", "RS256") is not None
    clock.now += AGAIN_SECONDS
    for number in range(50):
        assert provider.key(f"invented-{number}", "RS256") is None
    assert fetched(bent) == 2
    clock.now += AGAIN_SECONDS
    assert provider.key("invented", "RS256") is None
    assert fetched(bent) == 3


def test_a_new_key_is_found_and_the_old_one_is_dropped(
    bent: Bendable, provider: Provider, clock: Clock
) -> None:
    assert provider.key("first", "RS256") is not None
    bent.keys = [SECOND]
    clock.now += AGAIN_SECONDS
    assert provider.key("second", "RS256") is not None
    assert provider.key("first", "RS256") is None


def test_a_withdrawn_key_is_dropped_even_if_nobody_names_a_new_one(
    bent: Bendable, provider: Provider, clock: Clock
) -> None:
    assert provider.key("first", "RS256") is not None
    bent.keys = [SECOND]
    clock.now += FRESH_SECONDS
    assert provider.key("first", "RS256") is None


def test_while_the_provider_is_down_known_keys_go_on_and_unknown_ones_are_unavailable(
    bent: Bendable, provider: Provider, clock: Clock
) -> None:
    assert provider.key("first", "RS256") is not None
    bent.served.stop()
    clock.now += FRESH_SECONDS
    assert provider.key("first", "RS256") is not None
    with pytest.raises(Unavailable) as caught:
        provider.key("second", "RS256")
    assert caught.value.reason == "identity_provider_unavailable"
    assert bent.issuer in caught.value.message
    clock.now += KEPT_SECONDS
    with pytest.raises(Unavailable):
        provider.key("first", "RS256")


def test_a_provider_that_comes_back_is_used_again(
    bent: Bendable, provider: Provider, clock: Clock
) -> None:
    bent.broken = True
    with pytest.raises(Unavailable):
        provider.key("first", "RS256")
    assert not provider.health().ok
    bent.broken = False
    clock.now += AGAIN_SECONDS
    assert provider.health().ok
    assert provider.key("first", "RS256") is not None


def test_a_provider_that_goes_down_is_noticed_soon_and_not_asked_all_the_time(
    bent: Bendable, provider: Provider, clock: Clock
) -> None:
    for _ in range(20):
        assert provider.health().ok
    assert fetched(bent) == 1
    bent.served.stop()
    clock.now += HEALTHY_SECONDS
    assert not provider.health().ok
    assert provider.key("first", "RS256") is not None


@pytest.mark.parametrize(
    ("discovery", "why"),
    [
        ({"issuer": "https://elsewhere.example"}, "of the issuer"),
        ({"jwks_uri": "file:///etc/passwd"}, "no good jwks_uri"),
        ({"jwks_uri": 7}, "no good jwks_uri"),
        ({"end_session_endpoint": "javascript:alert(1)"}, "no good end_session_endpoint"),
        ({"padding": "x" * MOST_BYTES}, "too large"),
    ],
)
def test_a_discovery_document_that_is_not_right_is_no_provider(
    bent: Bendable, provider: Provider, discovery: dict[str, Any], why: str
) -> None:
    bent.discovery = discovery
    assert not provider.health().ok
    assert why in provider._trouble


@pytest.mark.filterwarnings("ignore:Key size")
def test_keys_for_other_uses_and_weak_keys_are_left_out(bent: Bendable, provider: Provider) -> None:
    weak = rsa("weak", 1024)
    other = elliptic("other")
    bent.keys = [weak, FIRST, CURVE, other]
    bent.extra = {"other": {"use": "enc"}}
    assert provider.key("other", "ES256") is None
    assert provider.key("weak", "RS256") is None
    assert provider.key("curve", "RS256") is None
    assert provider.key("curve", "ES256") is not None


def test_a_signature_without_a_key_id_is_taken_only_where_one_key_is_possible(
    bent: Bendable, provider: Provider
) -> None:
    assert provider.key(None, "RS256") is not None
    bent.keys = [FIRST, SECOND]
    other = Provider(bent.issuer, Documents())
    assert other.key(None, "RS256") is None


def test_a_redirect_is_not_followed(bent: Bendable) -> None:
    def redirect(_environ: Any, start: Any) -> list[bytes]:
        bent.asked.append("redirect")
        start("302 Found", [("Location", f"{bent.issuer}/elsewhere")])
        return [b""]

    bent.served.stop()
    bent.served.application = redirect
    bent.served.start()
    with pytest.raises(DocumentUnavailable, match="302"):
        Documents().read(f"{bent.issuer}/keys")
    assert bent.asked == ["redirect"]
