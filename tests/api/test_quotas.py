"""Limits of projects over REST: administrators set them, in person, and only what they saw."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio
from content import done

QUOTA = "/projects/fraud/quota"
FEW = {"storage_mb": 500, "runs_per_day": 10, "requests_per_minute": 0}


def test_an_administrator_gives_a_project_limits_and_its_members_see_them(
    admin: Caller, carol: Caller
) -> None:
    made = done(admin.studio("PUT", QUOTA, FEW))
    assert {name: made[name] for name in FEW} == FEW
    assert (made["updated_by"], made["version"]) == ("admin", 1)
    seen = done(carol.studio("GET", "/projects/fraud/usage"))
    assert seen["quota"] == made
    limits = [seen[name]["limit"] for name in ("storage", "runs", "requests")]
    assert limits == [500_000_000, 10, None]


def test_what_is_not_said_is_the_default_again(admin: Caller) -> None:
    admin.studio("PUT", QUOTA, FEW)
    made = done(admin.studio("PUT", QUOTA, {"runs_per_day": 20}))
    assert (made["storage_mb"], made["runs_per_day"]) == (None, 20)


def test_a_change_of_what_somebody_else_changed_is_refused(admin: Caller) -> None:
    first = {"If-Match": '"0"'}
    assert admin.studio("PUT", QUOTA, FEW, headers=first).status == 200
    reply = admin.studio("PUT", QUOTA, FEW, headers=first)
    assert (reply.status, reply.json["reason"]) == (409, "stale_version")
    reply = admin.studio("DELETE", QUOTA, headers=first)
    assert (reply.status, reply.json["reason"]) == (409, "stale_version")
    assert admin.studio("DELETE", QUOTA, headers={"If-Match": '"1"'}).status == 204


def test_a_project_gets_the_limits_for_all_back(admin: Caller) -> None:
    admin.studio("PUT", QUOTA, FEW)
    assert admin.studio("DELETE", QUOTA).status == 204
    quota = done(admin.studio("GET", "/projects/fraud/usage"))["quota"]
    assert [quota[name] for name in FEW] == [None] * 3
    assert quota["version"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"storage_mb": -1},
        {"storage_mb": 10**13},
        {"runs_per_day": "10"},
        {"runs_per_day": 1.5},
        {"requests_per_minute": True},
        {"requests_per_hour": 5},
    ],
)
def test_what_is_no_limit_is_refused_with_a_sentence(
    admin: Caller, body: dict[str, object]
) -> None:
    reply = admin.studio("PUT", QUOTA, body)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")


def test_a_project_that_is_not_there_has_no_limits(admin: Caller) -> None:
    for method, body in (("PUT", FEW), ("DELETE", None)):
        reply = admin.studio(method, "/projects/none/quota", body)
        assert (reply.status, reply.json["reason"]) == (404, "no_such_project")


def test_nobody_else_sets_limits_not_even_an_owner_or_an_administrators_program(
    studio: Studio, alice: Caller, bob: Caller, mallory: Caller, carol: Caller
) -> None:
    for person in (alice, bob, carol, mallory, studio.program("admin")):
        for method, body in (("PUT", FEW), ("DELETE", None)):
            assert person.studio(method, QUOTA, body).status == 403
    assert done(carol.studio("GET", "/projects/fraud/usage"))["quota"]["version"] == 0


def test_a_change_is_told_in_the_audit_trail(studio: Studio, admin: Caller) -> None:
    admin.studio("PUT", QUOTA, {"storage_mb": 500, "requests_per_minute": 0})
    admin.studio("DELETE", QUOTA)
    reset, put = studio.events()
    assert (put.operation, put.project) == ("quotas.set", "fraud")
    assert put.target == "storage 500 MB, runs default, requests no limit"
    assert (reset.operation, reset.target) == ("quotas.reset", "fraud")
