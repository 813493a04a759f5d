"""The asking person over REST."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio
from people import PASSWORD

NEW = "a much better pass-phrase"
EVERYTHING = ["read", "log", "register", "promote", "delete", "manage", "administer"]


def test_me_is_who_asks_with_role_and_actions_in_each_project(alice: Caller, carol: Caller) -> None:
    me = alice.studio("GET", "/me").json
    assert (me["user"]["username"], me["user"]["email"]) == ("alice", "alice@example.org")
    (project,) = me["projects"]
    assert (project["slug"], project["role"], project["members"]) == ("fraud", "owner", 3)
    assert project["may"] == EVERYTHING
    (project,) = carol.studio("GET", "/me").json["projects"]
    assert (project["role"], project["may"]) == ("viewer", ["read"])


def test_a_stranger_and_an_administrator_have_no_projects(mallory: Caller, admin: Caller) -> None:
    for person in (mallory, admin):
        assert person.studio("GET", "/me").json["projects"] == []


def test_me_says_how_i_was_recognised(studio: Studio) -> None:
    def via(caller: Caller) -> str:
        return str(caller.studio("GET", "/me").json["via"])

    assert via(studio.person("alice")) == "session"
    assert via(studio.program("alice")) == "token"
    assert via(studio.with_password("alice")) == "password"


def test_no_answer_holds_a_password_or_its_hash(alice: Caller) -> None:
    text = alice.studio("GET", "/me").body.decode()
    assert "password" not in text
    assert "argon2" not in text


def test_a_token_sees_only_its_project_and_actions(studio: Studio) -> None:
    program = studio.program("alice", project_id=studio.project_id(), actions=["read", "log"])
    me = program.studio("GET", "/me").json
    assert me["projects"][0]["may"] == ["read", "log"]
    assert me["token"] == program.credential.split("_")[1]


def test_i_change_my_name_and_address(alice: Caller) -> None:
    body = {"display_name": "  Älice 🦊 ", "email": "a@example.com"}
    reply = alice.studio("PATCH", "/me", body)
    assert (reply.status, reply.json["display_name"]) == (200, "Älice 🦊")
    assert alice.studio("GET", "/me").json["user"]["email"] == "a@example.com"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"display_name": ""}, "1 to 200 characters"),
        ({"display_name": "x" * 201}, "1 to 200 characters"),
        ({"display_name": "two\nlines"}, "on one line"),
        ({"email": "nowhere"}, "name@example.org"),
        ({"email": "nul\0@example.org"}, "NUL"),
        ({"email": 7}, "email"),
        ({"display_name": "\ud800"}, "display_name"),
        ({"administrator": True}, "administrator"),
        ({"username": "bob"}, "username"),
    ],
)
def test_what_i_may_not_change_is_refused_with_a_sentence(
    alice: Caller, body: dict[str, object], words: str
) -> None:
    reply = alice.studio("PATCH", "/me", body)
    assert (reply.status, reply.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert words in reply.json["message"]


def test_a_new_password_replaces_the_old_one_at_once(studio: Studio, alice: Caller) -> None:
    assert studio.with_password("alice").studio("GET", "/me").status == 200
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert alice.studio("PUT", "/me/password", body).status == 204
    assert studio.with_password("alice").studio("GET", "/me").status == 401
    assert studio.with_password("alice", NEW).studio("GET", "/me").status == 200


def test_a_new_password_ends_my_other_sessions_only(
    studio: Studio, alice: Caller, bob: Caller
) -> None:
    other = studio.person("alice")
    body = {"current_password": PASSWORD, "new_password": NEW}
    alice.studio("PUT", "/me/password", body)
    statuses = [one.studio("GET", "/me").status for one in (alice, other, bob)]
    assert statuses == [200, 401, 200]


def test_the_current_password_must_be_right(studio: Studio, alice: Caller) -> None:
    body = {"current_password": "wrong password!", "new_password": NEW}
    reply = alice.studio("PUT", "/me/password", body)
    assert (reply.status, reply.json["reason"]) == (403, "wrong_password")
    assert studio.with_password("alice").studio("GET", "/me").status == 200


def test_a_short_password_is_refused_with_the_rule(alice: Caller) -> None:
    body = {"current_password": PASSWORD, "new_password": "too short"}
    reply = alice.studio("PUT", "/me/password", body)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_password")
    assert "12 to 1024" in reply.json["message"]


def test_a_token_changes_nothing_of_its_person(studio: Studio) -> None:
    program = studio.program("alice")
    body = {"current_password": PASSWORD, "new_password": NEW}
    replies = [
        program.studio("PATCH", "/me", {"display_name": "Eve"}),
        program.studio("PUT", "/me/password", body),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(403, "session_required")] * 2
    assert studio.with_password("alice").studio("GET", "/me").json["user"]["display_name"] == (
        "Alice"
    )


def test_changes_of_mine_are_written_down(studio: Studio, alice: Caller) -> None:
    alice.studio("PATCH", "/me", {"email": "a@example.com"})
    alice.studio("PUT", "/me/password", {"current_password": PASSWORD, "new_password": NEW})
    seen = [(e.operation, e.user, e.target, e.outcome) for e in studio.events()]
    assert seen == [
        ("me.password", "alice", "alice", "allowed"),
        ("me.update", "alice", "alice", "allowed"),
    ]
