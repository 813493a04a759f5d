"""Projects: list, create, edit, delete."""

import pytest
from streamlit.testing.v1 import AppTest

from serving import Open, Service, choose, press, text
from studio_app.ui.slugs import slug_of


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


def delete(studio: Open) -> AppTest:
    """The page after alice has chosen to delete fraud and typed its address."""
    at = choose(studio("projects", "alice"), "fraud", "Delete").run()
    choose(at, "fraud", "Delete")
    at.text_input(key="confirm-typed").input("fraud").run()
    assert "It goes to the trash" in text(at)
    return press(choose(at, "fraud", "Delete"), "Delete project").run()


def test_a_project_is_deleted_by_its_typed_name_and_restored_by_its_owner(
    studio: Open, service: Service
) -> None:
    at = delete(studio)
    assert "Deleted projects" in text(at)
    assert "30 days left" in text(at)
    assert "Deleted projects" not in text(studio("projects", "bob"))
    at.button(key="restore-fraud").click().run()
    at.button(key="restore-fraud").click()
    at.button(key="confirm-verb").click().run()
    assert "Deleted projects" not in text(at)
    assert service.client("bob").project("fraud")["role"] == "contributor"


def test_an_administrator_restores_any_project(studio: Open, service: Service) -> None:
    delete(studio)
    at = studio("projects", "admin")
    assert "by alice" in text(at)
    at.button(key="restore-fraud").click().run()
    at.button(key="restore-fraud").click()
    at.button(key="confirm-verb").click().run()
    assert service.client("alice").project("fraud")["role"] == "owner"
