"""Service accounts over REST."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio
from databases import every_database
from people import PASSWORD, Reply, basic

PATH = "/projects/fraud/service-accounts"
NIGHTLY = f"{PATH}/svc-fraud-nightly"


def make(caller: Caller, **more: object) -> Reply:
    return caller.studio("POST", PATH, {"name": "nightly", "role": "contributor", **more})


def token(caller: Caller, **more: object) -> Reply:
    return caller.studio("POST", f"{NIGHTLY}/tokens", {"name": "cron", **more})


def test_an_owner_makes_one_and_its_token_works_in_the_project_alone(
    studio: Studio, alice: Caller
) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    made = make(alice, description="Trains at night.")
    assert made.status == 201
    assert {**made.json, "created_at": ""} == {
        "username": "svc-fraud-nightly",
        "name": "nightly",
        "role": "contributor",
        "description": "Trains at night.",
        "disabled": False,
        "tokens": 0,
        "created_by": "alice",
        "created_at": "",
        "expires_at": None,
        "version": 1,
    }
    issued = token(alice, actions=["read", "log"]).json
    assert (issued["project"], issued["created_by"]) == ("fraud", "alice")
    program = studio.bearer(issued["token"])
    me = program.studio("GET", "/me").json
    assert (me["user"]["username"], [p["slug"] for p in me["projects"]]) == (
        "svc-fraud-nightly",
        ["fraud"],
    )
    assert program.studio("GET", "/projects/risk").status == 404
    (listed,) = alice.studio("GET", PATH).json["service_accounts"]
    assert listed["tokens"] == 1
    shown = alice.studio("GET", f"{NIGHTLY}/tokens")
    assert [one["id"] for one in shown.json["tokens"]] == [issued["id"]]
    assert issued["token"].split("_", 2)[2] not in shown.body.decode()


def test_it_makes_nothing_for_itself(studio: Studio, alice: Caller) -> None:
    make(alice, role="maintainer")
    program = studio.bearer(token(alice).json["token"])
    replies = [
        program.studio("POST", "/tokens", {"name": "x"}),
        program.studio("PUT", "/me/password", {"current_password": "x", "new_password": PASSWORD}),
        program.studio("PATCH", "/me", {"display_name": "x"}),
        program.studio("POST", "/projects", {"slug": "mine"}),
        program.studio("GET", "/users"),
        program.studio("GET", PATH),
        program.studio("POST", f"{NIGHTLY}/tokens", {"name": "x"}),
        program.studio("PUT", "/projects/fraud/members/mallory", {"role": "viewer"}),
    ]
    assert [reply.status for reply in replies] == [403] * len(replies)


def test_nobody_signs_in_as_one(studio: Studio, alice: Caller, admin: Caller) -> None:
    username = make(alice).json["username"]
    body = {"username": username, "password": PASSWORD}
    assert studio.anonymous().studio("POST", "/sessions", body).status == 401
    credential = {"Authorization": basic(username, PASSWORD)}
    assert studio.anonymous().studio("GET", "/me", headers=credential).status == 401
    for change in ({"password": PASSWORD}, {"administrator": True}, {"disabled": False}):
        assert admin.studio("PATCH", f"/users/{username}", change).status == 404
    assert username not in admin.studio("GET", "/users?query=svc").body.decode()


def test_it_joins_no_other_project_and_is_no_member_to_manage(alice: Caller) -> None:
    username = make(alice).json["username"]
    alice.studio("POST", "/projects", {"slug": "risk"})
    for slug in ("risk", "fraud"):
        path = f"/projects/{slug}/members/{username}"
        assert alice.studio("PUT", path, {"role": "owner"}).status == 404
        assert alice.studio("DELETE", path).status == 404
    members = alice.studio("GET", "/projects/fraud/members").json["members"]
    assert [one["username"] for one in members] == ["alice", "bob", "carol"]
    assert alice.studio("GET", "/projects/fraud").json["members"] == 3


def test_it_does_not_count_as_an_owner_who_stays(alice: Caller) -> None:
    make(alice, role="maintainer")
    reply = alice.studio("DELETE", "/projects/fraud/members/alice")
    assert (reply.status, reply.json["reason"]) == (409, "last_owner")


@pytest.mark.parametrize(
    ("who", "status"),
    [("bob", 403), ("carol", 403), ("mallory", 404), ("program", 403), ("admin", 403)],
)
def test_only_owners_in_person_give_credentials_of_the_project(
    studio: Studio, alice: Caller, who: str, status: int
) -> None:
    make(alice)
    made = token(alice).json
    person = studio.program("alice") if who == "program" else studio.person(who)
    replies = [
        make(person, name="second"),
        person.studio("PATCH", NIGHTLY, {"role": "maintainer"}),
        token(person),
        person.studio("POST", f"{NIGHTLY}/tokens/{made['id']}/rotate", {}),
    ]
    assert [reply.status for reply in replies] == [status] * 4
    (account,) = alice.studio("GET", PATH).json["service_accounts"]
    assert (account["role"], account["tokens"]) == ("contributor", 1)


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_others_see_and_end_none(studio: Studio, alice: Caller, who: str, status: int) -> None:
    make(alice)
    made = token(alice).json
    person = studio.person(who)
    replies = [
        person.studio("GET", PATH),
        person.studio("GET", f"{NIGHTLY}/tokens"),
        person.studio("DELETE", f"{NIGHTLY}/tokens/{made['id']}"),
        person.studio("DELETE", NIGHTLY),
    ]
    assert [reply.status for reply in replies] == [status] * 4
    assert studio.bearer(made["token"]).studio("GET", "/me").status == 200


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_owners_and_administrators_take_credentials_away(
    studio: Studio, alice: Caller, who: str
) -> None:
    make(alice)
    first, second = token(alice).json, token(alice).json
    person = studio.person(who)
    assert len(person.studio("GET", f"{NIGHTLY}/tokens").json["tokens"]) == 2
    assert person.studio("DELETE", f"{NIGHTLY}/tokens/{first['id']}").status == 204
    assert studio.bearer(first["token"]).studio("GET", "/me").status == 401
    assert person.studio("DELETE", NIGHTLY).status == 204
    assert studio.bearer(second["token"]).studio("GET", "/me").status == 401
    gone = person.studio("DELETE", NIGHTLY)
    assert (gone.status, gone.json["reason"]) == (404, "no_such_account")


def test_a_token_of_one_is_rotated_with_an_overlap(studio: Studio, alice: Caller) -> None:
    make(alice)
    old = token(alice, run_id="run-1").json
    fresh = alice.studio("POST", f"{NIGHTLY}/tokens/{old['id']}/rotate", {"overlap_hours": 1}).json
    assert (fresh["replaces"], fresh["run_id"], fresh["project"]) == (old["id"], "run-1", "fraud")
    for text in (old["token"], fresh["token"]):
        assert studio.bearer(text).studio("GET", "/me").json["reason"] == "token_of_one_run"


def test_a_token_of_a_person_is_not_reached_through_an_account(
    studio: Studio, alice: Caller
) -> None:
    make(alice)
    mine = alice.studio("POST", "/tokens", {"name": "x"}).json
    path = f"{NIGHTLY}/tokens/{mine['id']}"
    assert alice.studio("DELETE", path).status == 404
    assert alice.studio("POST", f"{path}/rotate", {}).status == 404
    assert studio.bearer(mine["token"]).studio("GET", "/me").status == 200


def test_a_change_needs_the_version_that_was_seen(studio: Studio, alice: Caller) -> None:
    make(alice)
    text = token(alice).json["token"]
    match = {"If-Match": '"1"'}
    assert alice.studio("PATCH", NIGHTLY, {"role": "viewer"}, headers=match).status == 200
    stale = alice.studio("PATCH", NIGHTLY, {"role": "maintainer"}, headers=match)
    assert (stale.status, stale.json["reason"]) == (409, "stale_version")
    assert alice.studio("PATCH", NIGHTLY, {"disabled": True}).json["disabled"] is True
    assert studio.bearer(text).studio("GET", "/me").status == 401


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "Über"}, "invalid_name"),
        ({"role": "owner"}, "invalid_role"),
        ({"role": None}, "invalid_fields"),
        ({"description": "x" * 1001}, "invalid_text"),
        ({"administrator": True}, "invalid_fields"),
    ],
)
def test_an_account_of_the_wrong_form_is_refused(
    alice: Caller, change: dict[str, object], reason: str
) -> None:
    reply = make(alice, **change)
    assert (reply.status, reply.json["reason"]) == (400, reason)
    assert alice.studio("GET", PATH).json["service_accounts"] == []


def test_every_change_is_in_the_trail_of_the_project_without_secrets(
    studio: Studio, alice: Caller
) -> None:
    make(alice)
    made = token(alice).json
    alice.studio("PATCH", NIGHTLY, {"role": "viewer", "description": "x" * 500})
    alice.studio("DELETE", f"{NIGHTLY}/tokens/{made['id']}")
    alice.studio("DELETE", NIGHTLY)
    events = studio.events(project="fraud")
    assert [(event.operation, event.target) for event in events[::-1]] == [
        ("service_accounts.create", "svc-fraud-nightly: contributor"),
        ("service_accounts.tokens.create", f"{made['id']} cron"),
        ("service_accounts.update", "svc-fraud-nightly: role viewer, description"),
        ("service_accounts.tokens.delete", f"{made['id']} of svc-fraud-nightly"),
        ("service_accounts.delete", "svc-fraud-nightly"),
    ]
    assert {event.user for event in events} == {"alice"}


@every_database
def test_accounts_come_in_pages(alice: Caller) -> None:
    for name in ("a", "b", "c"):
        make(alice, name=name)
    first = alice.studio("GET", f"{PATH}?max_results=2").json
    second = alice.studio("GET", f"{PATH}?max_results=2&page_token={first['next_page_token']}").json
    names = [one["name"] for page in (first, second) for one in page["service_accounts"]]
    assert (names, second["next_page_token"]) == (["a", "b", "c"], "")


def test_a_deleted_project_takes_its_programs_out(studio: Studio, alice: Caller) -> None:
    make(alice)
    program = studio.bearer(token(alice).json["token"])
    assert alice.studio("DELETE", "/projects/fraud?name=fraud").status == 204
    assert program.studio("GET", "/projects/fraud").status == 404
    assert program.mlflow("fraud", "GET", "experiments/search?max_results=1").status == 404
