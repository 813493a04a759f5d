"""People: administrators manage accounts, others are refused in words."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from people import PASSWORD
from serving import Open, Service, choose, press, text
from studio_app.api.client import Client, SignedOut


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
    press(at, "New account").run()
    fill(at, Username=username, First_password=password)
    press(at, "New account")
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


@pytest.mark.parametrize("end_tokens", [False, True])
def test_a_reset_offers_to_end_all_tokens_too(
    studio: Open, service: Service, end_tokens: bool
) -> None:
    secret = str(service.client("carol").create_token("laptop")["token"])
    token = Client(service.api.url, secret)
    at = choose(studio("people", "admin"), "carol", "Reset password").run()
    new = "trombone kettle ladder"
    next(field for field in at.text_input if field.label == "New password").input(new)
    box = next(one for one in at.checkbox if one.label == "End all tokens too")
    assert not box.value
    if end_tokens:
        box.check()
    press(choose(at, "carol", "Reset password"), "Set password").run()
    assert service.session("carol", new)
    if end_tokens:
        with pytest.raises(SignedOut):
            token.me()
    else:
        assert token.me()


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


def fill(at: AppTest, **values: str) -> None:
    fields = {field.label: field for field in at.text_input}
    for label, value in values.items():
        fields[label.replace("_", " ")].input(value)


def invite(at: AppTest, username: str) -> AppTest:
    press(at, "Invite").run()
    fill(at, Username=username, Name="Erin")
    press(at, "Invite")
    return press(at, "Make the link").run()


def test_an_invitation_shows_its_link_once_and_stands_in_the_list(studio: Open) -> None:
    at = invite(studio("people", "admin"), "erin")
    assert not at.exception
    (link,) = [code.value for code in at.code]
    assert "/join#msi_" in link
    at = studio("people", "admin")
    at.segmented_control(key="people-show").set_value("invited").run()
    said = text(at)
    assert "`erin`" in said
    assert "msi_" not in said
    revoke = next(button for button in at.button if button.label == "Take back")
    revoke.click().run()
    revoke = next(button for button in at.button if button.label == "Take back")
    revoke.click()
    at.button(key="confirm-verb").click().run()
    assert "No open invitation" in text(at)


def test_a_name_in_use_cannot_be_invited(studio: Open) -> None:
    at = invite(studio("people", "admin"), "alice")
    assert "is taken" in at.error[0].value
    assert not at.code


def test_the_last_owner_is_deleted_with_a_new_owner_only(studio: Open, service: Service) -> None:
    at = choose(studio("people", "admin"), "alice", "Delete").run()
    assert "Nobody else owns `fraud`" in at.warning[0].value
    at.text_input(key="delete-typed").input("alice")
    choose(at, "alice", "Delete").run()
    assert at.button(key="delete-verb").disabled
    at.text_input(key="delete-owner").input("nobody")
    choose(at, "alice", "Delete").run()
    at.button(key="delete-verb").click()
    choose(at, "alice", "Delete").run()
    assert "cannot take projects over" in at.error[0].value
    at.text_input(key="delete-owner").input("bob")
    at.button(key="delete-verb").click()
    choose(at, "alice", "Delete").run()
    assert "The account alice is deleted." in text(at)
    assert service.client("bob").project("fraud")["role"] == "owner"
    assert service.client("admin").users("alice")["users"] == []


def test_the_list_can_be_narrowed_to_administrators(studio: Open) -> None:
    at = studio("people", "admin")
    at.segmented_control(key="people-show").set_value("administrators").run()
    assert "`admin`" in text(at)
    assert "`bob`" not in text(at)
    at.segmented_control(key="people-show").set_value("disabled").run()
    assert "Nobody is disabled" in text(at)


def test_somebody_elses_change_is_told_and_not_overwritten(
    studio: Open, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = choose(studio("people", "admin"), "bob", "Make administrator").run()
    really = Client.update_user

    def slower(self: Client, username: str, **more: Any) -> Any:
        really(service.client("admin"), username, disabled=True)
        return really(self, username, **more)

    monkeypatch.setattr(Client, "update_user", slower)
    press(choose(at, "bob", "Make administrator"), "Make administrator").run()
    assert "Somebody else changed this meanwhile" in text(at)
    (bob,) = service.client("admin").users("bob")["users"]
    assert (bob["disabled"], bob["administrator"]) == (True, False)
