"""The audit trail over REST."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from api.conftest import Caller, Studio
from people import PASSWORD


def ask(caller: Caller, **wanted: object) -> list[dict[str, Any]]:
    reply = caller.studio("GET", f"/audit?{urlencode(wanted)}")
    assert reply.status == 200, reply.body
    events: list[dict[str, Any]] = reply.json["events"]
    return events


@pytest.fixture
def history(studio: Studio, alice: Caller, mallory: Caller) -> None:
    """Three things that happened: alice renames, mallory is refused twice."""
    alice.studio("PATCH", "/projects/fraud", {"name": "Fraud 2"}, headers={"X-Request-ID": "one"})
    mallory.studio("PATCH", "/projects/fraud", {"name": "Mine"})
    mallory.studio("GET", "/users")
    studio.services.trail.flush()


@pytest.mark.usefixtures("history")
def test_an_administrator_sees_everything_newest_first(admin: Caller) -> None:
    seen = [(e["user"], e["operation"], e["outcome"], e["status"]) for e in ask(admin)]
    # Both refusals are written by the same batch, in no promised order.
    assert seen[2] == ("alice", "projects.update", "allowed", 200)
    assert sorted(seen[:2]) == [
        ("mallory", "projects.update", "denied", 404),
        ("mallory", "users.list", "denied", 403),
    ]


@pytest.mark.usefixtures("history")
def test_an_event_has_every_field(admin: Caller) -> None:
    (event,) = ask(admin, request_id="one")
    assert event.pop("id") > 0
    moment = datetime.fromisoformat(event.pop("at"))
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=2)
    assert event == {
        "request_id": "one",
        "user": "alice",
        "token": "",
        "project": "fraud",
        "action": "",
        "operation": "projects.update",
        "target": "name",
        "outcome": "allowed",
        "reason": "",
        "status": 200,
        "count": 1,
        "address": "127.0.0.1",
    }


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"user": "mallory"}, 2),
        ({"user": "mallory", "project": "fraud"}, 1),
        ({"outcome": "denied"}, 2),
        ({"outcome": "allowed"}, 1),
        ({"action": "read"}, 0),
        ({"request_id": "none"}, 0),
        ({"since": "2000-01-01"}, 3),
        ({"until": "2000-01-01T00:00:00Z"}, 0),
        ({"since": "2999-12-31T23:59:59+02:00"}, 0),
    ],
)
def test_events_are_filtered(admin: Caller, wanted: dict[str, str], count: int) -> None:
    assert len(ask(admin, **wanted)) == count


@pytest.mark.usefixtures("history")
def test_a_time_without_a_zone_is_meant_in_utc(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        soon = (datetime.now(UTC) + timedelta(minutes=5)).replace(tzinfo=None)
        assert ask(admin, since=soon.isoformat()) == []
        assert len(ask(admin, until=soon.isoformat())) == 3
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "until=0001-01-01T00:00:00%2B14:00",
        "since=9999-12-31T23:59:59-14:00",
        "limit=5",
        "max_results=1001",
        "user=%00",
        "user=%00&project=fraud",
    ],
)
def test_a_wrong_filter_is_refused_with_the_field_named(admin: Caller, query: str) -> None:
    reply = admin.studio("GET", f"/audit?{query}")
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")
    assert reply.json["message"].startswith(query.split("=")[0])


@pytest.mark.usefixtures("history")
def test_an_owner_sees_the_events_of_their_project_only(alice: Caller) -> None:
    assert {event["project"] for event in ask(alice, project="fraud")} == {"fraud"}
    refused = alice.studio("GET", "/audit")
    assert (refused.status, refused.json["reason"]) == (403, "administrators_only")


@pytest.mark.parametrize(
    ("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404), ("token", 403)]
)
def test_nobody_else_sees_a_projects_events(studio: Studio, who: str, status: int) -> None:
    caller = studio.program("bob") if who == "token" else studio.person(who)
    assert caller.studio("GET", "/audit?project=fraud").status == status
    assert caller.studio("GET", "/audit").status == 403


def test_an_administrators_token_sees_nothing(studio: Studio) -> None:
    program = studio.program("admin")
    assert program.studio("GET", "/audit").json["reason"] == "session_required"
    assert program.studio("GET", "/audit?project=fraud").status == 404


def test_an_owners_token_needs_manage(studio: Studio) -> None:
    assert (
        studio.program("alice", actions=["read"])
        .studio("GET", "/audit?project=fraud")
        .json["reason"]
        == "token_too_narrow"
    )
    assert studio.program("alice").studio("GET", "/audit?project=fraud").status == 200


def test_events_come_in_pages_without_gap_or_repetition(admin: Caller, alice: Caller) -> None:
    for number in range(5):
        alice.studio("PATCH", "/projects/fraud", {"name": f"Fraud {number}"})
    ids: list[int] = []
    token = ""
    for _ in range(3):
        reply = admin.studio("GET", f"/audit?max_results=2&page_token={token}").json
        ids += [event["id"] for event in reply["events"]]
        token = reply["next_page_token"]
        # What happens meanwhile belongs to no later page.
        alice.studio("PATCH", "/projects/fraud", {"name": "Fraud again"})
    assert (len(ids), token) == (5, "")
    assert ids == sorted(set(ids), reverse=True)


def test_a_page_token_is_bound_to_its_filter(admin: Caller, alice: Caller) -> None:
    for number in range(3):
        alice.studio("PATCH", "/projects/fraud", {"name": f"Fraud {number}"})
    token = admin.studio("GET", "/audit?max_results=2").json["next_page_token"]
    reply = admin.studio("GET", f"/audit?user=alice&page_token={token}")
    assert (reply.status, reply.json["reason"]) == (400, "page_token")


def test_a_refusal_of_the_door_to_mlflow_is_in_the_same_trail(
    admin: Caller, mallory: Caller
) -> None:
    mallory.mlflow("fraud", "GET", "experiments/search?max_results=1")
    (event,) = ask(admin, project="fraud")
    assert (event["user"], event["outcome"], event["status"]) == ("mallory", "denied", 404)


def test_equal_refusals_become_one_event_with_a_count(studio: Studio, mallory: Caller) -> None:
    # What waits is written twice a second, so a burst may fall into two batches.
    for _ in range(6):
        mallory.studio("GET", "/users")
    events = studio.events(user="mallory")
    assert sum(event.count for event in events) == 6
    assert len(events) <= 2


def test_no_event_holds_a_password_or_a_token(studio: Studio, alice: Caller) -> None:
    anonymous = studio.anonymous()
    opened = anonymous.studio("POST", "/sessions", {"username": "alice", "password": PASSWORD})
    taken = anonymous.studio("POST", "/sessions/redeem", {"ticket": opened.json["ticket"]})
    made = alice.studio("POST", "/tokens", {"name": "laptop"})
    new = {"current_password": PASSWORD, "new_password": "a much better pass-phrase"}
    alice.studio("PUT", "/me/password", new)
    alice.studio("PUT", "/me/password", new)
    secrets = [opened.json["token"], opened.json["ticket"], taken.json["token"]]
    secrets += [made.json["token"], alice.credential]
    words = [PASSWORD, new["new_password"], *(text.split("_", 2)[2] for text in secrets)]
    events = studio.events()
    assert len(events) == 5
    written = " ".join(str(vars(event)) for event in events)
    assert [word for word in words if word in written] == []
