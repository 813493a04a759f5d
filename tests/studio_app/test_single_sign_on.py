"""What Studio tells Streamlit of the identity provider, and what it keeps of a sign-in there."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from configuration.settings import SettingsError
from processes import COOKIE_KEY
from serving import Open, Service, text
from studio_app.api.client import Client
from studio_app.auth import single_sign_on
from studio_app.settings import read, settings

KEY = {"STUDIO_COOKIE_KEY": COOKIE_KEY}
KNOWN = {
    **KEY,
    "STUDIO_OIDC_ISSUER": "https://id.example.org/realms/ml",
    "STUDIO_OIDC_CLIENT_ID": "ml-studio",
    "STUDIO_OIDC_CLIENT_SECRET": "a-secret-of-the-client",
    "STUDIO_OIDC_NAME": "Example ID",
    "STUDIO_PUBLIC_URL": "https://studio.example.org",
}


def test_without_an_issuer_streamlit_knows_of_no_provider() -> None:
    assert single_sign_on.secrets(read(KEY)) == {}


def test_streamlit_is_told_the_provider_and_a_key_that_every_replica_derives() -> None:
    auth = single_sign_on.secrets(read(KNOWN))["auth"]
    assert auth["redirect_uri"] == "https://studio.example.org/oauth2callback"
    assert auth["server_metadata_url"] == (
        "https://id.example.org/realms/ml/.well-known/openid-configuration"
    )
    assert auth["expose_tokens"] == ["id"]
    assert auth == single_sign_on.secrets(read(KNOWN))["auth"]
    other = single_sign_on.secrets(read(KNOWN | {"STUDIO_OIDC_CLIENT_SECRET": "another-secret"}))
    assert other["auth"]["cookie_secret"] != auth["cookie_secret"]
    assert "a-secret-of-the-client" not in auth["cookie_secret"]


def test_the_client_secret_may_be_in_a_file_and_is_never_printed(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    given = {name: value for name, value in KNOWN.items() if not name.endswith("_SECRET")}
    found = read(given | {"STUDIO_OIDC_CLIENT_SECRET_FILE": str(file)})
    assert found.single_sign_on is not None
    assert found.single_sign_on.client_secret == "from-a-file"
    assert "from-a-file" not in repr(found)


def test_a_provider_without_client_or_secret_is_a_mistake() -> None:
    for missing in ("STUDIO_OIDC_CLIENT_ID", "STUDIO_OIDC_CLIENT_SECRET"):
        given = {name: value for name, value in KNOWN.items() if name != missing}
        with pytest.raises(SettingsError, match=f"{missing}: is needed"):
            read(given)
    lost = KNOWN | {"STUDIO_OIDC_CLIENT_SECRET": "", "STUDIO_OIDC_CLIENT_SECRET_FILE": "/nowhere"}
    with pytest.raises(SettingsError, match="No such file"):
        read(lost)


def test_the_way_out_leads_by_the_provider_where_it_has_one() -> None:
    found = read(KNOWN)
    assert single_sign_on.way_out(found, {"sign_out_address": ""}) is None
    assert single_sign_on.way_out(found, {"sign_out_address": "https://id.example.org/out"}) == (
        "https://id.example.org/out?client_id=ml-studio"
        "&post_logout_redirect_uri=https%3A%2F%2Fstudio.example.org%2F"
    )
    assert single_sign_on.way_out(read(KEY), {"sign_out_address": "https://x.example"}) is None


def configured(monkeypatch: pytest.MonkeyPatch, **health: Any) -> None:
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "NAME"):
        monkeypatch.setenv(f"STUDIO_OIDC_{name}", KNOWN[f"STUDIO_OIDC_{name}"])
    settings.cache_clear()
    found = {"configured": True, "ok": True, "message": "", **health}
    monkeypatch.setattr(Client, "single_sign_on", lambda _self: found)


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_the_button_stands_under_the_form_only_where_a_provider_is_set_up(
    studio: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert labels(studio("home")) == ["Sign in"]
    configured(monkeypatch)
    at = studio("home")
    assert labels(at) == ["Sign in", "Sign in with Example ID"]
    assert any("data-studio-address" in html.proto.body for html in at.get("html"))


def test_a_provider_that_is_down_is_told_and_its_button_does_nothing(
    studio: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(monkeypatch, ok=False, message="The identity provider is away.")
    at = studio("home")
    assert at.button(key="single-sign-on").disabled
    assert "The identity provider is away." in text(at)


def test_without_the_api_the_button_says_so(
    studio: Open, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Client.single_sign_on
    configured(monkeypatch)
    at = studio("home")
    monkeypatch.setattr(Client, "single_sign_on", real)
    service.api.stop()
    at.run()
    assert at.button(key="single-sign-on").disabled
    assert "does not answer" in text(at)
    service.api.start()
