"""People over REST, for administrators."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import CAST, PASSWORD, Person

ERIN = {"username": "erin", "password": PASSWORD}


def test_an_administrator_lists_people_by_name(admin: Caller) -> None:
    reply = admin.studio("GET", "/users")
    assert [user["username"] for user in reply.json["users"]] == sorted(CAST)
    assert reply.json["next_page_token"] == ""
    assert b"argon2" not in reply.body


def test_people_are_found_by_parts_of_names_and_addresses(admin: Caller) -> None:
    def found(query: str) -> list[str]:
        users = admin.studio("GET", f"/users?query={query}").json["users"]
        return [user["username"] for user in users]

    assert found("ALI") == ["alice"]
    assert found("carol@ex") == ["carol"]
    assert found("%25") == found("_") == found("zz") == []


@every_database
def test_people_come_in_pages_without_gap_or_repetition(admin: Caller) -> None:
    seen: list[str] = []
    token = ""
    for _ in range(3):
        reply = admin.studio("GET", f"/users?max_results=2&page_token={token}").json
        seen += [user["username"] for user in reply["users"]]
        token = reply["next_page_token"]
    assert (seen, token) == (sorted(CAST), "")


def test_a_page_token_is_no_good_for_another_person_or_question(
    studio: Studio, admin: Caller
) -> None:
    token = admin.studio("GET", "/users?max_results=2").json["next_page_token"]
    admin.studio("PATCH", "/users/bob", {"administrator": True})
    bob = studio.person("bob")
    replies = [
        bob.studio("GET", f"/users?max_results=2&page_token={token}"),
        admin.studio("GET", f"/users?query=a&page_token={token}"),
        admin.studio("GET", f"/projects?page_token={token}"),
        admin.studio("GET", f"/users?page_token={token[:-4]}AAAA"),
        admin.studio("GET", "/users?page_token=%C3%A9"),
    ]
    assert {(r.status, r.json["reason"]) for r in replies} == {(400, "page_token")}


@pytest.mark.parametrize(
    "query", ["max_results=0", "max_results=1001", "max_results=x", "page=2", "query=%00"]
)
def test_a_wrong_question_is_refused_with_the_field_named(admin: Caller, query: str) -> None:
    reply = admin.studio("GET", f"/users?{query}")
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")
    assert reply.json["message"].startswith(query.split("=")[0])


def test_an_administrator_adds_a_person_who_can_sign_in(studio: Studio, admin: Caller) -> None:
    body = {**ERIN, "display_name": "Erin", "email": "erin@example.org"}
    reply = admin.studio("POST", "/users", body)
    assert reply.status == 201
    assert {k: reply.json[k] for k in ("username", "display_name", "administrator")} == {
        "username": "erin",
        "display_name": "Erin",
        "administrator": False,
    }
    assert PASSWORD.encode() not in reply.body
    assert studio.with_password("erin").studio("GET", "/me").status == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": "Erin"}, "small letters"),
        ({"username": "e"}, "2 to 64"),
        ({"username": "erin\0"}, "NUL"),
        ({"password": "short"}, "12 to 1024"),
        ({"password": None}, "password"),
        ({"email": "@"}, "name@example.org"),
        ({"administrator": "maybe"}, "administrator"),
        ({"role": "owner"}, "role"),
        ({"display_name": ["Erin"]}, "display_name"),
    ],
)
def test_a_person_of_the_wrong_form_is_refused_with_a_sentence(
    admin: Caller, change: dict[str, Any], words: str
) -> None:
    reply = admin.studio("POST", "/users", ERIN | change)
    assert (reply.status, reply.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert words in reply.json["message"]


def test_a_name_in_use_is_refused(admin: Caller) -> None:
    reply = admin.studio("POST", "/users", ERIN | {"username": "alice"})
    assert (reply.status, reply.json["error_code"]) == (409, "RESOURCE_ALREADY_EXISTS")


@every_database
def test_of_two_who_add_one_name_at_once_one_wins(admin: Caller) -> None:
    replies = at_once([lambda: admin.studio("POST", "/users", ERIN)] * 2)
    assert sorted(reply.status for reply in replies) == [201, 409]


@pytest.mark.parametrize("who", ["alice", "mallory", "admin's token"])
def test_everybody_else_is_refused(studio: Studio, who: str) -> None:
    caller = studio.program("admin") if "token" in who else studio.person(who)
    reason = "session_required" if "token" in who else "administrators_only"
    replies = [
        caller.studio("GET", "/users"),
        caller.studio("POST", "/users", ERIN),
        caller.studio("PATCH", "/users/mallory", {"administrator": True}),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(403, reason)] * 3
    admin = studio.person("admin")
    people = {u["username"]: u for u in admin.studio("GET", "/users").json["users"]}
    assert "erin" not in people
    assert not people["mallory"]["administrator"]


def _ways(studio: Studio, username: str) -> list[Person]:
    return [
        studio.person(username),
        studio.program(username),
        studio.with_password(username),
    ]


def test_disabling_refuses_the_very_next_call_by_every_way(studio: Studio, admin: Caller) -> None:
    ways = _ways(studio, "bob")
    assert [way.studio("GET", "/me").status for way in ways] == [200] * 3
    assert admin.studio("PATCH", "/users/bob", {"disabled": True}).json["disabled"]
    assert [way.studio("GET", "/me").status for way in ways] == [401] * 3
    path = "experiments/search?max_results=1"
    assert [way.mlflow("fraud", "GET", path).status for way in ways] == [401] * 3


def test_a_person_enabled_again_must_sign_in_again(studio: Studio, admin: Caller) -> None:
    session, token, password = _ways(studio, "bob")
    admin.studio("PATCH", "/users/bob", {"disabled": True})
    admin.studio("PATCH", "/users/bob", {"disabled": False})
    assert session.studio("GET", "/me").status == 401
    assert token.studio("GET", "/me").status == password.studio("GET", "/me").status == 200


def test_a_password_set_by_an_administrator_ends_the_sessions(
    studio: Studio, admin: Caller, bob: Caller
) -> None:
    new = "a much better pass-phrase"
    assert admin.studio("PATCH", "/users/bob", {"password": new}).status == 200
    assert bob.studio("GET", "/me").status == 401
    assert studio.with_password("bob").studio("GET", "/me").status == 401
    assert studio.with_password("bob", new).studio("GET", "/me").status == 200


def test_an_administrator_made_may_and_unmade_may_not(admin: Caller, bob: Caller) -> None:
    admin.studio("PATCH", "/users/bob", {"administrator": True})
    assert bob.studio("GET", "/users").status == 200
    admin.studio("PATCH", "/users/bob", {"administrator": False})
    assert bob.studio("GET", "/users").status == 403


@pytest.mark.parametrize("change", [{"administrator": False}, {"disabled": True}])
def test_the_last_administrator_stays(admin: Caller, change: dict[str, bool]) -> None:
    reply = admin.studio("PATCH", "/users/admin", change)
    assert (reply.status, reply.json["reason"]) == (409, "last_administrator")
    assert admin.studio("GET", "/users").status == 200


@every_database
def test_two_administrators_who_demote_each_other_leave_one(studio: Studio, admin: Caller) -> None:
    admin.studio("PATCH", "/users/bob", {"administrator": True})
    bob = studio.person("bob")
    down = {"administrator": False}
    replies = at_once(
        [
            lambda: admin.studio("PATCH", "/users/bob", down),
            lambda: bob.studio("PATCH", "/users/admin", down),
        ]
    )
    # The slower one meets the last administrator, or is none any more.
    statuses = sorted(reply.status for reply in replies)
    assert statuses in ([200, 403], [200, 409])
    left = [one.studio("GET", "/users").status for one in (admin, bob)]
    assert sorted(left) == [200, 403]


def test_an_unknown_person_is_404_and_an_odd_name_no_500(admin: Caller) -> None:
    assert admin.studio("PATCH", "/users/nobody", {"disabled": True}).status == 404
    assert admin.studio("PATCH", "/users/al%00ice", {"disabled": True}).status == 400
    assert admin.studio("PATCH", "/users/%F0%9F%A6%8A", {"disabled": True}).status == 404


def test_changes_of_people_are_written_down_without_values(studio: Studio, admin: Caller) -> None:
    admin.studio("POST", "/users", ERIN)
    admin.studio("PATCH", "/users/erin", {"password": "another pass-phrase", "disabled": True})
    seen = [(e.operation, e.user, e.target) for e in studio.events()]
    assert seen == [
        ("users.update", "admin", "erin: disabled, password"),
        ("users.create", "admin", "erin"),
    ]
