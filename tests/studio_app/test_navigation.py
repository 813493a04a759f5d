"""The table of pages is complete, and the menu hides what does not apply."""

from pathlib import Path

from studio_app.ui import navigation

PAGES = Path(navigation.__file__).resolve().parents[2] / "pages"


def test_every_page_file_is_in_the_table_and_every_entry_has_its_file() -> None:
    files = {path.stem for path in PAGES.glob("*.py")} - {"__init__"}
    assert files == set(navigation.BY_NAME)


def test_the_menu_shows_people_to_administrators_only() -> None:
    def shown(*, administrator: bool) -> set[str]:
        menu = navigation.menu(administrator=administrator)
        return {entry.name for entries in menu.values() for entry in entries}

    assert "people" in shown(administrator=True)
    assert "people" not in shown(administrator=False)


def test_the_menu_shows_audit_to_owners_and_administrators_only() -> None:
    def shown(**who: bool) -> set[str]:
        return {entry.name for entries in navigation.menu(**who).values() for entry in entries}

    assert "audit" in shown(administrator=True)
    assert "audit" in shown(administrator=False, owner=True)
    assert "audit" not in shown(administrator=False, owner=False)


def test_a_page_of_one_thing_names_the_list_above_it() -> None:
    assert navigation.BY_NAME["run"].above == "experiments"
    assert all(entry.above in {"", *navigation.BY_NAME} for entry in navigation.ENTRIES)


def test_addresses_are_quoted() -> None:
    assert (
        navigation.url("run", project="fraud", run_id="a b&c")
        == "/run?project=fraud&run_id=a+b%26c"
    )
    assert navigation.url("home") == "/"


def test_requests_and_the_audit_trail_stand_in_the_menu_of_owners_only() -> None:
    def names(*, owner: bool) -> set[str]:
        found = navigation.menu(administrator=False, owner=owner)
        return {entry.name for entries in found.values() for entry in entries}

    assert names(owner=True) - names(owner=False) == {"audit", "requests"}


def test_the_only_page_for_people_without_an_account_is_the_invitation() -> None:
    assert {"invitation"} == navigation.OPEN
    assert set(navigation.BY_NAME) > navigation.OPEN
