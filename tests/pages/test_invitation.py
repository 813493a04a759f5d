"""Invitation: who was invited chooses a password; links that do not work say so."""

import pytest

from people import PASSWORD
from serving import Open, Service, press, text
from studio_app import session


@pytest.fixture
def link(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """The secret of an invitation of erin, as the browser's cookie holds it."""
    client = service.client("admin")
    made = client.invite("erin", days=7, display_name="Erin", project="vault", role="viewer")
    secret = str(made["link"]).partition("#")[2]
    monkeypatch.setattr(session, "invitation", lambda: secret)
    return secret


@pytest.fixture
def no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser holds no invitation; without a browser there would be any cookie."""
    monkeypatch.setattr(session, "invitation", lambda: None)


def choose(at, password: str, again: str = ""):  # type: ignore[no-untyped-def]
    at.text_input[0].input(password)
    at.text_input[1].input(again or password)
    return press(at, "Create my account").run()


def test_an_invited_person_reads_what_awaits_them_and_is_signed_in(
    studio: Open, service: Service, link: str
) -> None:
    at = studio("invitation")
    said = text(at)
    assert "Welcome, Erin" in said
    assert "**viewer** of the project `vault`" in said
    assert link not in said
    choose(at, PASSWORD)
    assert any('data-ticket="mst_' in html.proto.body for html in at.get("html"))
    assert service.client("erin").me()["projects"][0]["slug"] == "vault"


def test_two_different_or_short_passwords_make_no_account(
    studio: Open, service: Service, link: str
) -> None:
    assert link
    at = studio("invitation")
    assert "differ" in choose(at, PASSWORD, PASSWORD + "!").error[0].value
    assert "12 to 1024" in choose(at, "short").error[0].value
    assert service.client("admin").users("erin")["users"] == []


def test_a_link_that_does_not_work_offers_the_sign_in_form(
    studio: Open, service: Service, link: str
) -> None:
    service.client("admin").revoke_invitation(link.split("_")[1])
    at = studio("invitation")
    assert "This invitation cannot be used" in text(at)
    assert not at.text_input


@pytest.mark.usefixtures("no_link")
def test_the_page_without_a_link_says_what_to_do(studio: Open) -> None:
    at = studio("invitation")
    assert not at.exception
    assert "Open the whole link" in text(at)


def test_who_is_signed_in_is_told_to_sign_out_first(studio: Open, link: str) -> None:
    assert link
    at = studio("invitation", "bob")
    assert "You are signed in already" in text(at)
    assert not at.text_input


@pytest.mark.usefixtures("no_link")
def test_who_has_just_accepted_comes_to_home(studio: Open) -> None:
    at = studio("invitation", "bob")
    assert not at.exception
    assert "Hello, Bob" in text(at)
