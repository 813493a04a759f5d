"""The audit trail over REST."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from api.conftest import Caller, Studio
from databases import every_database
from people import PASSWORD, basic
from uac_api.access.models import Event


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


@every_database
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


@every_database
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


@every_database
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


@every_database
def test_equal_refusals_become_one_event_with_a_count(studio: Studio, mallory: Caller) -> None:
    # What waits is written twice a second, so a burst may fall into two batches.
    for _ in range(6):
        mallory.studio("GET", "/users")
    events = studio.events(user="mallory")
    assert sum(event.count for event in events) == 6
    assert len(events) <= 2


@every_database
def test_events_are_filtered_by_whom_they_touched(admin: Caller, alice: Caller) -> None:
    for role in ("viewer", "contributor"):
        assert alice.studio("PUT", "/projects/fraud/members/mallory", {"role": role}).status < 300
    assert alice.studio("DELETE", "/projects/fraud/members/mallory").status == 204
    found = ask(admin, about="mallory", project="fraud")
    assert [event["target"] for event in found] == [
        "mallory",
        "mallory: contributor",
        "mallory: viewer",
    ]
    assert ask(admin, about="mall", project="fraud") == []
    assert ask(admin, about="m%", project="fraud") == []


@every_database
@pytest.mark.usefixtures("history")
def test_events_are_filtered_by_operation(admin: Caller) -> None:
    assert {event["operation"] for event in ask(admin, operation="users.list")} == {"users.list"}
    assert len(ask(admin, operation="users.list")) == 1


def timeline(caller: Caller, **wanted: object) -> Any:
    reply = caller.studio("GET", f"/audit/timeline?{urlencode(wanted)}")
    assert reply.status == 200, reply.body
    return reply.json


@every_database
@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("per", ["hour", "day"])
def test_events_are_counted_over_time_by_outcome(admin: Caller, alice: Caller, per: str) -> None:
    found = timeline(admin, per=per)
    totals = {one["outcome"]: one["count"] for one in found["counts"]}
    assert totals == {"allowed": 1, "denied": 2}
    begins = {datetime.fromisoformat(one["at"]) for one in found["counts"]}
    assert all(timedelta(0) <= datetime.now(UTC) - at < timedelta(days=1) for at in begins)
    assert all(at.minute == 0 and (per == "hour" or at.hour == 0) for at in begins)
    mine = timeline(alice, per=per, project="fraud", user="mallory")
    assert [(one["outcome"], one["count"]) for one in mine["counts"]] == [("denied", 1)]
    assert timeline(admin, until="2000-01-01")["counts"] == []


def test_a_picture_of_too_many_hours_is_refused(admin: Caller) -> None:
    reply = admin.studio("GET", "/audit/timeline?per=hour&since=2001-01-01")
    assert (reply.status, "count per day" in reply.json["message"]) == (400, True)
    assert admin.studio("GET", "/audit/timeline?per=minute").status == 400


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_nobody_else_counts_a_projects_events(studio: Studio, who: str, status: int) -> None:
    caller = studio.person(who)
    assert caller.studio("GET", "/audit/timeline?project=fraud").status == status
    assert caller.studio("GET", "/audit/timeline").status == 403


def verified(caller: Caller, **how: object) -> Any:
    reply = caller.studio("GET", f"/audit/verify?{urlencode(how)}")
    assert reply.status == 200, reply.body
    return reply.json


@pytest.mark.usefixtures("history")
def test_an_administrator_verifies_the_trail(studio: Studio, admin: Caller) -> None:
    assert verified(admin)["waiting"] == 3
    studio.services.sealer.once()
    found = verified(admin)
    assert (found["right"], found["whole"], found["events"], found["waiting"]) == (True, True, 3, 0)
    kept = f"{found['head']}:{found['head_mark']}"
    assert verified(admin, expect=kept)["right"]
    assert not verified(admin, expect=f"{found['head']}:{'0' * 64}")["right"]
    event = studio.events()[0]
    studio.database.write(
        lambda s: s.execute(update(Event).where(Event.id == event.id).values(user="bob"))
    )
    found = verified(admin)
    assert (found["right"], len(found["findings"])) == (False, 1)
    assert (found["findings"][0]["what"], found["findings"][0]["id"]) == ("event", event.id)


@pytest.mark.parametrize("query", ["expect=1", "expect=1:x", "max_events=0", "max_events=100001"])
def test_a_wrong_question_about_the_seals_is_refused(admin: Caller, query: str) -> None:
    assert admin.studio("GET", f"/audit/verify?{query}").json["reason"] == "invalid_fields"


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "mallory", "token"])
def test_only_administrators_in_person_verify(studio: Studio, who: str) -> None:
    caller = studio.program("admin") if who == "token" else studio.person(who)
    assert caller.studio("GET", "/audit/verify").status == 403


def signed_in(studio: Studio, username: str, password: str) -> int:
    body = {"username": username, "password": password}
    return studio.anonymous().studio("POST", "/sessions", body).status


def test_a_failed_sign_in_names_the_account_only_if_there_is_one(studio: Studio) -> None:
    assert signed_in(studio, "bob", "not the one") == 401
    assert signed_in(studio, "my secret password", "x") == 401
    assert signed_in(studio, "bob", PASSWORD) == 201
    said = [(e.operation, e.outcome, e.target, e.user) for e in reversed(studio.events())]
    assert sorted(said) == sorted(
        [
            ("sessions.start", "denied", "bob", ""),
            ("sessions.start", "denied", "", ""),
            ("sessions.start", "allowed", "bob", "bob"),
        ]
    )


def test_a_wrong_password_at_the_door_names_the_account(studio: Studio) -> None:
    wrong = studio.with_password("bob", "not the one")
    assert wrong.mlflow("fraud", "GET", "experiments/search?max_results=1").status == 401
    assert wrong.studio("GET", "/me").status == 401
    events = studio.events()
    assert {(event.target, event.reason) for event in events} == {("bob", "wrong_credentials")}


CHANGES: list[tuple[str, str, object]] = [
    ("PATCH", "/me", {"display_name": "Al"}),
    ("POST", "/users", {"username": "frank", "password": PASSWORD}),
    ("PATCH", "/users/bob", {"disabled": True}),
    ("POST", "/projects", {"slug": "second"}),
    ("PATCH", "/projects/fraud", {"name": "F"}),
    ("PUT", "/projects/fraud/members/mallory", {"role": "viewer"}),
    ("DELETE", "/projects/fraud/members/bob", None),
    ("POST", "/tokens", {"name": "x"}),
    ("DELETE", "/projects/fraud?name=Fraud", None),
    ("DELETE", "/sessions/current", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_every_change_is_one_event(
    studio: Studio, admin: Caller, method: str, path: str, body: object
) -> None:
    reply = admin.studio(method, path, body)
    assert reply.status < 300, reply.body
    (event,) = studio.events()
    assert (event.user, event.outcome, event.status) == ("admin", "allowed", reply.status)
    assert event.mark


def test_no_event_holds_a_password_or_a_token(studio: Studio, alice: Caller) -> None:
    anonymous = studio.anonymous()
    new = {"current_password": PASSWORD, "new_password": "a much better pass-phrase"}
    admin = studio.person("admin")
    admin.studio("POST", "/users", {"username": "frank", "password": "franks first pass"})
    admin.studio("PATCH", "/users/frank", {"password": "franks second pass"})
    signed_in(studio, "frank", "franks wrong pass")
    signed_in(studio, "franks name pass", "x")
    opened = anonymous.studio("POST", "/sessions", {"username": "alice", "password": PASSWORD})
    taken = anonymous.studio("POST", "/sessions/redeem", {"ticket": opened.json["ticket"]})
    anonymous.studio("POST", "/sessions/redeem", {"ticket": opened.json["ticket"]})
    made = alice.studio("POST", "/tokens", {"name": "laptop"})
    alice.studio("DELETE", f"/tokens/{made.json['id']}")
    alice.studio("PUT", "/me/password", new)
    alice.studio("PUT", "/me/password", new)
    secrets = [opened.json["token"], opened.json["ticket"], taken.json["token"]]
    secrets += [made.json["token"], alice.credential]
    # Each of them once more, where it does not belong: as a wrong or an old credential.
    for text in secrets:
        token = text.removeprefix("Bearer ")
        studio.bearer(token).mlflow("fraud", "POST", "runs/set-tag", {"run_id": "a", "key": token})
        studio.bearer(token + "x").mlflow("fraud", "GET", f"runs/get?run_id={token}")
        headers = {"Authorization": basic(token, token)}
        anonymous.studio("GET", f"/users?query={token}", headers=headers)
    words = [PASSWORD, new["new_password"], "franks", *(text.split("_", 2)[2] for text in secrets)]
    events = studio.events()
    assert {"users.create", "users.update", "sessions.start", "sessions.redeem"} <= {
        event.operation for event in events
    }
    written = " ".join(str(vars(event)) for event in events)
    assert [word for word in words if word in written] == []


# What strangers type.


def test_the_trail_does_not_grow_by_what_strangers_type(
    studio: Studio, admin: Caller, alice: Caller, mallory: Caller
) -> None:
    nobody = studio.anonymous()
    tries = 60
    for number in range(tries):
        typed = f"typed-{number}"
        wrong = studio.bearer(f"mls_{typed}_{typed}")
        assert nobody.studio("GET", f"/projects/{typed}").status == 401
        assert wrong.studio("GET", f"/projects/{typed}").status == 401
        assert nobody.mlflow(typed, "GET", f"runs/get?run_id={typed}").status == 401
        assert mallory.studio("GET", f"/projects/{typed}").status == 404
        assert mallory.mlflow(typed, "POST", "runs/delete", {"run_id": typed}).status == 404
        assert mallory.ask("GET", f"/api/9.0/{typed}").status == 404
        assert mallory.ask("GET", f"/api/3.0/mlflow/workspaces/{typed}").status == 404
        assert mallory.studio("POST", f"/projects/{typed}/requests", {"role": "viewer"}).status in (
            202,
            429,
        )
        assert mallory.studio("GET", "/projects/fraud").status == 404
    denied = studio.events(outcome="denied")
    # Eight kinds, each by its first and its count of the minute, or of two at the turn of one.
    assert len(denied) <= 4 * 8
    assert sum(event.count for event in denied) == 8 * tries + (tries - 20)
    assert not any("typed" in f"{e.project} {e.target} {e.operation}" for e in denied)
    assert sum(event["count"] for event in ask(alice, project="fraud")) == tries
    assert {event["user"] for event in ask(alice, project="fraud")} == {"mallory"}
    counted = timeline(admin, per="day", outcome="denied")["counts"]
    assert sum(one["count"] for one in counted) == sum(event.count for event in denied)


def test_a_failed_sign_in_names_the_account_and_a_typed_name_is_no_key(studio: Studio) -> None:
    for number in range(30):
        body = {"username": f"typed-{number}", "password": "wrong"}
        assert studio.anonymous().studio("POST", "/sessions", body).status == 401
    body = {"username": "bob", "password": "wrong"}
    assert studio.anonymous().studio("POST", "/sessions", body).status == 401
    events = studio.events(operation="sessions.start", outcome="denied")
    counts: dict[str, int] = {}
    for event in events:
        counts[event.target] = counts.get(event.target, 0) + event.count
    assert counts == {"": 30, "bob": 1}
    assert len(events) <= 4


def test_a_member_is_told_exactly(studio: Studio, carol: Caller) -> None:
    for number in range(3):
        carol.mlflow("fraud", "DELETE", f"logged-models/m-{number}")
    events = studio.events(user="carol", outcome="denied")
    assert [event.count for event in events] == [1, 1, 1]
    assert {event.target for event in events} == {f"logged model m-{n}" for n in range(3)}
