"""Deleting a project takes its name; whoever could delete it brings it back, until it is purged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply
from uac_api.access.models import Project, now
from uac_api.access.projects.purging import claim


def delete(caller: Caller, typed: str = "?name=fraud") -> Reply:
    return caller.studio("DELETE", f"/projects/fraud{typed}")


def restore(caller: Caller, slug: str = "fraud") -> Reply:
    return caller.studio("POST", f"/deleted-projects/{slug}/restore", {})


def listed(caller: Caller) -> list[str]:
    return [one["slug"] for one in caller.studio("GET", "/deleted-projects").json["projects"]]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "name_needed"),
        ("?name=", "name_needed"),
        ("?name=risk", "wrong_name"),
        ("?name=FRAUD", "wrong_name"),
        ("?name=fraud%20", "wrong_name"),
    ],
)
def test_a_project_is_not_deleted_without_its_name(alice: Caller, typed: str, reason: str) -> None:
    reply = delete(alice, typed)
    assert (reply.status, reply.json["reason"]) == (400, reason)
    assert alice.studio("GET", "/projects/fraud").status == 200


@pytest.mark.parametrize("typed", ["?name=fraud", "?name=Fraud"])
def test_the_slug_or_the_name_will_do(alice: Caller, typed: str) -> None:
    assert delete(alice, typed).status == 204


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_owners_and_administrators_restore_it_as_it_was(
    studio: Studio, who: str, alice: Caller
) -> None:
    program = studio.program("bob", project_id=studio.project_id())
    before = alice.studio("GET", "/projects/fraud").json
    members = alice.studio("GET", "/projects/fraud/members").json
    assert delete(alice).status == 204
    assert program.studio("GET", "/projects/fraud").status == 404
    (shown,) = studio.person(who).studio("GET", "/deleted-projects").json["projects"]
    assert (shown["slug"], shown["name"], shown["deleted_by"]) == ("fraud", "Fraud", "alice")
    assert shown["deleted_at"] < shown["goes_at"]
    assert restore(studio.person(who)).status == 200
    assert alice.studio("GET", "/projects/fraud").json == before
    assert alice.studio("GET", "/projects/fraud/members").json == members
    assert program.studio("GET", "/projects/fraud").json["role"] == "contributor"
    assert listed(alice) == []
    (event,) = studio.events(operation="deleted_projects.restore")
    assert (event.user, event.project, event.target) == (who, "fraud", "fraud")


@pytest.mark.parametrize(
    ("who", "status", "reason"),
    [
        ("bob", 403, "role_too_low"),
        ("carol", 403, "role_too_low"),
        ("mallory", 404, "no_such_project"),
    ],
)
def test_nobody_else_sees_or_restores_it(
    studio: Studio, alice: Caller, who: str, status: int, reason: str
) -> None:
    delete(alice)
    caller = studio.person(who)
    assert listed(caller) == []
    reply = restore(caller)
    assert (reply.status, reply.json["reason"]) == (status, reason)
    assert alice.studio("GET", "/projects/fraud").status == 404


def test_an_owner_through_a_group_restores_it(studio: Studio, alice: Caller, admin: Caller) -> None:
    assert admin.studio("POST", "/groups", {"name": "leads"}).status == 201
    assert admin.studio("PUT", "/groups/leads/people/mallory", {}).status < 300
    assert alice.studio("PUT", "/projects/fraud/groups/leads", {"role": "owner"}).status < 300
    delete(alice)
    mallory = studio.person("mallory")
    assert listed(mallory) == ["fraud"]
    assert restore(mallory).status == 200


def test_a_token_restores_only_what_it_could_have_deleted(studio: Studio, alice: Caller) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    elsewhere = studio.program("alice", project_id=studio.project_id("risk"))
    narrow = studio.program("alice", actions=["read", "delete"])
    managing = studio.program("alice", actions=["manage"])
    unlimited = studio.program("alice")
    wide = studio.program("alice", actions=["administer"])
    delete(alice)
    assert restore(elsewhere).json["reason"] == "no_such_project"
    for one in (narrow, managing, unlimited):
        assert restore(one).json["reason"] == "token_too_narrow"
        assert listed(one) == []
    assert restore(studio.program("admin")).status == 404
    assert [listed(one) for one in (elsewhere, wide)] == [[], ["fraud"]]
    assert restore(wide).status == 200


def test_what_is_not_deleted_cannot_be_restored(alice: Caller, admin: Caller) -> None:
    assert restore(alice).status == 404
    assert restore(admin).status == 404
    assert restore(admin, "no-such").status == 404


def test_nothing_brings_a_purged_project_back(studio: Studio, alice: Caller, admin: Caller) -> None:
    delete(alice)
    until = now() - timedelta(days=30)
    assert not studio.database.write(lambda session: claim(session, "fraud", until))
    old = update(Project).values(deleted_at=now() - timedelta(days=31))
    studio.database.write(lambda session: session.execute(old))
    assert studio.database.write(lambda session: claim(session, "fraud", until))
    assert restore(alice).status == 404
    assert restore(admin).status == 404
    assert listed(admin) == []
    assert alice.studio("POST", "/projects", {"slug": "fraud"}).status == 409


@every_database
def test_what_was_restored_a_moment_ago_is_not_purged(studio: Studio, alice: Caller) -> None:
    delete(alice)
    old = update(Project).values(deleted_at=now() - timedelta(days=31))
    studio.database.write(lambda session: session.execute(old))
    until = now() - timedelta(days=30)
    answers = at_once(
        [
            lambda: restore(alice).status,
            lambda: int(studio.database.write(lambda session: claim(session, "fraud", until))),
        ]
    )
    # Either the one or the other, never both.
    assert answers in ([200, 0], [404, 1])


@every_database
def test_deleted_projects_come_page_by_page(alice: Caller) -> None:
    for number in range(4):
        slug = f"p{number}"
        alice.studio("POST", "/projects", {"slug": slug})
        alice.studio("DELETE", f"/projects/{slug}?name={slug}")
    first = alice.studio("GET", "/deleted-projects?max_results=3").json
    token = first["next_page_token"]
    second = alice.studio("GET", f"/deleted-projects?max_results=3&page_token={token}").json
    found = [one["slug"] for page in (first, second) for one in page["projects"]]
    assert found == ["p0", "p1", "p2", "p3"]
    assert second["next_page_token"] == ""
