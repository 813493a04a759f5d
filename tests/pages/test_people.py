"""People: administrators manage accounts, others are refused in words."""

import pytest
from streamlit.testing.v1 import AppTest

from people import PASSWORD
from serving import Open, Service, choose, press, text
from studio_app.client import SignedOut


def test_others_are_refused_with_a_text_and_see_no_account(studio: Open) -> None:
    at = studio("people", "alice")
    assert "This page is for administrators" in text(at)
    assert "bob" not in text(at)
    assert not at.text_input


def test_an_administrator_sees_every_account(studio: Open) -> None:
    said = text(studio("people", "admin"))
    assert all(name in said for name in ("`alice`", "`bob`", "`mallory`"))


def test_a_search_narrows_the_list(studio: Open) -> None:
    at = studio("people", "admin")
    at.text_input(key="people-search").input("mall").run()
    assert "`mallory`" in text(at)
    assert "`bob`" not in text(at)
    at.text_input(key="people-search").input("zebra").run()
    assert "Nobody found" in text(at)


def create(at: AppTest, username: str, password: str) -> AppTest:
    at.button[0].click().run()
    fields = {field.label: field for field in at.text_input}
    fields["Username"].input(username)
    fields["First password"].input(password)
    at.button[0].click()
    return press(at, "Create account").run()


def test_a_new_account_may_sign_in(studio: Open, service: Service) -> None:
    at = create(studio("people", "admin"), "frank", PASSWORD)
    assert not at.exception
    assert service.client("frank").me()["user"]["administrator"] is False


def test_a_short_password_and_a_name_in_use_are_refused_in_the_dialog(studio: Open) -> None:
    assert create(studio("people", "admin"), "frank", "short").error
    assert create(studio("people", "admin"), "alice", PASSWORD).error


def test_disabling_asks_first_and_signs_the_person_out(studio: Open, service: Service) -> None:
    bob = service.client("bob")
    at = choose(studio("people", "admin"), "bob", "Disable").run()
    assert bob.me()
    press(choose(at, "bob", "Disable"), "Disable").run()
    assert "disabled" in text(at)
    users = service.client("admin").users("bob")["users"]
    assert users[0]["disabled"]


def test_nobody_is_offered_to_disable_themselves(studio: Open) -> None:
    at = studio("people", "admin")
    mine = next(menu for menu in at.menu_button if menu.help.endswith(" admin"))
    assert mine.options == ["Edit"]


def test_a_reset_password_works_and_the_old_one_does_not(studio: Open, service: Service) -> None:
    at = choose(studio("people", "admin"), "carol", "Reset password").run()
    new = "trombone kettle ladder"
    next(field for field in at.text_input if field.label == "New password").input(new)
    press(choose(at, "carol", "Reset password"), "Set password").run()
    assert service.session("carol", new)


def test_signing_out_everywhere_asks_first_and_ends_every_session(
    studio: Open, service: Service
) -> None:
    bob = service.client("bob")
    at = choose(studio("people", "admin"), "bob", "Sign out everywhere").run()
    assert bob.me()
    press(choose(at, "bob", "Sign out everywhere"), "Sign out").run()
    with pytest.raises(SignedOut):
        bob.me()
    assert service.client("bob").me()
