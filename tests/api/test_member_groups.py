"""Groups in projects over REST, ends and reasons of roles, and previews of what they do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply

GROUPS = "/projects/fraud/groups"
MEMBERS = "/projects/fraud/members"


def later(**distance: float) -> str:
    return (datetime.now(UTC) + timedelta(**distance)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def group(studio: Studio) -> str:
    """The address in `fraud` of a group with mallory and carol in it."""
    admin = studio.person("admin")
    admin.studio("POST", "/groups", {"name": "analysts"})
    for who in ("mallory", "carol"):
        admin.studio("PUT", f"/groups/analysts/people/{who}", {})
    return f"{GROUPS}/analysts"


def put(caller: Caller, group: str, role: str, **more: Any) -> Reply:
    return caller.studio("PUT", group, {"role": role, **more})


def test_an_owner_gives_a_group_a_role_and_takes_it(
    alice: Caller, mallory: Caller, group: str
) -> None:
    added = put(alice, group, "contributor", reason="The figures of May")
    assert added.status == 201
    assert (added.json["name"], added.json["people"], added.json["version"]) == ("analysts", 2, 1)
    mine = mallory.studio("GET", "/projects/fraud")
    assert (mine.status, mine.json["role"]) == (200, "contributor")
    assert mallory.studio("GET", group).json["reason"] == "The figures of May"
    assert alice.studio("GET", GROUPS).json["groups"] == [alice.studio("GET", group).json]
    assert put(alice, group, "viewer").status == 200
    assert alice.studio("DELETE", group).status == 204
    assert mallory.studio("GET", "/projects/fraud").status == 404
    assert alice.studio("GET", group).status == 404


@pytest.mark.parametrize(
    ("who", "status", "reason"),
    [
        ("bob", 403, "role_too_low"),
        ("carol", 403, "role_too_low"),
        ("mallory", 404, "no_such_project"),
    ],
)
@pytest.mark.parametrize("preview", ["", "?preview=true"])
def test_nobody_else_does_and_nobody_raises_their_own_role(
    studio: Studio, group: str, who: str, status: int, reason: str, preview: str
) -> None:
    caller = studio.person(who)
    replies = [
        put(caller, group + preview, "owner"),
        caller.studio("DELETE", group + preview),
        caller.studio("PUT", f"{MEMBERS}/{who}{preview}", {"role": "owner"}),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(status, reason)] * 3


def test_an_owner_through_a_group_manages_the_project(
    alice: Caller, mallory: Caller, group: str
) -> None:
    put(alice, group, "owner")
    assert mallory.studio("DELETE", f"{MEMBERS}/alice").status == 204
    assert put(mallory, group, "viewer").json["reason"] == "last_owner"


def test_what_is_wrong_is_told(alice: Caller, group: str) -> None:
    wrong: list[tuple[str, str, dict[str, Any], int, str]] = [
        ("PUT", f"{GROUPS}/nobodies", {"role": "viewer"}, 404, "no_such_group"),
        ("PUT", group, {"role": "boss"}, 400, "invalid_role"),
        (
            "PUT",
            group,
            {"role": "viewer", "expires_at": later(days=-1)},
            400,
            "expires_in_the_past",
        ),
        ("PUT", group, {"role": "viewer", "expires_at": "soon"}, 400, "invalid_fields"),
        ("PUT", group, {"role": "viewer", "reason": "x" * 301}, 400, "invalid_fields"),
        ("PUT", group, {"role": "viewer", "reason": "a\nb"}, 400, "invalid_text"),
        ("PUT", group, {}, 400, "invalid_fields"),
    ]
    for method, path, body, status, reason in wrong:
        reply = alice.studio(method, path, body)
        assert (reply.status, reply.json["reason"]) == (status, reason), (body, reply.body)
    absent = alice.studio("DELETE", group)
    assert (absent.status, absent.json["reason"]) == (404, "no_such_member")


def test_a_stale_version_is_refused(alice: Caller, group: str) -> None:
    put(alice, group, "viewer")
    put(alice, group, "contributor")
    for method, body in (("PUT", {"role": "owner"}), ("DELETE", None)):
        reply = alice.studio(method, group, body, headers={"If-Match": '"1"'})
        assert (reply.status, reply.json["reason"]) == (409, "stale_version")
    assert alice.studio("GET", group).json["role"] == "contributor"


@every_database
def test_of_ten_changes_to_the_version_they_saw_one_wins(alice: Caller, group: str) -> None:
    put(alice, group, "viewer")

    def change(number: int) -> Reply:
        body = {"role": "contributor", "reason": f"number {number}"}
        return alice.studio("PUT", group, body, headers={"If-Match": "1"})

    replies = at_once([lambda number=number: change(number) for number in range(10)])  # type: ignore[misc]
    assert sorted(reply.status for reply in replies) == [200] + [409] * 9
    winner = next(reply for reply in replies if reply.status == 200)
    assert alice.studio("GET", group).json == winner.json


def test_a_member_has_an_end_and_a_reason(alice: Caller) -> None:
    ends = later(days=30)
    body = {"role": "viewer", "expires_at": ends, "reason": "Audit of the year"}
    made = alice.studio("PUT", f"{MEMBERS}/mallory", body)
    assert made.status == 201
    shown = next(
        one for one in alice.studio("GET", MEMBERS).json["members"] if one["username"] == "mallory"
    )
    assert shown == made.json
    assert (shown["expires_at"], shown["reason"], shown["expired"]) == (
        ends,
        "Audit of the year",
        False,
    )
    kept = alice.studio("PUT", f"{MEMBERS}/mallory", {"role": "contributor"})
    assert (kept.json["expires_at"], kept.json["reason"]) == (ends, "Audit of the year")
    endless = alice.studio("PUT", f"{MEMBERS}/mallory", {"role": "contributor", "expires_at": None})
    assert endless.json["expires_at"] is None


def test_an_end_that_has_passed_is_refused(alice: Caller) -> None:
    body = {"role": "viewer", "expires_at": later(seconds=-1)}
    reply = alice.studio("PUT", f"{MEMBERS}/mallory", body)
    assert (reply.status, reply.json["reason"]) == (400, "expires_in_the_past")


def test_the_last_owner_gets_no_end(alice: Caller) -> None:
    body = {"role": "owner", "expires_at": later(days=1)}
    for preview in ("", "?preview=true"):
        reply = alice.studio("PUT", f"{MEMBERS}/alice{preview}", body)
        assert (reply.status, reply.json["reason"]) == (409, "last_owner")


@every_database
def test_the_audit_trail_tells_ends_and_reasons(studio: Studio, alice: Caller, group: str) -> None:
    put(alice, group, "viewer", expires_at="2099-01-02T03:04:05Z", reason="The figures")
    put(alice, group, "viewer", expires_at=None)
    seen = [event.target for event in studio.events(project="fraud")]
    assert seen == [
        "analysts: viewer, no end",
        "analysts: viewer, until 2099-01-02 03:04, because: The figures",
    ]


# Previews.


def differences(reply: Reply) -> set[tuple[str, str, str, str]]:
    assert (reply.status, reply.json["preview"]) == (200, True), reply.body
    return {
        (
            one["project"],
            " ".join(one["gains"]),
            " ".join(one["loses"]),
            " ".join(one["people"]),
        )
        for one in reply.json["differences"]
    }


def test_a_preview_of_a_group_tells_each_person_by_what_they_had(
    alice: Caller, mallory: Caller, group: str
) -> None:
    told = put(alice, f"{group}?preview=true", "contributor")
    assert differences(told) == {
        ("fraud", "read log register", "", "mallory"),
        ("fraud", "log register", "", "carol"),
    }
    assert mallory.studio("GET", "/projects/fraud").status == 404
    assert alice.studio("GET", GROUPS).json["groups"] == []
    put(alice, group, "contributor")
    assert differences(alice.studio("DELETE", f"{group}?preview=true")) == {
        ("fraud", "", "read log register", "mallory"),
        ("fraud", "", "log register", "carol"),
    }


def test_a_preview_of_a_member(alice: Caller) -> None:
    path = f"{MEMBERS}/bob?preview=true"
    assert differences(alice.studio("PUT", path, {"role": "maintainer"})) == {
        ("fraud", "promote delete", "", "bob")
    }
    assert differences(alice.studio("PUT", path, {"role": "contributor"})) == set()
    assert differences(alice.studio("DELETE", path)) == {("fraud", "", "read log register", "bob")}


def test_a_preview_of_who_joins_leaves_or_loses_a_group_spans_its_projects(
    studio: Studio, alice: Caller, admin: Caller, group: str
) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    put(alice, group, "viewer")
    put(alice, "/projects/risk/groups/analysts", "viewer")
    joins = admin.studio("PUT", "/groups/analysts/people/bob?preview=true", {})
    assert differences(joins) == {("risk", "read", "", "bob")}
    leaves = admin.studio("DELETE", "/groups/analysts/people/mallory?preview=true")
    assert differences(leaves) == {
        ("fraud", "", "read", "mallory"),
        ("risk", "", "read", "mallory"),
    }
    ends = admin.studio("DELETE", "/groups/analysts?preview=true")
    assert differences(ends) == {
        ("fraud", "", "read", "mallory"),
        ("risk", "", "read", "carol mallory"),
    }
    renamed = admin.studio("PATCH", "/groups/analysts?preview=true", {"name": "x1"})
    assert differences(renamed) == set()
    assert studio.person("mallory").studio("GET", "/groups/analysts").json["people"] == 2


def test_a_preview_refuses_what_the_change_refuses(alice: Caller, group: str) -> None:
    put(alice, group, "viewer")
    pairs: list[tuple[str, str, Any, dict[str, str]]] = [
        ("DELETE", f"{MEMBERS}/alice", None, {}),
        ("DELETE", f"{MEMBERS}/mallory", None, {}),
        ("PUT", f"{MEMBERS}/nobody", {"role": "viewer"}, {}),
        ("PUT", f"{MEMBERS}/bob", {"role": "boss"}, {}),
        ("PUT", f"{MEMBERS}/bob", {"role": "viewer"}, {"If-Match": "9"}),
        ("DELETE", group, None, {"If-Match": "9"}),
        ("PUT", f"{GROUPS}/nobodies", {"role": "viewer"}, {}),
    ]
    for method, path, body, headers in pairs:
        told = alice.studio(method, f"{path}?preview=true", body, headers=headers)
        done = alice.studio(method, path, body, headers=headers)
        assert told.status == done.status >= 400
        assert told.json["reason"] == done.json["reason"]
        assert told.json["message"] == done.json["message"]


def test_a_preview_is_asked_for_in_one_spelling(alice: Caller) -> None:
    reply = alice.studio("DELETE", f"{MEMBERS}/bob?previw=true")
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")
