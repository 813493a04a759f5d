"""Members: owners change them, others read them, strangers see nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from serving import Open, Service, choose, press, text
from studio_app.api.client import Client
from studio_app.ui import times


def named(at: AppTest, label: str) -> list[str]:
    return [button.label for button in at.button if button.label == label]


def test_everybody_in_the_project_sees_its_members(studio: Open) -> None:
    said = text(studio("members", "carol", project="fraud"))
    assert all(name in said for name in ("Alice", "Bob", "Carol"))


def test_a_stranger_sees_no_members(studio: Open) -> None:
    said = text(studio("members", "mallory", project="fraud"))
    assert "No such project for you" in said
    assert "Alice" not in said


def test_an_owner_may_add_and_others_may_not(studio: Open) -> None:
    assert named(studio("members", "alice", project="fraud"), "Add member") == ["Add member"]
    carol = studio("members", "carol", project="fraud")
    assert named(carol, "Add member") == []
    assert not carol.menu_button
    assert "Only owners of the project change its members." in text(carol)


def add(at: AppTest, username: str) -> AppTest:
    at.button[0].click().run()
    next(field for field in at.text_input if field.label == "Username").input(username)
    at.button[0].click()
    return press(at, "Add member").run()


def test_a_person_is_added_with_a_role(studio: Open, service: Service) -> None:
    at = add(studio("members", "alice", project="fraud"), "mallory")
    assert not at.exception
    assert not at.error
    assert service.client("mallory").project("fraud")["role"] == "contributor"


def test_an_unknown_person_and_a_member_are_refused_in_the_dialog(studio: Open) -> None:
    assert add(studio("members", "alice", project="fraud"), "nobody").error
    twice = add(studio("members", "alice", project="fraud"), "bob")
    assert "is a member already" in twice.error[0].value


def test_an_administrator_manages_members_of_a_project_they_are_not_in(studio: Open) -> None:
    at = studio("members", "admin", project="fraud")
    assert "Bob" in text(at)
    assert named(at, "Add member") == ["Add member"]


def _faster(service: Service, really: Callable[..., Any]) -> Callable[..., Any]:
    def set_member(self: Client, slug: str, username: str, role: str, **more: Any) -> Any:
        really(service.client("alice"), slug, username, "maintainer")
        return really(self, slug, username, role, **more)

    return set_member


def test_somebody_elses_change_is_told_and_not_overwritten(
    studio: Open, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = studio("members", "alice", project="fraud")
    choose(at, "bob", "Change role").run()
    at.selectbox(key="role-bob").select("viewer")
    choose(at, "bob", "Change role").run()
    # The dialog is open with the version it saw; another owner is faster than the press.
    monkeypatch.setattr(Client, "set_member", _faster(service, Client.set_member))
    press(choose(at, "bob", "Change role"), "Save").run()
    assert "Somebody else changed this meanwhile" in text(at)
    bob = next(m for m in service.client("alice").members("fraud") if m["username"] == "bob")
    assert bob["role"] == "maintainer"


def test_without_a_project_the_page_asks_for_one(studio: Open) -> None:
    at = studio("members", "admin")
    at.sidebar.selectbox[0].select("").run()
    assert "Choose a project to see its members" in text(at)


def with_group(service: Service, *people: str) -> None:
    admin = service.client("admin")
    admin.create_group("analysts", "Who looks at the figures.")
    for who in people:
        admin.add_to_group("analysts", who)


def test_a_group_is_added_after_a_look_at_who_gains_what(studio: Open, service: Service) -> None:
    with_group(service, "mallory")
    at = studio("members", "alice", project="fraud")
    at.button[1].click().run()
    next(field for field in at.text_input if field.label == "Group").input("analysts")
    at.button[1].click().run()
    said = text(at)
    assert "**mallory** gains *read*, *log*, *register* in `fraud`" in said
    assert service.client("alice").member_groups("fraud") == []
    at.button[1].click()
    press(at, "Add group").run()
    (group,) = service.client("alice").member_groups("fraud")
    assert (group["name"], group["role"]) == ("analysts", "contributor")
    assert service.client("mallory").project("fraud")["role"] == "contributor"


def test_the_list_tells_what_comes_through_what(studio: Open, service: Service) -> None:
    with_group(service, "mallory", "carol")
    service.client("alice").set_member_group(
        "fraud", "analysts", "maintainer", expires_at="2099-05-06T23:59:59Z", reason="The audit"
    )
    said = text(studio("members", "carol", project="fraud"))
    assert "maintainer · through group analysts · given by alice" in said
    assert "until 6 May 2099 · “The audit”" in said
    assert "viewer · own role" in said
    assert "2 people" in said


def test_who_is_in_through_a_group_only_can_be_given_a_role_of_their_own(
    studio: Open, service: Service
) -> None:
    with_group(service, "mallory")
    service.client("alice").set_member_group("fraud", "analysts", "viewer")
    at = studio("members", "alice", project="fraud")
    choose(at, "mallory", "Give a role of their own").run()
    press(choose(at, "mallory", "Give a role of their own"), "Add member").run()
    assert "mallory" in {one["username"] for one in service.client("alice").members("fraud")}


def test_a_group_is_removed_after_a_look_at_who_loses_what(studio: Open, service: Service) -> None:
    with_group(service, "mallory")
    service.client("alice").set_member_group("fraud", "analysts", "viewer")
    at = studio("members", "alice", project="fraud")
    choose(at, "analysts", "Remove").run()
    assert "**mallory** loses *read* in `fraud`" in text(at)
    press(choose(at, "analysts", "Remove"), "Remove group").run()
    assert service.client("alice").member_groups("fraud") == []


def test_the_last_owner_cannot_be_removed_and_the_dialog_says_why(studio: Open) -> None:
    at = studio("members", "alice", project="fraud")
    choose(at, "alice", "Remove").run()
    assert "This is the last owner of 'fraud'" in at.error[0].value
    (verb,) = (button for button in at.button if button.label == "Remove member")
    assert verb.disabled


# A calendar offers ten years.
SOON = datetime.now(UTC).date() + timedelta(days=400)


def until_noon(service: Service) -> str:
    """mallory owns fraud until noon of that day; the moment."""
    ends = f"{SOON}T12:00:00Z"
    service.client("admin").set_member("fraud", "mallory", "owner", expires_at=ends)
    return ends


def test_an_owner_for_a_time_is_told_that_what_they_give_ends_too(
    studio: Open, service: Service
) -> None:
    ends = until_noon(service)
    at = studio("members", "mallory", project="fraud")
    at.button[0].click().run()
    day = times.day(ends)
    assert f"Your own role here ends on {day}. What you give ends then too" in text(at)
    next(field for field in at.text_input if field.label == "Username").input("admin")
    at.button[0].click()
    press(at, "Add member").run()
    rows = {one["username"]: one for one in service.client("alice").members("fraud")}
    assert rows["admin"]["expires_at"] == ends


def test_the_last_day_of_an_owner_for_a_time_ends_with_their_role(
    studio: Open, service: Service
) -> None:
    ends = until_noon(service)
    at = studio("members", "mallory", project="fraud")
    choose(at, "carol", "Change role").run()
    assert "Your own role here ends on" in text(at)
    at.date_input[0].set_value(SOON)
    press(choose(at, "carol", "Change role"), "Save").run()
    rows = {one["username"]: one for one in service.client("alice").members("fraud")}
    assert rows["carol"]["expires_at"] == ends


def test_a_later_day_than_ones_own_is_refused_in_words(studio: Open, service: Service) -> None:
    until_noon(service)
    at = studio("members", "mallory", project="fraud")
    at.button[0].click().run()
    next(field for field in at.text_input if field.label == "Username").input("admin")
    at.date_input[0].set_value(SOON + timedelta(days=1))
    at.button[0].click().run()
    assert "what you give must not end later" in " ".join(one.value for one in at.error)


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_whose_role_does_not_end_and_administrators_see_no_such_line(
    studio: Open, service: Service, who: str
) -> None:
    service.client("admin").set_member("fraud", "admin", "owner", expires_at="2099-05-06T12:00:00Z")
    at = studio("members", who, project="fraud")
    at.button[0].click().run()
    assert "Your own role here ends" not in text(at)
