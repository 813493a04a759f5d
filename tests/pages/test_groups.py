"""Groups: administrators manage them, others see those they are in."""

from sqlalchemy import update

from serving import Open, Service, choose, press, text
from studio_app.api.client import Client
from uac_api.access.database import Database
from uac_api.access.models import GroupPerson


def made(service: Service, *people: str) -> Client:
    admin = service.client("admin")
    admin.create_group("analysts", "Who looks at the figures.")
    for who in people:
        admin.add_to_group("analysts", who)
    service.client("alice").set_member_group("fraud", "analysts", "viewer")
    return admin


def field(at: object, label: str) -> object:
    return next(one for one in at.text_input if one.label == label)  # type: ignore[attr-defined]


def test_without_groups_the_page_says_what_they_are_for(studio: Open) -> None:
    assert "No groups yet" in text(studio("groups", "admin"))
    assert "You are in no group" in text(studio("groups", "mallory"))


def test_an_administrator_creates_a_group_and_is_shown_it(studio: Open, service: Service) -> None:
    at = studio("groups", "admin")
    at.button[0].click().run()
    field(at, "Name").input("analysts")  # type: ignore[attr-defined]
    at.button[0].click()
    press(at, "Create group").run()
    assert not at.exception
    assert "Nobody is in this group yet" in text(at)
    assert service.client("admin").group("analysts")["created_by"] == "admin"


def test_a_name_of_the_wrong_form_is_told_in_the_dialog(studio: Open) -> None:
    at = studio("groups", "admin")
    at.button[0].click().run()
    field(at, "Name").input("The Analysts")  # type: ignore[attr-defined]
    at.button[0].click()
    press(at, "Create group").run()
    assert "small letters" in at.error[0].value


def test_others_see_their_groups_and_change_nothing(studio: Open, service: Service) -> None:
    made(service, "mallory")
    at = studio("groups", "mallory")
    assert "analysts" in text(at)
    assert "New group" not in [button.label for button in at.button]
    assert at.menu_button[0].options == ["People"]
    inside = studio("groups", "mallory", group="analysts")
    assert "Mallory" in text(inside)
    assert not inside.menu_button
    assert "no group 'analysts' that you may see" in studio(
        "groups", "bob", group="analysts"
    ).error[0].value.replace("\\", "")


def test_a_person_joins_after_a_look_at_what_they_gain(studio: Open, service: Service) -> None:
    admin = made(service)
    at = studio("groups", "admin", group="analysts")
    at.button[0].click().run()
    field(at, "Username").input("mallory")  # type: ignore[attr-defined]
    at.button[0].click().run()
    assert "**mallory** gains *read* in `fraud`" in text(at)
    assert admin.group("analysts")["people"] == 0
    at.button[0].click()
    press(at, "Add to group").run()
    assert admin.group("analysts")["people"] == 1


def test_an_unknown_person_is_told(studio: Open, service: Service) -> None:
    made(service)
    at = studio("groups", "admin", group="analysts")
    at.button[0].click().run()
    field(at, "Username").input("nobody")  # type: ignore[attr-defined]
    at.button[0].click().run()
    assert "There is no person" in at.error[0].value


def test_a_person_leaves_after_a_look_at_what_they_lose(studio: Open, service: Service) -> None:
    admin = made(service, "mallory")
    at = studio("groups", "admin", group="analysts")
    choose(at, "mallory", "Remove").run()
    assert "**mallory** loses *read* in `fraud`" in text(at)
    choose(at, "mallory", "Remove")
    at.button(key="change-verb").click().run()
    assert admin.group("analysts")["people"] == 0


def test_who_is_kept_by_the_sign_in_service_has_no_menu(
    studio: Open, service: Service, tmp_path: object
) -> None:
    made(service, "mallory")
    database = Database(f"sqlite:///{tmp_path}/uac.db")
    claims = update(GroupPerson).values(source="claims")
    database.write(lambda session: session.execute(claims))
    database.close()
    at = studio("groups", "admin", group="analysts")
    assert "by the sign-in service" in text(at)
    assert not at.menu_button


def test_a_group_is_renamed_and_deleted(studio: Open, service: Service) -> None:
    admin = made(service, "mallory")
    at = studio("groups", "admin")
    choose(at, "analysts", "Edit").run()
    field(at, "Name").input("scientists")  # type: ignore[attr-defined]
    press(choose(at, "analysts", "Edit"), "Save").run()
    assert admin.group("scientists")["version"] == 2
    at = studio("groups", "admin")
    choose(at, "scientists", "Delete").run()
    assert "**mallory** loses *read* in `fraud`" in text(at)
    choose(at, "scientists", "Delete")
    at.button(key="change-verb").click().run()
    assert admin.groups()["groups"] == []
