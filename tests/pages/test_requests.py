"""Requests: strangers ask without learning anything, owners grant or decline."""

import pytest
from streamlit.testing.v1 import AppTest

from serving import Open, Service, press, text
from studio_app.api.client import Client


def ask(studio: Open, slug: str) -> AppTest:
    at = studio("experiments", "mallory", project=slug)
    at.text_area(key=f"ask-message-{slug}").input("I mind the cards.")
    return press(at, "Request access").run()


def test_a_stranger_asks_for_access_and_sees_the_same_for_every_project(studio: Open) -> None:
    said = {text(ask(studio, slug)).replace(slug, "it") for slug in ("fraud", "nowhere")}
    assert len(said) == 1
    assert "its owners see your request" in said.pop()


def test_an_address_that_no_project_can_have_gets_no_form(studio: Open) -> None:
    at = studio("experiments", "mallory", project="No such thing")
    assert "No such project for you" in text(at)
    assert not at.text_area


def test_an_owner_sees_the_request_on_home_and_grants_it(studio: Open, service: Service) -> None:
    service.client("mallory").ask_access("fraud", "viewer", "I *mind* the cards.")
    assert "1 person asks for access to **Fraud detection**" in text(studio("home", "alice"))
    at = studio("requests", "alice", project="fraud")
    assert "**Mallory** asks to be **viewer**" in text(at)
    assert "I \\*mind\\* the cards." in text(at)
    press(at, "Grant").run()
    at.selectbox[-1].select("contributor")
    press(press(at, "Grant"), "Grant access").run()
    assert "mallory is now contributor" in text(at)
    assert service.client("mallory").project("fraud")["role"] == "contributor"
    assert "Nobody asks for access" in text(studio("requests", "alice", project="fraud"))


def test_a_declined_request_gives_nothing(studio: Open, service: Service) -> None:
    service.client("mallory").ask_access("fraud", "viewer", "")
    at = press(studio("requests", "alice", project="fraud"), "Decline").run()
    press(press(at, "Decline"), "Decline request").run()
    assert "The request of mallory is declined" in text(at)
    assert service.client("mallory").me()["projects"] == []


def test_a_decision_of_another_owner_is_told(
    studio: Open, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.client("mallory").ask_access("fraud", "viewer", "")
    at = press(studio("requests", "alice", project="fraud"), "Grant").run()
    really = Client.grant_request

    def slower(self: Client, slug: str, number: int, role: str) -> None:
        service.client("alice").decline_request(slug, number)
        really(self, slug, number, role)

    monkeypatch.setattr(Client, "grant_request", slower)
    press(press(at, "Grant"), "Grant access").run()
    assert "decided this request already" in text(at)
    assert service.client("mallory").me()["projects"] == []


def test_members_who_are_no_owners_are_refused_and_strangers_see_nothing(
    studio: Open, service: Service
) -> None:
    service.client("mallory").ask_access("fraud", "viewer", "")
    carol = studio("requests", "carol", project="fraud")
    assert "This page is for owners" in text(carol)
    assert "Mallory" not in text(carol)
    assert "Requests" not in text(studio("home", "carol"))
    stranger = studio("requests", "mallory", project="fraud")
    assert "No such project for you" in text(stranger)


def test_an_administrator_decides_for_a_project_they_are_not_in(
    studio: Open, service: Service
) -> None:
    service.client("mallory").ask_access("fraud", "viewer", "")
    assert "**Mallory** asks" in text(studio("requests", "admin", project="fraud"))


def test_without_a_project_the_page_shows_where_somebody_waits(
    studio: Open, service: Service
) -> None:
    service.client("mallory").ask_access("fraud", "viewer", "")
    service.client("alice").create_project("churn", "Churn")
    assert "Fraud detection" in text(studio("requests", "alice"))


def test_an_owner_for_a_time_is_told_that_what_they_grant_ends_too(
    studio: Open, service: Service
) -> None:
    ends = "2099-05-06T12:00:00Z"
    service.client("admin").set_member("fraud", "bob", "owner", expires_at=ends)
    service.client("mallory").ask_access("fraud", "viewer", "")
    at = press(studio("requests", "bob", project="fraud"), "Grant").run()
    assert "Your own role here ends on 6 May 2099" in text(at)
    press(press(at, "Grant"), "Grant access").run()
    assert service.client("mallory").project("fraud")["role_expires_at"] == ends
