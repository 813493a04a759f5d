"""Which tokens of the identity provider are taken; every attack that is known is refused."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from identity_provider import AUDIENCE, CLIENT, CURVE, FIRST, SECOND, Bendable, bendable, rsa
from uac_api.access.errors import WrongCredentials
from uac_api.oidc import Provider, Tokens
from uac_api.oidc.documents import Documents

# Later than the end of the whole run: parameters are made when tests are collected.
A_DAY = 86_400.0


@pytest.fixture(scope="module")
def provider() -> Iterator[Bendable]:
    with bendable() as made:
        yield made


def reader(provider: Bendable, audience: str = AUDIENCE) -> Tokens:
    return Tokens(
        Provider(provider.issuer, Documents()),
        client_id=CLIENT,
        audience=audience,
        algorithms=frozenset({"RS256", "ES256"}),
    )


@pytest.fixture(scope="module")
def tokens(provider: Bendable) -> Tokens:
    return reader(provider)


def part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def refused(read: Any, token: str) -> str:
    with pytest.raises(WrongCredentials) as caught:
        read(token)
    return caught.value.reason


def test_right_tokens_of_both_kinds_and_both_algorithms_are_read(
    provider: Bendable, tokens: Tokens
) -> None:
    for key in (FIRST, CURVE):
        assert tokens.identity(provider.id_token(key)).subject == "subject-of-zoe"
        assert tokens.access(provider.access_token(key)).subject == "subject-of-zoe"


def test_a_token_without_signature_is_refused(provider: Bendable, tokens: Tokens) -> None:
    claims = provider.id_token().split(".")[1]
    for algorithm in ("none", "None", "NONE", ""):
        for signature in ("", "x", provider.id_token().split(".")[2]):
            token = f"{part({'alg': algorithm, 'kid': 'first'})}.{claims}.{signature}"
            assert refused(tokens.identity, token) == "wrong_credentials"
            assert refused(tokens.access, token) == "wrong_credentials"


def test_the_public_key_is_no_password(provider: Bendable, tokens: Tokens) -> None:
    claims = provider.id_token().split(".")[1]
    for algorithm, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        text = f"{part({'alg': algorithm, 'kid': 'first'})}.{claims}"
        for public in (FIRST.as_pem(private=False), FIRST.as_der(private=False)):
            signature = base64.urlsafe_b64encode(hmac.digest(public, text.encode(), digest))
            token = f"{text}.{signature.decode().rstrip('=')}"
            assert refused(tokens.identity, token) == "wrong_credentials"
            assert refused(tokens.access, token) == "wrong_credentials"


def test_another_algorithm_than_those_of_the_settings_is_refused(
    provider: Bendable, tokens: Tokens
) -> None:
    assert refused(tokens.identity, provider.id_token(header={"alg": "RS512"})) == (
        "wrong_credentials"
    )


def test_a_key_that_the_provider_does_not_have_is_refused(
    provider: Bendable, tokens: Tokens
) -> None:
    assert refused(tokens.identity, provider.id_token(SECOND)) == "wrong_credentials"
    named_first = rsa("first")
    assert refused(tokens.identity, provider.id_token(named_first)) == "wrong_credentials"


def test_a_key_that_the_token_brings_along_is_not_looked_at(
    provider: Bendable, tokens: Tokens
) -> None:
    own = rsa("mine")
    for kid in ("mine", "first"):
        header = {"kid": kid, "jwk": own.as_dict(private=False), "jku": "https://evil.example/keys"}
        assert refused(tokens.identity, provider.id_token(own, header=header)) == (
            "wrong_credentials"
        )


def test_a_changed_letter_is_refused(provider: Bendable, tokens: Tokens) -> None:
    header, claims, signature = provider.id_token().split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed["sub"] = "subject-of-alice"
    assert refused(tokens.identity, f"{header}.{part(changed)}.{signature}") == "wrong_credentials"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://elsewhere.example"}, "wrong_credentials"),
        ({"iss": None}, "wrong_credentials"),
        ({"aud": "another-client"}, "token_audience"),
        ({"aud": None}, "token_audience"),
        ({"aud": {"ml-studio": 1}}, "token_audience"),
        ({"aud": [CLIENT, "another"]}, "token_audience"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "token_audience"),
        ({"azp": "another"}, "token_audience"),
        ({"exp": time.time() - 120}, "token_expired"),
        ({"exp": None}, "token_expired"),
        ({"exp": "tomorrow"}, "token_expired"),
        ({"exp": float("inf")}, "token_expired"),
        ({"exp": True}, "token_expired"),
        ({"nbf": time.time() + A_DAY}, "token_early"),
        ({"iat": time.time() + A_DAY}, "token_early"),
        ({"nbf": "soon"}, "token_early"),
        ({"iat": None}, "token_expired"),
        ({"iat": time.time() - 3600}, "token_expired"),
        ({"sub": None}, "token_subject"),
        ({"sub": ""}, "token_subject"),
        ({"sub": 7}, "token_subject"),
        ({"sub": "x" * 256}, "token_subject"),
        ({"sub": "a\0b"}, "token_subject"),
        ({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}, "token_kind"),
        ({"typ": "Bearer"}, "token_kind"),
        ({"token_use": "access"}, "token_kind"),
    ],
)
def test_an_identity_token_that_is_not_right_is_refused(
    provider: Bendable, tokens: Tokens, claims: dict[str, Any], reason: str
) -> None:
    assert refused(tokens.identity, provider.id_token(**claims)) == reason


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://elsewhere.example"}, "wrong_credentials"),
        ({"aud": CLIENT}, "token_audience"),
        ({"aud": ["one", "two"]}, "token_audience"),
        ({"exp": time.time() - 120}, "token_expired"),
        ({"nbf": time.time() + A_DAY}, "token_early"),
        ({"sub": None}, "token_subject"),
        ({"nonce": "n"}, "token_kind"),
        ({"at_hash": "h"}, "token_kind"),
        ({"token_use": "id"}, "token_kind"),
        ({"typ": "ID"}, "token_kind"),
        ({"typ": "Refresh"}, "token_kind"),
        ({"events": {}}, "token_kind"),
    ],
)
def test_an_access_token_that_is_not_right_is_refused(
    provider: Bendable, tokens: Tokens, claims: dict[str, Any], reason: str
) -> None:
    assert refused(tokens.access, provider.access_token(**claims)) == reason


def test_clocks_may_differ_by_a_minute(provider: Bendable, tokens: Tokens) -> None:
    late = provider.id_token(exp=time.time() - 30)
    early = provider.id_token(nbf=time.time() + 30, iat=time.time() + 30)
    assert tokens.identity(late)
    assert tokens.identity(early)


def test_the_nonce_of_another_sign_in_is_refused(provider: Bendable, tokens: Tokens) -> None:
    token = provider.id_token(nonce="mine")
    assert tokens.identity(token, "mine")
    with pytest.raises(WrongCredentials) as caught:
        tokens.identity(token, "another")
    assert caught.value.reason == "token_nonce"


def test_several_audiences_are_right_for_the_client_that_asked(
    provider: Bendable, tokens: Tokens
) -> None:
    assert tokens.identity(provider.id_token(aud=[CLIENT, "another"], azp=CLIENT))
    assert tokens.access(provider.access_token(aud=[AUDIENCE, "another"], azp="a-script"))


def test_an_identity_token_is_no_access_token_and_the_other_way_round(
    provider: Bendable, tokens: Tokens
) -> None:
    assert refused(tokens.access, provider.id_token(aud=AUDIENCE)) == "token_kind"
    assert refused(tokens.identity, provider.access_token(aud=CLIENT)) == "token_kind"


def test_where_both_kinds_have_one_audience_an_access_token_must_say_that_it_is_one(
    provider: Bendable,
) -> None:
    tokens = reader(provider, audience=CLIENT)
    plain: dict[str, Any] = {"aud": CLIENT, "nonce": None}
    assert refused(tokens.access, provider.id_token(**plain)) == "token_kind"
    assert tokens.access(provider.id_token(**plain, scope="openid profile"))
    assert tokens.access(provider.id_token(**plain, scp="runs"))
    assert tokens.access(provider.id_token(**plain, typ="Bearer"))
    assert tokens.access(provider.access_token(aud=CLIENT))


@pytest.mark.parametrize(
    "text",
    ["..", "a.b.c", "é.b.c", "a.b", "a.b.c.d.e", "x" * 20000 + ".b.c", "e30.e30.", "W10.W10.x"],
)
def test_what_is_no_token_is_refused(tokens: Tokens, text: str) -> None:
    assert refused(tokens.identity, text) == "wrong_credentials"
    assert refused(tokens.access, text) == "wrong_credentials"


def test_a_second_spelling_of_an_elliptic_signature_has_the_same_digest(
    provider: Bendable, tokens: Tokens
) -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    token = provider.id_token(CURVE)
    text, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    other = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    twin = f"{text}.{base64.urlsafe_b64encode(other).decode().rstrip('=')}"
    assert twin != token
    assert tokens.identity(twin).marks == tokens.identity(token).marks


def test_claims_are_read_by_name_and_by_path(provider: Bendable, tokens: Tokens) -> None:
    said: dict[str, Any] = {
        "groups": ["a", 7, None, {"b": 1}],
        "realm_access": {"roles": ["c"]},
        "https://example.org/teams": "d",
        "email_verified": True,
    }
    claims = tokens.identity(provider.id_token(**said))
    assert claims.texts("groups") == {"a", "7"}
    assert claims.texts("realm_access.roles") == {"c"}
    assert claims.texts("https://example.org/teams") == {"d"}
    assert claims.texts("email_verified") == {"true"}
    assert claims.texts("missing.one") == frozenset()
    assert not claims.has("missing")
