"""Runs, their columns and curves over my projects: who may read which, and in which shape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from api.conftest import Caller, Studio, at_once
from api.reading_room import BODIES, COLUMNS, CURVES, QUERY, a_run, ask
from people import Reply
from uac_api.access.decisions.operations import OPERATIONS, Need
from uac_api.access.models import Member, now
from uac_api.access.quotas.limiter import UsageLimiter
from uac_api.access.quotas.limits import Limits
from uac_api.api.services import EXTENSION
from uac_api.errors import StudioError, TooSlow, Unavailable
from uac_api.mlflow.reading import Selection
from uac_api.traffic import Places, ReadingShares

every_operation = pytest.mark.parametrize("path", BODIES)


def shows_nothing_of_the_secret(reply: Reply) -> bool:
    """Whether neither body nor headers name what is mallory's."""
    return b"hidden" not in reply.body and "hidden" not in str(reply.headers)


@every_operation
def test_who_names_no_project_reads_all_their_own_and_no_other(
    secret: Studio, alice: Caller, mallory: Caller, path: str
) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    for caller, slugs in ((alice, ("fraud", "risk")), (mallory, ("secret",))):
        assert ask(caller, path).status == 200
        assert secret.reading.asked[-1].workspaces == slugs


@every_operation
@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_every_member_reads_the_project(secret: Studio, path: str, who: str) -> None:
    assert ask(secret.person(who), path, projects=["fraud"]).status == 200
    assert secret.reading.asked[-1].workspaces == ("fraud",)


@every_operation
def test_a_foreign_project_is_refused_as_a_missing_one(
    secret: Studio, alice: Caller, path: str
) -> None:
    foreign = ask(alice, path, projects=["secret"])
    missing = ask(alice, path, projects=["nothing"])
    assert (foreign.status, foreign.json["reason"]) == (404, "no_such_project")
    said = foreign.json["message"].replace("secret", "nothing")
    assert (missing.status, missing.json["message"]) == (404, said)
    assert ask(alice, path, projects=["fraud", "secret"]).status == 404
    assert secret.reading.asked == []


@every_operation
@pytest.mark.parametrize("who", ["mallory", "admin"])
def test_a_stranger_reads_nothing_whatever_they_name(studio: Studio, path: str, who: str) -> None:
    studio.reading.runs_there = [a_run("fraud", "hidden-run", loss=1.0, hidden_metric=2.0)]
    stranger = studio.person(who)
    assert ask(stranger, path, projects=["fraud"]).json["reason"] == "no_such_project"
    for named in ({}, {"runs": ["hidden-run"]}, {"experiments": ["fraud"]}):
        reply = ask(stranger, path, **named)
        assert reply.status == 200
        assert shows_nothing_of_the_secret(reply)
        assert "fraud" not in studio.reading.asked[-1].workspaces


@every_operation
def test_a_member_of_another_project_sees_nothing_of_what_they_name(
    secret: Studio, alice: Caller, path: str
) -> None:
    for named in ({"runs": ["hidden-run"]}, {"experiments": ["secret"]}):
        reply = ask(alice, path, **named)
        assert reply.status == 200
        assert shows_nothing_of_the_secret(reply)
    counted = ask(alice, QUERY).json
    assert (counted["total"], len(counted["rows"])) == (2, 2)
    assert ask(alice, QUERY, baseline="hidden-run").status == 200
    assert secret.reading.asked[-1].workspaces == ("fraud",)


@every_operation
def test_who_may_read_nothing_gets_an_empty_answer(
    studio: Studio, mallory: Caller, path: str
) -> None:
    assert ask(mallory, path).status == 200
    # The room takes no question without a workspace, and no project can have this name.
    assert studio.reading.asked[-1].workspaces == ("~",)


@every_operation
def test_a_token_of_one_project_reads_that_one(secret: Studio, alice: Caller, path: str) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    one = secret.program("alice", project_id=secret.project_id())
    assert ask(one, path).status == 200
    assert secret.reading.asked[-1].workspaces == ("fraud",)
    assert ask(one, path, projects=["risk"]).json["reason"] == "no_such_project"


@every_operation
def test_a_token_of_one_run_reads_nothing_here(studio: Studio, path: str) -> None:
    limits = {"project_id": studio.project_id(), "run_id": "run-1"}
    reply = ask(studio.program("bob", **limits), path, runs=["run-1"], projects=["fraud"])
    assert (reply.status, reply.json["reason"]) == (403, "token_of_one_run")
    assert studio.reading.asked == []


@every_operation
def test_a_token_without_read_reads_nothing(studio: Studio, path: str) -> None:
    reply = ask(studio.program("alice", actions=["log"]), path)
    assert (reply.status, reply.json["reason"]) == (403, "token_too_narrow")
    assert studio.reading.asked == []


@every_operation
def test_a_disabled_member_and_who_left_read_nothing_from_the_next_call_on(
    studio: Studio, alice: Caller, admin: Caller, path: str
) -> None:
    bob, carol = studio.person("bob"), studio.program("carol")
    assert ask(bob, path).status == ask(carol, path).status == 200
    assert admin.studio("PATCH", "/users/bob", {"disabled": True}).status == 200
    assert ask(bob, path).status == 401
    assert alice.studio("DELETE", "/projects/fraud/members/carol").status == 204
    assert ask(carol, path, projects=["fraud"]).status == 404


@every_operation
def test_an_ended_role_reads_nothing(studio: Studio, path: str) -> None:
    bob = studio.person("bob")

    # Nobody can give a role that has ended.
    ended = update(Member).values(expires_at=now() - timedelta(minutes=1))
    studio.database.write(lambda session: session.execute(ended))
    assert ask(bob, path, projects=["fraud"]).json["reason"] == "no_such_project"
    assert ask(bob, path).status == 200
    assert studio.reading.asked[-1].workspaces == ("~",)


@every_operation
def test_a_refusal_stands_in_the_audit_trail(studio: Studio, carol: Caller, path: str) -> None:
    ask(carol, path, projects=["vault"])
    ask(carol, path)
    operation = path.strip("/").replace("/", ".")
    (event,) = studio.events(operation=operation)
    assert (event.user, event.outcome, event.reason) == ("carol", "denied", "no_such_project")


@pytest.mark.parametrize("view", ["deleted", "all"])
@every_operation
def test_deleted_runs_need_what_the_trash_needs(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, path: str, view: str
) -> None:
    for who in ("alice", "bob", "carol"):
        listed = studio.person(who).studio("GET", "/projects/fraud/trash").status
        assert listed == ask(studio.person(who), path, projects=["fraud"], view=view).status == 200
        assert studio.reading.asked[-1].view == view
    monkeypatch.setitem(OPERATIONS, "trash.list", Need.DELETES)
    for who, status in (("alice", 200), ("bob", 403), ("carol", 403)):
        assert ask(studio.person(who), path, projects=["fraud"], view=view).status == status
        assert ask(studio.person(who), path, projects=["fraud"]).status == 200


@every_operation
def test_more_projects_than_a_question_may_name_are_refused(
    alice: Caller, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("uac_api.api.services.MOST_WORKSPACES", 1)
    alice.studio("POST", "/projects", {"slug": "risk"})
    reply = ask(alice, path)
    assert (reply.status, reply.json["reason"]) == (400, "projects")
    assert ask(alice, path, projects=["risk"]).status == 200


# Quotas and places.


@pytest.fixture
def fresh_meter(studio: Studio) -> Iterator[None]:
    """A meter that has counted nothing: the projects of all tests here have the same number."""
    meter = UsageLimiter(studio.database, Limits(0, 0, 0))
    studio.app.extensions[EXTENSION] = replace(studio.services, meter=meter)
    yield
    meter.stop()


@pytest.mark.usefixtures("fresh_meter")
@every_operation
def test_a_question_counts_as_a_request_of_each_project(
    alice: Caller, admin: Caller, path: str
) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    limit = {"requests_per_minute": 2}
    assert admin.studio("PUT", "/projects/fraud/quota", limit).status == 200
    # A minute may end meanwhile, and with it the count.
    replies = [ask(alice, path, projects=["fraud"]) for _ in range(6)]
    assert replies[0].status == 200
    refused = next(reply for reply in replies if reply.status == 429)
    assert refused.json["reason"] == "quota_requests"
    assert "fraud" in refused.json["message"]
    assert ask(alice, path, projects=["risk"]).status == 200


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> ReadingShares:
    """Four places, for which nobody waits long."""
    monkeypatch.setattr("uac_api.traffic.PLACE_SECONDS", 0.05)
    return ReadingShares(Places(scripts=1, pages=1, lists=1, readings=4))


def test_one_person_leaves_a_place_to_others(shares: ReadingShares) -> None:
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(shares.hold("bob", is_export=False))
        assert _refused(shares, "bob", is_export=False) == 429
        held.enter_context(shares.hold("alice", is_export=False))
        assert _refused(shares, "carol", is_export=False) == 503
    assert _refused(shares, "bob", is_export=False) == 0


def test_answers_with_all_rows_leave_half_of_the_places_to_others(shares: ReadingShares) -> None:
    with ExitStack() as held:
        held.enter_context(shares.hold("bob", is_export=True))
        assert _refused(shares, "bob", is_export=True) == 429
        held.enter_context(shares.hold("alice", is_export=True))
        assert _refused(shares, "carol", is_export=True) == 503
        for who in ("bob", "carol"):
            held.enter_context(shares.hold(who, is_export=False))


def _refused(shares: ReadingShares, who: str, *, is_export: bool) -> int:
    """The status of a refusal; 0 where there is a place."""
    try:
        with shares.hold(who, is_export=is_export):
            return 0
    except StudioError as error:
        return error.status


@pytest.mark.parametrize(
    ("path", "fields", "taken"),
    [
        (QUERY, {}, (1, 0)),
        (QUERY, {"all": True}, (1, 1)),
        (QUERY, {"columns": "auto"}, (1, 0)),
        (COLUMNS, {}, (1, 0)),
        (CURVES, {}, (1, 0)),
    ],
)
def test_a_question_holds_a_place_while_it_is_answered(
    secret: Studio,
    alice: Caller,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    fields: dict[str, object],
    taken: tuple[int, int],
) -> None:
    places, selected = secret.services.readings._all, secret.reading._selected
    seen = []

    def watched(question: Selection) -> list[dict[str, Any]]:
        seen.append((places[False].held, places[True].held))
        return selected(question)

    monkeypatch.setattr(secret.reading, "_selected", watched)
    assert ask(alice, path, **fields).status == 200
    assert set(seen) == {taken}
    assert (places[False].held, places[True].held) == (0, 0)


def test_a_place_is_given_back_with_the_answer_whatever_came(secret: Studio, alice: Caller) -> None:
    for trouble in (None, Unavailable("Away."), TooSlow("Narrow it.")):
        secret.reading.trouble = trouble
        for path in BODIES:
            for _ in range(8):
                ask(alice, path)
    secret.reading.trouble = None
    assert [one.status for one in at_once([lambda: ask(alice, QUERY)] * 2)] == [200, 200]
    assert secret.reading.released == 8 * 2 + 2


def test_whose_question_the_database_had_to_end_reads_alone_for_a_while(
    secret: Studio, alice: Caller
) -> None:
    secret.reading.trouble = TooSlow("This took too long. Narrow it.", reason="too_slow")
    reply = ask(alice, QUERY)
    assert (reply.status, reply.json["reason"]) == (504, "too_slow")
    readings = secret.services.readings
    with readings.hold("alice", is_export=False):
        own = readings._own[False]
        assert not own._has_place("alice")
        assert own._has_place("bob")
    own._restrained.clear()
