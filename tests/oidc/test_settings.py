"""The settings of single sign-on: off by default, every mistake named."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from api.conftest import settings
from configuration.settings import SettingsError
from uac_api.api.credentials.single_sign_on import terms
from uac_api.oidc import configured
from uac_api.settings import load

KNOWN = {"oidc_issuer": "https://id.example.org", "oidc_client_id": "ml-studio"}


def made(**more: Any) -> Any:
    return settings("sqlite:///x.db", **more)


def test_single_sign_on_is_off_and_makes_no_administrators() -> None:
    assert configured(made()) is None
    assert terms(made()).administrators is None
    assert configured(made(**KNOWN)) is not None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"oidc_issuer": "http://id.example.org"}, "https://"),
        ({"oidc_issuer": "id.example.org"}, "https://"),
        ({"oidc_issuer": "https://id.example.org?x=1"}, "https://"),
        ({"oidc_client_id": ""}, "STUDIO_OIDC_ISSUER"),
        ({"oidc_algorithms": "HS256"}, "RS256"),
        ({"oidc_algorithms": "RS256,none"}, "RS256"),
        ({"oidc_algorithms": ""}, "RS256"),
        ({"oidc_administrators": "bosses"}, "claim=value"),
        ({"oidc_administrators": "groups="}, "claim=value"),
        ({"oidc_username_claim": ""}, "at least 1"),
    ],
)
def test_a_setting_that_would_open_the_door_too_far_is_refused(
    more: dict[str, str], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        made(**{**KNOWN, **more})


def test_http_is_for_a_provider_on_this_machine() -> None:
    for issuer in ("http://127.0.0.1:9400", "http://localhost:9400/realms/x", "http://[::1]:9400"):
        assert made(**{**KNOWN, "oidc_issuer": issuer}).oidc_issuer == issuer


def test_a_mistake_is_named_as_an_operator_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "sqlite:///x.db",
        "SECRET_KEY": "k" * 40,
        "UPSTREAM_SECRET": "u" * 40,
        "OIDC_ISSUER": "https://id.example.org",
    }.items():
        monkeypatch.setenv(f"STUDIO_{name}", value)
    with pytest.raises(SettingsError, match="STUDIO_OIDC_CLIENT_ID: "):
        load()
    monkeypatch.setenv("STUDIO_OIDC_CLIENT_ID", "ml-studio")
    monkeypatch.setenv("STUDIO_OIDC_CREATE_PEOPLE", "false")
    assert load().oidc_create_people is False
