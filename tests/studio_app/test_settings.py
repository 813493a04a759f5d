"""Studio's settings: every mistake is named at the start."""

import re
from pathlib import Path

import pytest

from configuration.settings import SettingsError
from processes import COOKIE_KEY
from studio_app.settings import Share, origin, read

KEY = {"STUDIO_COOKIE_KEY": COOKIE_KEY}


def test_without_settings_everything_is_on_this_machine() -> None:
    found = read(KEY)
    assert found.api_url == "http://127.0.0.1:5001"
    assert found.public_api_url == "http://127.0.0.1:5001"
    assert found.public_url == "http://127.0.0.1:8501"


def test_ports_move_the_defaults() -> None:
    found = read({**KEY, "UAC_PORT": "6001", "STUDIO_PORT": "9501"})
    assert (found.api_url, found.public_url) == ("http://127.0.0.1:6001", "http://127.0.0.1:9501")


def test_every_wrong_address_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"STUDIO_API_URL": "uac:5001", "STUDIO_PUBLIC_URL": "ftp://studio"})
    assert "STUDIO_API_URL" in str(caught.value)
    assert "STUDIO_PUBLIC_URL" in str(caught.value)
    assert re.search("STUDIO_PUBLIC_API_URL: .*'uac:5001'", str(caught.value))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://studio.example.org/", "https://studio.example.org"),
        ("https://studio.example.org:443/x", "https://studio.example.org"),
        ("http://127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("http://[::1]:8501", "http://[::1]:8501"),
    ],
)
def test_an_origin_is_spelled_as_browsers_do(url: str, expected: str) -> None:
    assert origin(url) == expected


def test_the_cookie_is_secure_where_browsers_come_by_https() -> None:
    assert read({**KEY, "STUDIO_PUBLIC_URL": "https://studio.example.org"}).secure_cookie
    assert not read(KEY).secure_cookie


def test_the_key_of_the_cookies_comes_from_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "cookie-key"
    file.write_text(f"{COOKIE_KEY}\n")
    assert read({"STUDIO_COOKIE_KEY_FILE": str(file)}).cookie_key.get_secret_value() == COOKIE_KEY
    assert COOKIE_KEY not in repr(read(KEY))


@pytest.mark.parametrize(
    "environment",
    [{}, {"STUDIO_COOKIE_KEY": "short"}, {"STUDIO_COOKIE_KEY_FILE": "/nowhere/cookie-key"}],
)
def test_without_a_key_for_its_cookies_studio_does_not_start(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="STUDIO_COOKIE_KEY"):
        read(environment)


def test_shares_are_numbers_above_nothing() -> None:
    told = {"STUDIO_ADDRESS_SOCKETS": "7", "STUDIO_ADDRESS_MESSAGES_PER_SECOND": "0.5"}
    assert read({**KEY, **told}).address_share == Share(7, 0.5)
    for wrong in ("0", "-1", "many", "nan", "inf"):
        with pytest.raises(SettingsError, match="STUDIO_SIGNED_OUT_SOCKETS"):
            read({**KEY, "STUDIO_SIGNED_OUT_SOCKETS": wrong})


def test_a_port_of_kubernetes_is_no_mistake_where_the_address_is_set() -> None:
    told = {"STUDIO_PORT": "tcp://10.0.0.1:8501", "STUDIO_PUBLIC_URL": "https://studio.example.org"}
    assert read({**KEY, **told}).public_url == "https://studio.example.org"
    with pytest.raises(SettingsError, match="STUDIO_PUBLIC_URL"):
        read({**KEY, "STUDIO_PORT": "tcp://10.0.0.1:8501"})
