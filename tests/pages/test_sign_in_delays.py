"""Sign-in delays: administrators see who waits and clear it."""

from contextlib import suppress

import pytest

from people import PASSWORD
from serving import Open, Service, press, text
from studio_app.api.client import ApiError, Client


def guess(service: Service, username: str, times: int = 6) -> None:
    for _ in range(times):
        with suppress(ApiError):
            Client(service.api.url).sign_in(username, "wrong password!")


def test_others_are_refused_with_a_text(studio: Open) -> None:
    at = studio("sign_in_delays", "alice")
    assert "This page is for administrators" in text(at)
    assert not at.text_input


def test_without_wrong_passwords_it_says_so(studio: Open) -> None:
    assert "Nobody waits" in text(studio("sign_in_delays", "admin"))


def test_an_administrator_sees_who_waits_and_no_name_of_nobody(
    studio: Open, service: Service
) -> None:
    guess(service, "carol")
    guess(service, "my secret pass-phrase", 1)
    said = text(studio("sign_in_delays", "admin"))
    assert "**carol** at `127.0.0.1`" in said
    assert "waits" in said
    assert "a name that is nobody's" in said
    assert "secret" not in said


def test_a_search_narrows_the_list(studio: Open, service: Service) -> None:
    guess(service, "carol", 1)
    at = studio("sign_in_delays", "admin")
    at.text_input(key="delays-search").input("zebra").run()
    assert "Nothing found" in text(at)


def test_clearing_asks_first_and_then_the_person_signs_in(studio: Open, service: Service) -> None:
    guess(service, "carol")
    at = studio("sign_in_delays", "admin")

    def clear() -> None:
        next(b for b in at.button if str(b.key).startswith("clear-pair-carol")).click()

    clear()
    at.run()
    with pytest.raises(ApiError) as refused:
        service.session("carol")
    assert refused.value.status == 429
    clear()
    press(at, "Clear").run()
    assert not at.exception
    assert service.session("carol", PASSWORD)


def test_the_form_says_how_long_to_wait(studio: Open, service: Service) -> None:
    guess(service, "carol")
    at = studio("home")
    at.text_input[0].input("carol")
    at.text_input[1].input(PASSWORD)
    at.button[0].click().run()
    assert "Try again in" in at.error[0].value
    assert "studio_token" not in at.session_state
