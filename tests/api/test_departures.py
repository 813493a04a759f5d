"""Deleting a person over REST."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import PASSWORD

BOB = {"username": "bob", "password": PASSWORD}


def test_a_preview_changes_nothing_and_names_what_needs_an_owner(
    studio: Studio, admin: Caller
) -> None:
    studio.program("alice")
    reply = admin.studio("DELETE", "/users/alice?preview=true")
    assert reply.status == 200
    assert reply.json == {
        "username": "alice",
        "deleted": False,
        "owner": None,
        "projects": ["fraud"],
        "memberships": 1,
        "groups": 0,
        "tokens": 1,
        "invitations": 0,
    }
    assert studio.person("alice").studio("GET", "/me").status == 200
    assert studio.events(user="admin") == []


def test_the_last_owner_is_deleted_with_somebody_who_takes_over(
    studio: Studio, admin: Caller, bob: Caller
) -> None:
    refused = admin.studio("DELETE", "/users/alice")
    assert (refused.status, refused.json["reason"]) == (409, "owner_needed")
    assert "fraud" in refused.json["message"]
    wrong = admin.studio("DELETE", "/users/alice?owner=nobody")
    assert (wrong.status, wrong.json["reason"]) == (400, "invalid_owner")
    assert bob.studio("GET", "/projects/fraud").json["role"] == "contributor"
    gone = admin.studio("DELETE", "/users/alice?owner=bob")
    assert (gone.status, gone.json["deleted"], gone.json["owner"]) == (200, True, "bob")
    assert bob.studio("GET", "/projects/fraud").json["role"] == "owner"
    event = studio.events(user="admin")[0]
    assert (event.operation, event.target) == ("users.delete", "alice: fraud to bob")


def test_a_namesake_inherits_nothing(studio: Studio, admin: Caller) -> None:
    old = [studio.person("bob"), studio.program("bob"), studio.with_password("bob")]
    # The third of them is remembered by the check of passwords now.
    assert [way.studio("GET", "/me").status for way in old] == [200] * 3
    assert admin.studio("DELETE", "/users/bob").status == 200
    assert [way.studio("GET", "/me").status for way in old] == [401] * 3
    new = "a password of the namesake"
    assert admin.studio("POST", "/users", BOB | {"password": new}).status == 201
    assert [way.studio("GET", "/me").status for way in old] == [401] * 3
    namesake = studio.with_password("bob", new)
    assert namesake.studio("GET", "/me").json["projects"] == []
    assert namesake.studio("GET", "/projects/fraud").status == 404
    assert namesake.studio("GET", "/tokens").json["tokens"] == []


def test_what_a_person_did_stays_in_the_trail(studio: Studio, admin: Caller, alice: Caller) -> None:
    alice.studio("PATCH", "/projects/fraud", {"name": "Cards"})
    admin.studio("DELETE", "/users/alice?owner=carol")
    assert [event.operation for event in studio.events(user="alice")] == ["projects.update"]


def test_nobody_deletes_themselves_and_so_the_last_administrator_stays(admin: Caller) -> None:
    for query in ("", "?preview=true", "?owner=bob"):
        reply = admin.studio("DELETE", f"/users/admin{query}")
        assert (reply.status, reply.json["reason"]) == (400, "not_yourself")
    assert admin.studio("GET", "/users").status == 200


@every_database
def test_two_administrators_who_delete_each_other_leave_one(studio: Studio, admin: Caller) -> None:
    admin.studio("PATCH", "/users/bob", {"administrator": True})
    bob = studio.person("bob")
    replies = at_once(
        [
            lambda: admin.studio("DELETE", "/users/bob"),
            lambda: bob.studio("DELETE", "/users/admin"),
        ]
    )
    # The slower one meets the last administrator, or is gone before it is recognised.
    assert sorted(reply.status for reply in replies) in ([200, 401], [200, 409])
    assert sorted(one.studio("GET", "/users").status for one in (admin, bob)) == [200, 401]


@pytest.mark.parametrize("who", ["alice", "mallory", "admin's token"])
def test_everybody_else_is_refused(studio: Studio, who: str) -> None:
    caller = studio.program("admin") if "token" in who else studio.person(who)
    for query in ("", "?preview=true", "?owner=mallory"):
        assert caller.studio("DELETE", f"/users/bob{query}").status == 403
    assert studio.person("bob").studio("GET", "/me").status == 200


def test_an_unknown_person_is_404_and_odd_names_no_500(admin: Caller) -> None:
    assert admin.studio("DELETE", "/users/nobody").status == 404
    assert admin.studio("DELETE", "/users/%F0%9F%A6%8A?owner=%F0%9F%A6%8A").status == 404
    assert admin.studio("DELETE", "/users/bob?owner=%00").status == 400
    assert admin.studio("DELETE", "/users/bob?preview=maybe").status == 400


def test_a_change_of_what_was_seen_is_made_and_of_something_else_refused(admin: Caller) -> None:
    seen = admin.studio("GET", "/users?query=bob").json["users"][0]["version"]
    first = {"If-Match": f'"{seen}"'}
    changed = admin.studio("PATCH", "/users/bob", {"email": "b@example.org"}, headers=first)
    assert changed.status == 200
    late = admin.studio("PATCH", "/users/bob", {"administrator": True}, headers=first)
    assert (late.status, late.json["reason"]) == (409, "stale_version")
    again = {"If-Match": changed.json["version"]}
    assert admin.studio("PATCH", "/users/bob", {"disabled": True}, headers=again).status == 200


def test_my_own_version_is_the_one_that_administrators_see(admin: Caller, bob: Caller) -> None:
    mine = bob.studio("GET", "/me").json["user"]
    assert mine == admin.studio("GET", "/users?query=bob").json["users"][0]


def test_the_list_shows_administrators_or_disabled_people(admin: Caller) -> None:
    admin.studio("PATCH", "/users/bob", {"disabled": True})

    def shown(show: str) -> list[str]:
        return [u["username"] for u in admin.studio("GET", f"/users?show={show}").json["users"]]

    assert shown("administrators") == ["admin"]
    assert shown("disabled") == ["bob"]
    assert len(shown("everybody")) == 5
    assert admin.studio("GET", "/users?show=secrets").status == 400
