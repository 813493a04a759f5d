"""Projects: list, create, edit, delete."""

import pytest

from serving import Open, Service, press, text
from studio_app.slugs import slug_of


def test_a_person_sees_their_own_projects_only(studio: Open) -> None:
    said = text(studio("projects", "alice"))
    assert "Fraud detection" in said
    assert "Vault" not in said


def test_an_administrator_sees_all_projects(studio: Open) -> None:
    said = text(studio("projects", "admin"))
    assert "Fraud detection" in said
    assert "Vault" in said


def test_a_stranger_is_told_what_to_do(studio: Open) -> None:
    assert "No project yet" in text(studio("projects", "mallory"))


def test_a_search_without_a_hit_says_so(studio: Open) -> None:
    at = studio("projects", "alice")
    at.text_input(key="projects-search").input("zebra").run()
    assert "No project found" in text(at)


def options(studio: Open, username: str) -> list[str]:
    return list(studio("projects", username).menu_button[0].options)


def test_only_owners_and_administrators_are_offered_to_edit_and_delete(studio: Open) -> None:
    assert options(studio, "alice") == ["Members", "Connect", "Edit", "Delete"]
    assert options(studio, "carol") == ["Members", "Connect"]


def test_a_new_project_is_mine_and_its_address_is_proposed_from_its_name(
    studio: Open, service: Service
) -> None:
    at = studio("projects", "mallory")
    at.button[0].click().run()
    at.text_input(key="new-name").input("Überraschung & Co")
    at.button[0].click().run()
    assert at.text_input(key="new-slug-uberraschung-co").value == "uberraschung-co"
    at.button[0].click()
    press(at, "Create project").run()
    assert not at.exception
    assert service.client("mallory").project("uberraschung-co")["role"] == "owner"


def test_an_address_in_use_is_told_in_the_dialog(studio: Open) -> None:
    at = studio("projects", "mallory")
    at.button[0].click().run()
    at.text_input(key="new-name").input("Fraud")
    at.button[0].click().run()
    at.button[0].click()
    press(at, "Create project").run()
    assert len(at.error) == 1


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Fraud Detection", "fraud-detection"),
        ("  --x--  ", "x"),
        ("東京", ""),
        ("a" * 80, "a" * 63),
    ],
)
def test_an_address_is_made_of_small_letters_digits_and_hyphens(name: str, slug: str) -> None:
    assert slug_of(name) == slug
