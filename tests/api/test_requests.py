"""Requests for access over REST."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply

VIEWER = {"role": "viewer", "message": "I mind the cards."}


def ask(caller: Caller, slug: str = "fraud", body: Any = VIEWER) -> Reply:
    return caller.studio("POST", f"/projects/{slug}/requests", body)


def waiting(caller: Caller, slug: str = "fraud") -> list[dict[str, Any]]:
    reply = caller.studio("GET", f"/projects/{slug}/requests")
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.json["requests"]
    return found


def decide(caller: Caller, number: object, verb: str, body: Any, slug: str = "fraud") -> Reply:
    return caller.studio("POST", f"/projects/{slug}/requests/{number}/{verb}", body)


def test_asking_tells_nothing_about_the_project(alice: Caller, mallory: Caller) -> None:
    alice.studio("POST", "/projects", {"slug": "gone"})
    alice.studio("DELETE", "/projects/gone?name=gone")
    replies = [ask(mallory, slug) for slug in ("fraud", "nowhere", "gone", "fraud")]
    assert {(reply.status, reply.body) for reply in replies} == {(202, replies[0].body)}
    headers = [{**r.headers, "x-request-id": ""} for r in replies]
    assert all(one == headers[0] for one in headers)
    assert mallory.studio("GET", "/projects/fraud").status == 404
    # After the owner declined, it is the same again.
    decide(alice, waiting(alice)[0]["id"], "decline", {})
    assert (ask(mallory).status, ask(mallory).body) == (202, replies[0].body)
    assert waiting(alice) == []


def test_an_owner_grants_and_the_very_next_call_is_allowed(
    studio: Studio, alice: Caller, mallory: Caller
) -> None:
    ask(mallory)
    (one,) = waiting(alice)
    assert {k: one[k] for k in ("username", "role", "message")} == {
        "username": "mallory",
        **VIEWER,
    }
    reply = decide(alice, one["id"], "grant", {"role": "contributor"})
    assert (reply.status, reply.json["outcome"]) == (200, "granted")
    assert mallory.studio("GET", "/projects/fraud").json["role"] == "contributor"
    late = decide(alice, one["id"], "decline", {})
    assert (late.status, late.json["reason"]) == (409, "stale_version")
    seen = [(e.operation, e.user, e.project, e.target) for e in studio.events(project="fraud")]
    assert seen == [
        ("requests.grant", "alice", "fraud", "mallory: contributor"),
        ("requests.create", "mallory", "fraud", "viewer"),
    ]


@every_database
def test_two_owners_who_decide_at_once_decide_once(alice: Caller, mallory: Caller) -> None:
    ask(mallory)
    number = waiting(alice)[0]["id"]
    replies = at_once(
        [
            lambda: decide(alice, number, "grant", {"role": "viewer"}),
            lambda: decide(alice, number, "decline", {}),
        ]
    )
    assert sorted(reply.status for reply in replies) == [200, 409]


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_members_who_are_no_owners_see_and_decide_nothing(
    studio: Studio, alice: Caller, mallory: Caller, who: str
) -> None:
    ask(mallory)
    number, caller = waiting(alice)[0]["id"], studio.person(who)
    replies = [
        caller.studio("GET", "/projects/fraud/requests"),
        decide(caller, number, "grant", {"role": "owner"}),
        decide(caller, number, "decline", {}),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(403, "role_too_low")] * 3
    assert caller.studio("GET", "/requests").json["projects"] == []
    assert len(waiting(alice)) == 1


def test_who_asks_cannot_grant_it_and_sees_the_same_404_as_for_nothing(
    alice: Caller, mallory: Caller
) -> None:
    ask(mallory)
    number = waiting(alice)[0]["id"]
    for slug in ("fraud", "nowhere"):
        replies = [
            mallory.studio("GET", f"/projects/{slug}/requests"),
            decide(mallory, number, "grant", {"role": "owner"}, slug),
            decide(mallory, number, "decline", {}, slug),
        ]
        assert [(r.status, r.json["reason"]) for r in replies] == [(404, "no_such_project")] * 3
    assert mallory.studio("GET", "/requests").json["projects"] == []


def test_a_request_is_decided_in_its_own_project_only(
    studio: Studio, alice: Caller, mallory: Caller
) -> None:
    mallory.studio("POST", "/projects", {"slug": "trap"})
    ask(studio.person("carol"), "trap")
    number = waiting(mallory, "trap")[0]["id"]
    for wrong in (number, 0, "x", "-1", "9" * 30):
        reply = decide(alice, wrong, "grant", {"role": "viewer"})
        assert (reply.status, reply.json["reason"]) == (404, "no_such_request")
    assert len(waiting(mallory, "trap")) == 1


def test_owners_see_where_somebody_waits(
    studio: Studio, alice: Caller, admin: Caller, mallory: Caller
) -> None:
    assert alice.studio("GET", "/requests").json["projects"] == []
    ask(mallory)
    ask(studio.person("carol"), body={"role": "maintainer"})
    shown = alice.studio("GET", "/requests").json["projects"]
    assert shown == [{"slug": "fraud", "name": "Fraud", "open": 2}]
    # An administrator who is no owner may decide, and is not asked to.
    assert admin.studio("GET", "/requests").json["projects"] == []
    assert len(waiting(admin)) == 2
    narrow = studio.program("alice", actions=["read"])
    assert narrow.studio("GET", "/requests").json["projects"] == []


@every_database
def test_requests_come_in_pages(studio: Studio, alice: Caller, mallory: Caller) -> None:
    ask(mallory)
    ask(studio.person("admin"))
    first = alice.studio("GET", "/projects/fraud/requests?max_results=1").json
    token = first["next_page_token"]
    rest = alice.studio("GET", f"/projects/fraud/requests?max_results=1&page_token={token}").json
    found = [one["username"] for one in first["requests"] + rest["requests"]]
    assert (found, rest["next_page_token"]) == (["mallory", "admin"], "")


def test_the_twenty_first_ask_of_a_day_is_refused_whatever_it_asks_for(
    studio: Studio, alice: Caller, mallory: Caller
) -> None:
    for number in range(20):
        assert ask(mallory, f"nowhere-{number}").status == 202
    for slug in ("fraud", "nowhere"):
        reply = ask(mallory, slug)
        assert (reply.status, reply.json["reason"]) == (429, "too_many_requests")
    assert waiting(alice) == []
    assert ask(studio.person("admin")).status == 202


@pytest.mark.parametrize(
    ("slug", "body", "reason"),
    [
        ("fraud", {"role": "owner"}, "invalid_role"),
        ("fraud", {"role": "king"}, "invalid_role"),
        ("fraud", {"role": "viewer", "message": "x" * 1001}, "invalid_text"),
        ("fraud", {"role": "viewer", "message": "x" * 5000}, "invalid_fields"),
        ("fraud", {"role": "viewer", "to": "bob"}, "invalid_fields"),
        ("No%20Slug", {"role": "viewer"}, "invalid_slug"),
        ("default", {"role": "viewer"}, "reserved_slug"),
    ],
)
def test_a_wrong_request_is_refused_alike_for_every_project(
    mallory: Caller, slug: str, body: dict[str, str], reason: str
) -> None:
    replies = [ask(mallory, slug, body)]
    if slug == "fraud":
        replies.append(ask(mallory, "nowhere", body))
    assert {(r.status, r.json["reason"]) for r in replies} == {(400, reason)}


def test_a_member_asks_for_more_than_they_have_and_not_for_less(alice: Caller, bob: Caller) -> None:
    assert ask(bob, body={"role": "viewer"}).json["reason"] == "has_role"
    assert ask(bob, body={"role": "maintainer"}).status == 202
    assert [one["username"] for one in waiting(alice)] == ["bob"]


def test_a_program_does_not_ask(studio: Studio) -> None:
    reply = ask(studio.program("mallory"))
    assert (reply.status, reply.json["reason"]) == (403, "session_required")
