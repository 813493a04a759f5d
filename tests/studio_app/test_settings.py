"""Studio's settings: addresses only, every mistake named at once."""

import pytest

from studio_app.settings import SettingsError, origin, read


def test_without_settings_everything_is_on_this_machine() -> None:
    found = read({})
    assert found.api_url == "http://127.0.0.1:5001"
    assert found.public_api_url == "http://127.0.0.1:5001"
    assert found.public_url == "http://127.0.0.1:8501"


def test_ports_move_the_defaults() -> None:
    found = read({"UAC_PORT": "6001", "STUDIO_PORT": "9501"})
    assert (found.api_url, found.public_url) == ("http://127.0.0.1:6001", "http://127.0.0.1:9501")


def test_every_wrong_address_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"STUDIO_API_URL": "uac:5001", "STUDIO_PUBLIC_URL": "ftp://studio"})
    assert "STUDIO_API_URL" in str(caught.value)
    assert "STUDIO_PUBLIC_URL" in str(caught.value)
    assert "STUDIO_PUBLIC_API_URL='uac:5001'" in str(caught.value)


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
    assert read({"STUDIO_PUBLIC_URL": "https://studio.example.org"}).secure_cookie
    assert not read({}).secure_cookie
