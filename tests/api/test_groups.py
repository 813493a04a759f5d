"""Groups over REST: administrators manage them, the people in them may read them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply
from uac_api.access.models import GroupPerson, User

NEW = {"name": "analysts", "description": "Who looks at the figures."}


@pytest.fixture
def analysts(admin: Caller) -> str:
    """The address of a group with mallory in it."""
    assert admin.studio("POST", "/groups", NEW).status == 201
    assert admin.studio("PUT", "/groups/analysts/people/mallory", {}).status == 201
    return "/groups/analysts"


def names(reply: Reply, what: str = "groups", field: str = "name") -> list[str]:
    return [one[field] for one in reply.json[what]]


def test_an_administrator_adds_renames_and_deletes_a_group(admin: Caller) -> None:
    made = admin.studio("POST", "/groups", NEW)
    assert made.status == 201
    assert {**made.json, "created_at": ""} == {
        **NEW,
        "people": 0,
        "projects": 0,
        "created_by": "admin",
        "created_at": "",
        "version": 1,
    }
    renamed = admin.studio("PATCH", "/groups/analysts", {"name": "scientists"})
    assert (renamed.status, renamed.json["name"], renamed.json["version"]) == (200, "scientists", 2)
    assert admin.studio("GET", "/groups/analysts").status == 404
    assert admin.studio("DELETE", "/groups/scientists").status == 204
    assert names(admin.studio("GET", "/groups")) == []


def test_the_people_of_a_group_read_it_and_strangers_do_not_know_it(
    analysts: str, mallory: Caller, bob: Caller
) -> None:
    assert names(mallory.studio("GET", "/groups")) == ["analysts"]
    assert mallory.studio("GET", analysts).json["people"] == 1
    people = mallory.studio("GET", f"{analysts}/people")
    assert names(people, "people", "username") == ["mallory"]
    assert names(bob.studio("GET", "/groups")) == []
    for address in (analysts, f"{analysts}/people"):
        foreign = bob.studio("GET", address)
        missing = bob.studio("GET", address.replace("analysts", "nobodies"))
        assert foreign.status == missing.status == 404
        assert foreign.json["message"].replace("analysts", "nobodies") == missing.json["message"]


CHANGES = [
    ("POST", "/groups", {"name": "mine"}),
    ("PATCH", "/groups/analysts", {"name": "mine"}),
    ("DELETE", "/groups/analysts", None),
    ("PUT", "/groups/analysts/people/bob", {}),
    ("DELETE", "/groups/analysts/people/mallory", None),
]


@pytest.mark.parametrize("who", ["alice", "bob", "mallory"])
@pytest.mark.parametrize("preview", ["", "?preview=true"])
def test_nobody_else_changes_groups_not_even_those_in_it(
    studio: Studio, analysts: str, who: str, preview: str
) -> None:
    for method, path, body in CHANGES:
        reply = studio.person(who).studio(method, path + preview, body)
        assert (reply.status, reply.json["reason"]) == (403, "administrators_only")
    assert studio.person("admin").studio("GET", analysts).json["people"] == 1


def test_a_token_of_an_administrator_changes_no_groups(studio: Studio, analysts: str) -> None:
    for method, path, body in CHANGES:
        reply = studio.program("admin").studio(method, path, body)
        assert (reply.status, reply.json["reason"]) == (403, "session_required")
    assert studio.program("admin").studio("GET", analysts).status == 404


def test_a_group_is_changed_only_in_the_version_that_was_seen(admin: Caller, analysts: str) -> None:
    first = admin.studio("PATCH", analysts, {"description": "1"}, headers={"If-Match": '"1"'})
    assert first.json["version"] == 2
    for method, body in (("PATCH", {"description": "2"}), ("DELETE", None)):
        reply = admin.studio(method, analysts, body, headers={"If-Match": '"1"'})
        assert (reply.status, reply.json["reason"]) == (409, "stale_version")
    assert admin.studio("GET", analysts).json["description"] == "1"


@every_database
def test_of_two_administrators_at_once_one_change_is_refused(studio: Studio, analysts: str) -> None:
    def describe(text: str) -> Reply:
        caller = studio.person("admin")
        return caller.studio("PATCH", analysts, {"description": text}, headers={"If-Match": "1"})

    replies = at_once([lambda: describe("one"), lambda: describe("two")])
    assert sorted(reply.status for reply in replies) == [200, 409]
    (won,) = (reply for reply in replies if reply.status == 200)
    now = studio.person("admin").studio("GET", analysts).json
    assert (now["description"], now["version"]) == (won.json["description"], 2)


@every_database
def test_ten_who_add_one_person_at_once_make_one_entry(studio: Studio, analysts: str) -> None:
    admin = studio.person("admin")
    replies = at_once([lambda: admin.studio("PUT", f"{analysts}/people/bob", {})] * 10)
    assert sorted(reply.status for reply in replies) == [200] * 9 + [201]
    assert admin.studio("GET", analysts).json["people"] == 2


def test_what_is_wrong_is_told(studio: Studio, admin: Caller, analysts: str) -> None:
    wrong: list[tuple[str, str, Any, int, str]] = [
        ("POST", "/groups", {"name": "analysts"}, 409, "already_exists"),
        ("POST", "/groups", {"name": "An Alyst"}, 400, "invalid_group"),
        ("POST", "/groups", {"name": "x1", "parent": "analysts"}, 400, "invalid_fields"),
        ("GET", "/groups/nobodies", None, 404, "no_such_group"),
        ("PUT", f"{analysts}/people/nobody", {}, 404, "not_found"),
        ("PUT", f"{analysts}/people/analysts", {}, 404, "not_found"),
        ("DELETE", f"{analysts}/people/bob", None, 404, "not_in_group"),
        ("PUT", f"{analysts}/people/bob", {"role": "owner"}, 400, "invalid_fields"),
    ]
    for method, path, body, status, reason in wrong:
        reply = admin.studio(method, path, body)
        assert (reply.status, reply.json["reason"]) == (status, reason), (path, reply.body)
    service = update(User).where(User.username == "carol").values(kind="service")
    studio.database.write(lambda session: session.execute(service))
    reply = admin.studio("PUT", f"{analysts}/people/carol", {})
    assert (reply.status, reply.json["reason"]) == (404, "not_found")


def test_who_is_in_a_group_by_claims_stays_and_this_is_told(
    studio: Studio, admin: Caller, analysts: str
) -> None:
    claims = update(GroupPerson).values(source="claims")
    studio.database.write(lambda session: session.execute(claims))
    shown = admin.studio("GET", f"{analysts}/people").json["people"]
    assert shown[0]["source"] == "claims"
    for preview in ("", "?preview=true"):
        reply = admin.studio("DELETE", f"{analysts}/people/mallory{preview}")
        assert (reply.status, reply.json["reason"]) == (409, "kept_by_claims")


@every_database
def test_long_lists_come_in_pages_and_can_be_searched(admin: Caller) -> None:
    for name in ("a1", "b1", "b2", "c1"):
        admin.studio("POST", "/groups", {"name": name})
    for who in ("alice", "bob", "carol"):
        admin.studio("PUT", f"/groups/a1/people/{who}", {})
    first = admin.studio("GET", "/groups?max_results=3")
    token = first.json["next_page_token"]
    rest = admin.studio("GET", f"/groups?max_results=3&page_token={token}")
    assert (names(first), names(rest)) == (["a1", "b1", "b2"], ["c1"])
    assert rest.json["next_page_token"] == ""
    assert names(admin.studio("GET", "/groups?query=B")) == ["b1", "b2"]
    people = admin.studio("GET", "/groups/a1/people?max_results=2")
    token = people.json["next_page_token"]
    rest = admin.studio("GET", f"/groups/a1/people?max_results=2&page_token={token}")
    assert names(rest, "people", "username") == ["carol"]
    assert admin.studio("GET", f"/groups?page_token={token}").status == 400


def test_changes_of_groups_are_written_down_and_previews_are_not(
    studio: Studio, admin: Caller, analysts: str
) -> None:
    admin.studio("PATCH", f"{analysts}?preview=true", {"name": "scientists"})
    admin.studio("PATCH", analysts, {"name": "scientists"})
    admin.studio("DELETE", "/groups/scientists/people/mallory")
    admin.studio("DELETE", "/groups/scientists")
    seen = [(event.operation, event.target, event.status) for event in studio.events()]
    assert seen == [
        ("groups.delete", "scientists", 204),
        ("group_people.remove", "scientists: mallory", 204),
        ("groups.update", "analysts: name, now scientists", 200),
        ("group_people.add", "analysts: mallory", 201),
        ("groups.create", "analysts", 201),
    ]
