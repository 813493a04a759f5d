"""Single sign-on: administrators read the provider's state and manage rules."""

import os
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from serving import Open, Service, choose, press, text
from studio_app.api.client import Client
from uac_api.access.database import Database
from uac_api.access.models import Group

UP = {
    "configured": True,
    "ok": True,
    "message": "",
    "issuer": "https://id.example.org",
    "groups_claim": "groups",
    "sign_out_address": "",
}


@pytest.fixture
def group(service: Service) -> str:  # noqa: ARG001 (its database is the one)
    """A group that an administrator has made."""
    database = Database(os.environ["STUDIO_DATABASE_URL"])
    database.write(
        lambda session: session.add(Group(name="analysts", description="", created_by="admin"))
    )
    database.close()
    return "analysts"


def says(monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    monkeypatch.setattr(Client, "single_sign_on", lambda _self: {**UP, **more})


def test_others_are_refused_with_a_text(studio: Open) -> None:
    at = studio("sign_in_rules", "alice")
    assert "This page is for administrators" in text(at)
    assert not [button for button in at.button if button.label == "New rule"]


def test_without_a_provider_the_page_says_what_an_operator_does(studio: Open) -> None:
    said = text(studio("sign_in_rules", "admin"))
    assert "No identity provider is set up" in said
    assert "STUDIO_OIDC_ISSUER" in said
    assert "No rules yet" in said


def test_the_state_of_the_provider_is_told(studio: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch)
    assert "The identity provider answers." in text(studio("sign_in_rules", "admin"))
    says(monkeypatch, ok=False, message="The identity provider is away.")
    said = text(studio("sign_in_rules", "admin"))
    assert "does not answer" in said
    assert "The identity provider is away." in said


def add(at: AppTest, value: str, group: str) -> AppTest:
    at.button[0].click().run()
    fields = {field.label: field for field in at.text_input}
    assert fields["Claim"].value == "groups"
    fields["Value"].input(value)
    fields["Group"].input(group)
    at.button[0].click()
    return press(at, "Add rule").run()


def test_a_rule_is_added_and_deleted(studio: Open, service: Service, group: str) -> None:
    at = add(studio("sign_in_rules", "admin"), " physics ", group)
    assert not at.exception
    (rule,) = service.client("admin").claim_rules()["claim_rules"]
    assert (rule["claim"], rule["value"], rule["group"]) == ("groups", "physics", "analysts")
    assert "**physics** :gray[leads into] **analysts**" in text(at)
    choose(at, "physics", "Delete").run()
    assert service.client("admin").claim_rules()["claim_rules"]
    press(choose(at, "physics", "Delete"), "Delete rule").run()
    assert service.client("admin").claim_rules()["claim_rules"] == []


def test_an_account_is_linked_to_a_subject(studio: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch)
    linked: list[tuple[str, str]] = []
    monkeypatch.setattr(Client, "link_identity", lambda _self, *given: linked.append(given))
    at = studio("sign_in_rules", "admin")
    press(at, "Link account").run()
    fields = {field.label: field for field in at.text_input}
    fields["Username"].input("bob ")
    fields["Subject"].input("248289761001")
    next(button for button in at.button if button.label == "Link account").click()
    press(at, "Link account").run()
    assert not at.exception
    assert linked == [("bob", "248289761001")]


def test_a_group_that_is_missing_is_told_in_the_dialog(studio: Open) -> None:
    at = add(studio("sign_in_rules", "admin"), "physics", "nowhere")
    assert "There is no group 'nowhere'" in at.error[0].value
