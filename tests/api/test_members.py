"""Members of a project over REST."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply

MEMBERS = "/projects/fraud/members"


def put(caller: Caller, username: str, role: str, version: str | None = None) -> Reply:
    headers = {} if version is None else {"If-Match": version}
    return caller.studio("PUT", f"{MEMBERS}/{username}", {"role": role}, headers=headers)


def roles(caller: Caller) -> dict[str, str]:
    listed = caller.studio("GET", MEMBERS).json["members"]
    return {one["username"]: one["role"] for one in listed}


def test_members_of_every_role_see_who_is_in_the_project(studio: Studio) -> None:
    everybody = {"alice": "owner", "bob": "contributor", "carol": "viewer"}
    for who in ("alice", "bob", "carol", "admin"):
        assert roles(studio.person(who)) == everybody


def test_a_stranger_does_not_see_them(studio: Studio, mallory: Caller) -> None:
    assert mallory.studio("GET", MEMBERS).status == 404
    assert studio.program("admin").studio("GET", MEMBERS).status == 404


def test_an_owner_adds_changes_and_removes_a_member(alice: Caller, mallory: Caller) -> None:
    added = put(alice, "mallory", "viewer")
    assert (added.status, added.json["role"], added.json["version"]) == (201, "viewer", 1)
    assert added.json["granted_by"] == "alice"
    assert mallory.studio("GET", "/projects/fraud").status == 200
    changed = put(alice, "mallory", "maintainer")
    assert (changed.status, changed.json["role"], changed.json["version"]) == (200, "maintainer", 2)
    assert alice.studio("DELETE", f"{MEMBERS}/mallory").status == 204
    assert mallory.studio("GET", "/projects/fraud").status == 404


def test_an_administrator_manages_members_in_person(studio: Studio, admin: Caller) -> None:
    assert put(admin, "mallory", "viewer").status == 201
    assert admin.studio("DELETE", f"{MEMBERS}/mallory").status == 204
    assert put(studio.program("admin"), "mallory", "viewer").status == 404


@pytest.mark.parametrize(
    ("who", "status", "reason"),
    [
        ("bob", 403, "role_too_low"),
        ("carol", 403, "role_too_low"),
        ("mallory", 404, "no_such_project"),
    ],
)
def test_nobody_else_manages_members(studio: Studio, who: str, status: int, reason: str) -> None:
    caller = studio.person(who)
    replies = [
        put(caller, who, "owner"),
        put(caller, "carol", "viewer"),
        caller.studio("DELETE", f"{MEMBERS}/alice"),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(status, reason)] * 3
    assert roles(studio.person("alice")) == {
        "alice": "owner",
        "bob": "contributor",
        "carol": "viewer",
    }


def test_a_maintainer_does_not_manage_members(alice: Caller, bob: Caller) -> None:
    put(alice, "bob", "maintainer")
    assert put(bob, "bob", "owner").status == 403


def test_a_token_manages_members_only_with_manage(studio: Studio) -> None:
    narrow = studio.program("alice", actions=["read", "log", "register", "promote", "delete"])
    assert put(narrow, "mallory", "viewer").json["reason"] == "token_too_narrow"
    assert put(studio.program("alice", actions=["manage"]), "mallory", "viewer").status == 201


def test_a_removed_member_is_refused_at_the_very_next_call(alice: Caller, bob: Caller) -> None:
    assert bob.studio("GET", "/projects/fraud").status == 200
    alice.studio("DELETE", f"{MEMBERS}/bob")
    assert bob.studio("GET", "/projects/fraud").status == 404
    assert bob.mlflow("fraud", "GET", "experiments/search?max_results=1").status == 404


@pytest.mark.parametrize("role", ["Owner", "administrator", "", "viewer "])
def test_an_unknown_role_is_refused_with_the_roles_there_are(alice: Caller, role: str) -> None:
    reply = put(alice, "mallory", role)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_role")
    assert "viewer, contributor, maintainer, owner" in reply.json["message"]


@pytest.mark.parametrize("body", [{}, {"role": 3}, {"role": "viewer", "until": "x"}])
def test_a_body_of_the_wrong_form_is_refused(alice: Caller, body: dict[str, object]) -> None:
    reply = alice.studio("PUT", f"{MEMBERS}/mallory", body)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")


def test_an_unknown_person_or_member_is_404(alice: Caller) -> None:
    assert put(alice, "nobody", "viewer").status == 404
    assert alice.studio("DELETE", f"{MEMBERS}/nobody").status == 404
    gone = alice.studio("DELETE", f"{MEMBERS}/mallory")
    assert (gone.status, gone.json["reason"]) == (404, "no_such_member")


def test_a_stale_version_is_refused_and_changes_nothing(alice: Caller, studio: Studio) -> None:
    put(studio.person("admin"), "bob", "maintainer")
    reply = put(alice, "bob", "owner", "1")
    assert (reply.status, reply.json["error_code"]) == (409, "CONFLICT")
    assert reply.json["reason"] == "stale_version"
    removal = alice.studio("DELETE", f"{MEMBERS}/bob", headers={"If-Match": "1"})
    assert (removal.status, removal.json["reason"]) == (409, "stale_version")
    assert roles(alice)["bob"] == "maintainer"


def test_the_version_that_was_seen_is_accepted(alice: Caller) -> None:
    assert put(alice, "bob", "maintainer", '"1"').json["version"] == 2
    assert put(alice, "bob", "viewer", "*").json["version"] == 3
    assert alice.studio("DELETE", f"{MEMBERS}/bob", headers={"If-Match": "3"}).status == 204


def test_a_version_of_somebody_who_is_no_member_is_stale(alice: Caller) -> None:
    assert put(alice, "mallory", "viewer", "1").status == 409


@pytest.mark.parametrize("version", ["x", "-1", "1.5", "9" * 40, 'W/"1"'])
def test_a_version_that_is_no_number_is_refused(alice: Caller, version: str) -> None:
    reply = put(alice, "bob", "viewer", version)
    assert (reply.status, reply.json["reason"]) == (400, "if_match")


def test_the_last_owner_stays(alice: Caller, admin: Caller) -> None:
    for caller in (alice, admin):
        replies = [
            put(caller, "alice", "viewer"),
            caller.studio("DELETE", f"{MEMBERS}/alice"),
        ]
        assert [(r.status, r.json["reason"]) for r in replies] == [(409, "last_owner")] * 2
    assert roles(alice)["alice"] == "owner"


@every_database
def test_two_owners_who_demote_each_other_leave_one(studio: Studio, alice: Caller) -> None:
    put(alice, "bob", "owner")
    bob = studio.person("bob")
    replies = at_once([lambda: put(alice, "bob", "viewer"), lambda: put(bob, "alice", "viewer")])
    assert sorted(reply.status for reply in replies) in ([200, 403], [200, 409])
    owners = [who for who, role in roles(studio.person("admin")).items() if role == "owner"]
    assert len(owners) == 1


@every_database
def test_ten_who_put_one_member_at_once_make_one_row(studio: Studio, alice: Caller) -> None:
    replies = at_once([lambda: put(alice, "mallory", "viewer")] * 10)
    assert sorted(reply.status for reply in replies) == [200] * 9 + [201]
    listed = alice.studio("GET", MEMBERS).json["members"]
    assert [one["version"] for one in listed if one["username"] == "mallory"] == [1]
    assert len(studio.events(project="fraud")) == 10


@every_database
def test_of_ten_changes_to_the_version_they_saw_one_wins(alice: Caller) -> None:
    wanted = ["viewer", "maintainer"] * 5
    replies = at_once([lambda role=role: put(alice, "bob", role, "1") for role in wanted])  # type: ignore[misc]
    assert sorted(reply.status for reply in replies) == [200] + [409] * 9
    winner = next(reply for reply in replies if reply.status == 200)
    assert roles(alice)["bob"] == winner.json["role"]


def test_changes_of_members_are_written_down(studio: Studio, alice: Caller, bob: Caller) -> None:
    put(alice, "mallory", "viewer")
    alice.studio("DELETE", f"{MEMBERS}/mallory")
    put(bob, "bob", "owner")
    seen = [(e.operation, e.user, e.target, e.outcome, e.status) for e in studio.events()]
    assert seen == [
        ("members.set", "bob", "", "denied", 403),
        ("members.remove", "alice", "mallory", "allowed", 204),
        ("members.set", "alice", "mallory: viewer", "allowed", 201),
    ]
