"""The seal of Studio's cookies: opened by who has the key, until its end, as what it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response

from studio_app.auth import cookie
from studio_app.settings import settings

TOKEN = "mss_abcdefghjkmn_a-secret-of-the-session"
SOON = datetime.now(UTC) + timedelta(hours=1)
OVER = datetime.now(UTC) - timedelta(seconds=1)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    settings.cache_clear()
    cookie._fernet.cache_clear()
    yield monkeypatch
    settings.cache_clear()
    cookie._fernet.cache_clear()


def request() -> Request:
    return Request({"type": "http", "scheme": "http", "headers": [], "server": ("studio", 80)})


def test_a_sealed_value_is_read_back_and_says_nothing_of_what_it_is() -> None:
    sealed = cookie.SESSION.seal(TOKEN, SOON)
    assert cookie.SESSION.read({"mlstudio_session": sealed}) == TOKEN
    assert "mss_" not in sealed
    assert "=" not in sealed
    assert cookie.SESSION.seal(TOKEN, SOON) != sealed
    assert cookie.SESSION.read({}) is None


def test_a_sealed_value_ends_with_its_session() -> None:
    assert cookie.SESSION.read({"mlstudio_session": cookie.SESSION.seal(TOKEN, OVER)}) is None


def test_one_cookie_is_not_taken_for_another() -> None:
    sealed = cookie.INVITATION.seal("msi_abcdefghjkmn_x", SOON)
    assert cookie.INVITATION.read({"mlstudio_invitation": sealed}) is not None
    assert cookie.SESSION.read({"mlstudio_session": sealed}) is None


@pytest.mark.parametrize("value", ["", "x", TOKEN, "gAAAAA", "\xe9" * 40, "=" * 8, "a" * 8000])
def test_what_was_not_sealed_here_is_no_session(value: str) -> None:
    assert cookie.SESSION.read({"mlstudio_session": value}) is None
    sealed = cookie.SESSION.seal(TOKEN, SOON)
    assert cookie.SESSION.read({"mlstudio_session": sealed + value[:1]}) in (None, TOKEN)
    assert cookie.SESSION.read({"mlstudio_session": sealed[:-4] + "AAAA"}) is None


def test_another_key_opens_nothing(own_settings: pytest.MonkeyPatch) -> None:
    sealed = cookie.SESSION.seal(TOKEN, SOON)
    own_settings.setenv("STUDIO_COOKIE_KEY", "another-key-of-another-installation")
    settings.cache_clear()
    cookie._fernet.cache_clear()
    assert cookie.SESSION.read({"mlstudio_session": sealed}) is None


def test_on_https_the_names_say_that_only_this_host_may_set_them(
    own_settings: pytest.MonkeyPatch,
) -> None:
    own_settings.setenv("STUDIO_PUBLIC_URL", "https://studio.example.org")
    answer = Response()
    for one in (cookie.SESSION, cookie.INVITATION, cookie.INTERFACE, cookie.SINGLE_SIGN_ON):
        one.put(request(), answer, "value", SOON)
    lines = answer.headers.getlist("set-cookie")
    assert [line.partition("=")[0] for line in lines] == [
        "__Host-mlstudio_session",
        "__Host-mlstudio_invitation",
        "__Secure-mlstudio_interface",
        "__Host-mlstudio_single_sign_on",
    ]
    for line in lines:
        # Without all of this a browser drops a cookie of such a name.
        assert "Secure" in line
        assert "HttpOnly" in line
        assert "Domain" not in line
        assert ("Path=/;" in line) == line.startswith("__Host-")


def test_the_public_part_of_a_session_token_names_the_session() -> None:
    assert cookie.session_id(TOKEN) == "abcdefghjkmn"
    assert cookie.session_id("nothing") == ""
