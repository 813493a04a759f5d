"""Saved views over REST: mine are mine alone, the project's are everybody's in it."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply
from uac_api.access.projects.views import ADDRESS_MAX, MOST_OF_A_PERSON

VIEWS = "/projects/fraud/views"
ADDRESS = {"columns": "status,metrics.loss~180", "sort": "metrics.loss asc"}


@pytest.fixture
def dave(studio: Studio, alice: Caller, admin: Caller) -> Caller:
    """A maintainer of `fraud`."""
    person = {"username": "dave", "password": "a long enough password"}
    assert admin.studio("POST", "/users", person).status == 201
    role = {"role": "maintainer"}
    assert alice.studio("PUT", "/projects/fraud/members/dave", role).status == 201
    return studio.person("dave")


def save(caller: Caller, name: str = "Best of the night", **more: Any) -> Reply:
    return caller.studio("POST", VIEWS, {"name": name, "address": ADDRESS, **more})


def saved(caller: Caller, name: str = "Best of the night", **more: Any) -> dict[str, Any]:
    reply = save(caller, name, **more)
    assert reply.status == 201, reply.body
    found: dict[str, Any] = reply.json
    return found


def names(caller: Caller) -> list[tuple[str, str]]:
    reply = caller.studio("GET", VIEWS)
    assert reply.status == 200, reply.body
    return [(one["name"], one["owner"]) for one in reply.json["views"]]


def change(caller: Caller, view: dict[str, Any], *, version: int = 0, **fields: Any) -> Reply:
    headers = {"If-Match": f'"{version}"'} if version else {}
    return caller.ask("PATCH", f"/studio/v1{VIEWS}/{view['id']}", fields, headers=headers)


def test_a_viewer_saves_a_view_that_nobody_else_sees(
    studio: Studio, alice: Caller, carol: Caller
) -> None:
    view = saved(carol)
    assert view["address"] == ADDRESS
    assert {view[name] for name in ("created_by", "updated_by")} == {"carol"}
    assert (view["owner"], view["default"], view["version"]) == ("me", False, 1)
    assert names(carol) == [("Best of the night", "me")]
    assert carol.studio("GET", f"{VIEWS}/{view['id']}").json == view
    for other in (alice, studio.program("carol")):
        assert names(other) == []
        one = other.studio("GET", f"{VIEWS}/{view['id']}")
        assert (one.status, one.json["reason"]) == (404, "no_such_view")
    refused = [
        change(alice, view, name="Mine now"),
        alice.studio("DELETE", f"{VIEWS}/{view['id']}"),
    ]
    assert [(r.status, r.json["reason"]) for r in refused] == [(404, "no_such_view")] * 2


def test_a_view_of_nobody_and_one_of_somebody_else_are_refused_alike(
    alice: Caller, carol: Caller
) -> None:
    mine = saved(carol)["id"]
    alice.studio("POST", "/projects", {"slug": "other"})
    elsewhere = alice.studio("POST", "/projects/other/views", {"name": "There"}).json["id"]
    replies = [
        alice.studio("GET", f"{VIEWS}/{number}") for number in (mine, elsewhere, 999, "x", "-1")
    ]
    assert {(r.status, r.json["message"]) for r in replies} == {(404, replies[0].json["message"])}


@pytest.mark.parametrize("slug", ["fraud", "nowhere"])
def test_a_stranger_gets_the_refusal_of_a_project_that_is_not_there(
    alice: Caller, mallory: Caller, admin: Caller, slug: str
) -> None:
    number = saved(alice, owner="project")["id"]
    for caller in (mallory, admin):
        replies = [
            caller.studio("GET", f"/projects/{slug}/views"),
            caller.studio("POST", f"/projects/{slug}/views", {"name": "Mine"}),
            caller.studio("GET", f"/projects/{slug}/views/{number}"),
            caller.studio("PATCH", f"/projects/{slug}/views/{number}", {"name": "Mine"}),
            caller.studio("DELETE", f"/projects/{slug}/views/{number}"),
        ]
        assert [(r.status, r.json["reason"]) for r in replies] == [(404, "no_such_project")] * 5


def test_a_maintainer_makes_changes_and_deletes_the_views_of_the_project(
    studio: Studio, dave: Caller, carol: Caller
) -> None:
    view = saved(dave, owner="project", default=True)
    assert names(carol) == [("Best of the night", "project")]
    assert carol.studio("GET", f"{VIEWS}/{view['id']}").json["address"] == ADDRESS
    changed = change(dave, view, name="Best", version=1)
    assert (changed.json["name"], changed.json["version"]) == ("Best", 2)
    assert dave.studio("DELETE", f"{VIEWS}/{view['id']}").status == 204
    assert names(carol) == []
    told = [(e.operation, e.user, e.target) for e in studio.events(project="fraud")][:3]
    assert told == [
        ("views.delete", "dave", f"view {view['id']} 'Best'"),
        ("views.update", "dave", f"view {view['id']} 'Best': name"),
        ("views.create", "dave", f"view {view['id']} 'Best of the night'"),
    ]


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_members_below_maintainer_do_not_touch_the_views_of_the_project(
    studio: Studio, alice: Caller, who: str
) -> None:
    shared, caller = saved(alice, owner="project"), studio.person(who)
    mine = saved(caller, "Mine")
    replies = [
        save(caller, "Ours", owner="project"),
        change(caller, shared, name="Ours"),
        change(caller, shared, owner="me"),
        change(caller, mine, owner="project"),
        caller.studio("DELETE", f"{VIEWS}/{shared['id']}"),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(403, "role_too_low")] * 5
    assert names(alice) == [("Best of the night", "project")]


def test_a_token_reads_the_views_of_the_project_and_writes_none(
    studio: Studio, alice: Caller
) -> None:
    view, program = saved(alice, owner="project"), studio.program("alice")
    assert names(program) == [("Best of the night", "project")]
    assert program.studio("GET", f"{VIEWS}/{view['id']}").json["address"] == ADDRESS
    replies = [
        save(program, "Mine"),
        save(program, "Ours", owner="project"),
        change(program, view, name="Ours"),
        program.studio("DELETE", f"{VIEWS}/{view['id']}"),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(403, "session_required")] * 4


def test_what_somebody_calls_a_view_of_their_own_is_not_in_the_trail(
    studio: Studio, carol: Caller
) -> None:
    view = saved(carol, "Before I leave")
    change(carol, view, name="Still here")
    told = [event.target for event in studio.events(project="fraud")]
    assert told == [f"own view {view['id']}: name", f"own view {view['id']}"]


def test_a_change_that_did_not_see_the_last_one_is_refused(alice: Caller, dave: Caller) -> None:
    view = saved(alice, owner="project")
    assert change(dave, view, version=1, address={"sort": "start asc"}).status == 200
    late = change(alice, view, version=1, address={})
    assert (late.status, late.json["reason"]) == (409, "stale_version")
    assert "'dave' changed the view" in late.json["message"]
    gone = alice.ask(
        "DELETE", f"/studio/v1{VIEWS}/{view['id']}", headers={"If-Match": '"1"'}, raw=b""
    )
    assert gone.status == 409
    assert alice.studio("GET", f"{VIEWS}/{view['id']}").json["address"] == {"sort": "start asc"}


@every_database
def test_a_project_has_one_default_at_most(alice: Caller) -> None:
    first = saved(alice, "First", owner="project", default=True)
    second = saved(alice, "Second", owner="project")
    assert change(alice, second, default=True).json["default"] is True
    listed = alice.studio("GET", VIEWS).json["views"]
    assert {one["name"]: one["default"] for one in listed} == {"First": False, "Second": True}
    # The one that was it before has not changed for who looks at it.
    assert change(alice, first, version=1, name="Once first").status == 200
    mine = change(alice, second, owner="me").json
    assert (mine["owner"], mine["default"]) == ("me", False)


def test_a_view_of_ones_own_is_no_default(alice: Caller) -> None:
    for reply in (save(alice, default=True), change(alice, saved(alice), default=True)):
        assert (reply.status, reply.json["reason"]) == (400, "invalid_default")


@every_database
def test_of_two_views_saved_at_once_under_one_name_one_is_refused(studio: Studio) -> None:
    alice = studio.person("alice")
    for owner in ("me", "project"):
        replies = at_once([lambda owner=owner: save(alice, "Twice", owner=owner)] * 2)  # type: ignore[misc]
        assert sorted(reply.status for reply in replies) == [201, 409]
    # Letters that differ are other letters, on every database.
    assert save(alice, "TWICE").status == 201
    assert names(alice) == [("TWICE", "me"), ("Twice", "me"), ("Twice", "project")]


@every_database
def test_a_view_holds_any_letter_and_as_much_as_it_may(alice: Caller) -> None:
    most = {"filter": "𝄞" * (ADDRESS_MAX - len('{"filter":""}'))}
    view = saved(alice, "größte 🙂", address=most)
    assert alice.studio("GET", f"{VIEWS}/{view['id']}").json["address"] == most
    more = save(alice, "larger", address={"filter": most["filter"] + "x"})
    assert (more.status, more.json["reason"]) == (400, "invalid_address")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "two\nlines"},
        {"page": "members"},
        {"address": {"project": "secret"}},
        {"address": {"view_id": "3"}},
        {"address": {"filter": 3}},
        {"address": {"filter": "\0"}},
        {"owner": "carol"},
        {"more": 1},
    ],
)
def test_a_view_that_is_not_right_is_refused(alice: Caller, wrong: dict[str, Any]) -> None:
    reply = alice.studio("POST", VIEWS, {"name": "Right", "address": ADDRESS, **wrong})
    assert reply.status == 400, reply.body
    assert names(alice) == []


def test_somebody_has_so_many_views_of_a_project_and_no_more(carol: Caller, bob: Caller) -> None:
    for number in range(MOST_OF_A_PERSON):
        saved(carol, f"View {number}", address={})
    full = save(carol, "One more")
    assert (full.status, full.json["reason"]) == (403, "quota_views")
    assert "Delete one" in full.json["message"]
    # One that is there can still be changed, and others have their own number.
    view = carol.studio("GET", VIEWS).json["views"][0]
    assert change(carol, view, name="Other").status == 200
    assert save(bob).status == 201


@every_database
def test_views_of_a_person_go_with_the_account_and_those_of_the_project_stay(
    admin: Caller, alice: Caller, dave: Caller
) -> None:
    saved(dave, "Dave's own")
    saved(dave, "Ours", owner="project")
    assert admin.studio("DELETE", "/users/dave").status == 200
    assert names(alice) == [("Ours", "project")]
    (view,) = alice.studio("GET", VIEWS).json["views"]
    assert view["created_by"] == "dave"


def test_who_comes_back_to_a_project_finds_their_views(alice: Caller, carol: Caller) -> None:
    saved(carol)
    alice.studio("DELETE", "/projects/fraud/members/carol")
    assert carol.studio("GET", VIEWS).status == 404
    alice.studio("PUT", "/projects/fraud/members/carol", {"role": "viewer"})
    assert names(carol) == [("Best of the night", "me")]


def test_views_come_back_with_a_deleted_project(alice: Caller) -> None:
    saved(alice, owner="project")
    alice.studio("DELETE", "/projects/fraud?name=fraud")
    assert alice.studio("GET", VIEWS).status == 404
    assert alice.studio("POST", "/deleted-projects/fraud/restore", {}).status == 200
    assert names(alice) == [("Best of the night", "project")]
