"""Account: my profile and my password."""

import pytest

from people import PASSWORD
from serving import Open, Service, text
from studio_app.api.client import SignedOut


def fill(studio: Open, current: str, new: str, again: str):  # type: ignore[no-untyped-def]
    at = studio("account", "carol")
    fields = {field.label: field for field in at.text_input}
    fields["Current password"].input(current)
    fields["New password"].input(new)
    fields["New password again"].input(again)
    return next(b for b in at.button if b.label == "Change password").click().run()


def test_my_profile_is_saved(studio: Open, service: Service) -> None:
    at = studio("account", "carol")
    next(field for field in at.text_input if field.label == "Name").input("Carol Çelik")
    next(b for b in at.button if b.label == "Save profile").click().run()
    assert not at.exception
    assert service.client("carol").me()["user"]["display_name"] == "Carol Çelik"


def test_a_new_password_replaces_the_old_one(studio: Open, service: Service) -> None:
    at = fill(studio, PASSWORD, "a new long password", "a new long password")
    assert not at.error
    assert service.session("carol", "a new long password")
    with pytest.raises(SignedOut):
        service.session("carol")


@pytest.mark.parametrize(
    ("current", "new", "again", "told"),
    [
        ("", "a new long password", "a new long password", "current password first"),
        (PASSWORD, "short", "short", "at least 12 characters"),
        (PASSWORD, "a new long password", "another long password", "are different"),
        ("wrong", "a new long password", "a new long password", "not right"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changes(
    studio: Open, service: Service, current: str, new: str, again: str, told: str
) -> None:
    at = fill(studio, current, new, again)
    assert told in at.error[0].value
    assert service.session("carol")


def test_my_links_to_identity_providers_are_there_and_nobody_elses(
    studio: Open, service: Service
) -> None:
    link = {"issuer": "https://id.example.org", "subject": "carol **42**"}
    service.client("admin").people("PUT", "users/carol/identities", body=link)
    said = text(studio("account", "carol"))
    assert r"**carol \*\*42\*\***" in said
    assert r"https\://id.example.org · linked" in said
    other = text(studio("account", "bob"))
    assert "id.example.org" not in other
    assert "linked to no identity provider" in other
