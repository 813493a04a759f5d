"""Programs: owners make service accounts and tokens, administrators only take away."""

import pytest
from streamlit.testing.v1 import AppTest

from serving import Open, Service, choose, press, text
from studio_app.api.client import Client, SignedOut

ACCOUNT = "svc-fraud-nightly"


def with_token(service: Service) -> str:
    """A service account of fraud with a token; the token."""
    alice = service.client("alice")
    alice.create_service_account("fraud", "nightly", "contributor", description="Trains.")
    return str(alice.create_account_token("fraud", ACCOUNT, "cron")["token"])


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_others_are_told_that_it_is_for_owners(studio: Open, service: Service, who: str) -> None:
    with_token(service)
    said = text(studio("programs", who, project="fraud"))
    assert "This page is for owners" in said
    assert "nightly" not in said


def test_a_stranger_sees_nothing(studio: Open, service: Service) -> None:
    with_token(service)
    said = text(studio("programs", "mallory", project="fraud"))
    assert "No such project for you" in said
    assert "nightly" not in said


def test_an_owner_makes_an_account(studio: Open, service: Service) -> None:
    at = studio("programs", "alice", project="fraud")
    assert "No service account yet" in text(at)
    press(at, "New service account").run()
    next(field for field in at.text_input if field.label == "Name").input("nightly")
    press(press(at, "New service account"), "Create service account").run()
    assert not at.exception
    (made,) = service.client("alice").service_accounts("fraud")["service_accounts"]
    assert (made["username"], made["role"]) == (ACCOUNT, "contributor")
    assert f"For `{ACCOUNT}`" in text(at), "its token is asked for next"


def test_an_account_can_be_made_without_a_token(studio: Open, service: Service) -> None:
    at = studio("programs", "alice", project="fraud")
    press(at, "New service account").run()
    next(field for field in at.text_input if field.label == "Name").input("nightly")
    next(box for box in at.checkbox if box.label == "Make its first token next").uncheck()
    press(press(at, "New service account"), "Create service account").run()
    assert len(service.client("alice").service_accounts("fraud")["service_accounts"]) == 1
    assert f"For `{ACCOUNT}`" not in text(at)


def test_a_name_of_the_wrong_form_is_told(studio: Open) -> None:
    at = studio("programs", "alice", project="fraud")
    press(at, "New service account").run()
    next(field for field in at.text_input if field.label == "Name").input("Night Train")
    press(press(at, "New service account"), "Create service account").run()
    assert "small letters, digits and hyphens" in at.error[0].value


def test_an_account_gets_a_token_that_is_shown_once(studio: Open, service: Service) -> None:
    service.client("alice").create_service_account("fraud", "nightly", "viewer")
    at = studio("programs", "alice", project="fraud")
    choose(at, ACCOUNT, "New token").run()
    next(field for field in at.text_input if field.label == "Name").input("cron")
    press(choose(at, ACCOUNT, "New token"), "Create token").run()
    secret = next(str(code.value) for code in at.code if str(code.value).startswith("mls_"))
    assert Client(service.api.url, secret).me()["user"]["username"] == ACCOUNT
    at.run()
    assert secret not in text(at)
    assert "cron" in text(at)


def test_a_token_of_an_account_is_rotated_and_revoked(studio: Open, service: Service) -> None:
    old = with_token(service)
    at = studio("programs", "alice", project="fraud")
    choose(at, "cron", "Rotate").run()
    press(choose(at, "cron", "Rotate"), "Rotate token").run()
    assert len(service.client("alice").account_tokens("fraud", ACCOUNT)["tokens"]) == 2
    at = studio("programs", "alice", project="fraud")
    menus = [menu for menu in at.menu_button if menu.help.endswith(" cron")]
    menus[-1].click("Revoke").run()
    menus = [menu for menu in at.menu_button if menu.help.endswith(" cron")]
    menus[-1].click("Revoke")
    press(at, "Revoke token").run()
    with pytest.raises(SignedOut):
        Client(service.api.url, old).me()


def test_members_tokens_for_this_project_are_seen_and_others_are_not(
    studio: Open, service: Service
) -> None:
    bob = service.client("bob")
    bob.create_token("for fraud", project="fraud")
    bob.create_token("for all")
    at = studio("programs", "alice", project="fraud")
    assert "for fraud" in text(at)
    assert "for all" not in text(at)
    (menu,) = [menu for menu in at.menu_button if menu.help.endswith(" for fraud")]
    assert menu.options == ["Revoke"]


def switched(at: AppTest, option: str, verb: str) -> AppTest:
    choose(at, ACCOUNT, option).run()
    return press(choose(at, ACCOUNT, option), verb).run()


def test_an_account_is_disabled_enabled_and_deleted(studio: Open, service: Service) -> None:
    secret = with_token(service)
    at = switched(studio("programs", "alice", project="fraud"), "Disable", "Disable")
    with pytest.raises(SignedOut):
        Client(service.api.url, secret).me()
    choose(at, ACCOUNT, "Enable").run()
    assert Client(service.api.url, secret).me()
    choose(at, ACCOUNT, "Delete").run()
    choose(at, ACCOUNT, "Delete")
    at.text_input(key="confirm-typed").input("nightly").run()
    press(choose(at, ACCOUNT, "Delete"), "Delete service account").run()
    assert service.client("alice").service_accounts("fraud")["service_accounts"] == []


def test_somebody_elses_change_is_not_overwritten(studio: Open, service: Service) -> None:
    with_token(service)
    at = studio("programs", "alice", project="fraud")
    choose(at, ACCOUNT, "Change role").run()
    at.selectbox(key=f"role-{ACCOUNT}").select("viewer")
    choose(at, ACCOUNT, "Change role").run()
    press(choose(at, ACCOUNT, "Change role"), "Save").run()
    (account,) = service.client("alice").service_accounts("fraud")["service_accounts"]
    assert (account["role"], account["version"]) == ("viewer", 2)


def test_an_administrator_who_is_no_member_only_takes_away(studio: Open, service: Service) -> None:
    with_token(service)
    at = studio("programs", "admin", project="fraud")
    assert not [button for button in at.button if button.label == "New service account"]
    offered = {menu.help.rpartition(" ")[2]: menu.options for menu in at.menu_button}
    assert offered == {ACCOUNT: ["Delete"], "cron": ["Revoke"]}


def test_without_a_project_the_page_asks_for_one(studio: Open) -> None:
    at = studio("programs", "admin")
    at.sidebar.selectbox[0].select("").run()
    assert "Choose a project to see its programs" in text(at)


def test_the_end_of_an_account_that_an_owner_for_a_time_made_is_shown(
    studio: Open, service: Service
) -> None:
    with_token(service)
    assert "role ends" not in text(studio("programs", "alice", project="fraud"))
    ends = "2099-05-06T12:00:00Z"
    service.client("admin").set_member("fraud", "bob", "owner", expires_at=ends)
    service.client("bob").create_service_account("fraud", "mine", "viewer")
    assert "role ends 6 May 2099" in text(studio("programs", "alice", project="fraud"))
