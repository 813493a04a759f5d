"""Projects over REST."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from api.conftest import Caller, Studio, at_once
from conftest import Stack
from databases import every_database
from uac_api.access.models import Project, now
from uac_api.api.services import EXTENSION

RISK = {"slug": "risk", "name": "Risk", "description": "What may go wrong."}


def rows(studio: Studio, slug: str) -> int:
    statement = select(func.count()).select_from(Project).where(Project.slug == slug)
    return studio.database.read(lambda session: session.scalar(statement)) or 0


def only_administrators_create(studio: Studio) -> None:
    changed = studio.services.settings.model_copy(update={"project_creation": "administrators"})
    studio.app.extensions[EXTENSION] = replace(studio.services, settings=changed)


def test_whoever_creates_a_project_owns_it(studio: Studio, mallory: Caller) -> None:
    reply = mallory.studio("POST", "/projects", RISK)
    assert reply.status == 201
    made = reply.json
    assert {k: made[k] for k in RISK} == RISK
    assert (made["role"], made["members"], made["created_by"]) == ("owner", 1, "mallory")
    assert "manage" in made["may"]
    assert "risk" in studio.mlflow.opened
    assert mallory.studio("GET", "/projects/risk").json == made


def test_a_project_without_a_name_is_called_like_its_slug(alice: Caller) -> None:
    assert alice.studio("POST", "/projects", {"slug": "risk"}).json["name"] == "risk"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"slug": "Risk"}, "small letters"),
        ({"slug": "r"}, "2 to 63"),
        ({"slug": "r" * 64}, "2 to 63"),
        ({"slug": "-risk"}, "at both ends"),
        ({"slug": "default"}, "reserved"),
        ({"slug": "api"}, "reserved"),
        ({"slug": "../x"}, "small letters"),
        ({"slug": None}, "slug"),
        ({"name": "x" * 201}, "200 characters"),
        ({"name": "a\tb"}, "one line"),
        ({"description": "x" * 4001}, "4000"),
        ({"description": "\0"}, "NUL"),
        ({"created_by": "bob"}, "created_by"),
    ],
)
def test_a_project_of_the_wrong_form_is_refused_with_a_sentence(
    studio: Studio, alice: Caller, change: dict[str, Any], words: str
) -> None:
    reply = alice.studio("POST", "/projects", RISK | change)
    assert (reply.status, reply.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert words in reply.json["message"]
    assert studio.mlflow.opened == {"fraud"}


def test_a_slug_in_use_is_refused_also_to_who_cannot_see_it(mallory: Caller) -> None:
    reply = mallory.studio("POST", "/projects", {"slug": "fraud"})
    assert (reply.status, reply.json["error_code"]) == (409, "RESOURCE_ALREADY_EXISTS")
    assert mallory.studio("GET", "/projects/fraud").status == 404


@every_database
def test_of_two_who_create_one_slug_at_once_one_wins(
    studio: Studio, alice: Caller, mallory: Caller
) -> None:
    replies = at_once([lambda p=p: p.studio("POST", "/projects", RISK) for p in (alice, mallory)])  # type: ignore[misc]
    assert sorted(reply.status for reply in replies) == [201, 409]
    assert rows(studio, "risk") == 1
    assert "risk" in studio.mlflow.opened


def test_an_administrator_opens_a_project_for_somebody_else(admin: Caller, bob: Caller) -> None:
    made = admin.studio("POST", "/projects", RISK | {"owner": "bob"})
    assert (made.status, made.json["role"], made.json["may"]) == (201, None, [])
    assert bob.studio("GET", "/projects/risk").json["role"] == "owner"


def test_nobody_else_opens_a_project_for_somebody_else(studio: Studio, alice: Caller) -> None:
    reply = alice.studio("POST", "/projects", RISK | {"owner": "bob"})
    assert (reply.status, reply.json["reason"]) == (403, "administrators_only")
    assert rows(studio, "risk") == 0


def test_an_owner_who_does_not_exist_is_404(studio: Studio, admin: Caller) -> None:
    assert admin.studio("POST", "/projects", RISK | {"owner": "nobody"}).status == 404
    assert rows(studio, "risk") == 0


def test_where_only_administrators_create_others_are_refused(
    studio: Studio, alice: Caller, admin: Caller
) -> None:
    only_administrators_create(studio)
    reply = alice.studio("POST", "/projects", RISK)
    assert (reply.status, reply.json["reason"]) == (403, "administrators_only")
    assert admin.studio("POST", "/projects", RISK).status == 201


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_a_token_creates_no_project(studio: Studio, who: str) -> None:
    reply = studio.program(who).studio("POST", "/projects", RISK)
    assert (reply.status, reply.json["reason"]) == (403, "session_required")


def test_an_unreachable_mlflow_leaves_no_row_and_a_retry_succeeds(
    studio: Studio, alice: Caller
) -> None:
    studio.mlflow.down = True
    reply = alice.studio("POST", "/projects", RISK)
    assert (reply.status, reply.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert reply.json["reason"] == "mlflow_unavailable"
    assert rows(studio, "risk") == 0
    assert studio.events() == []
    studio.mlflow.down = False
    assert alice.studio("POST", "/projects", RISK).status == 201


def test_a_store_that_fails_leaves_no_row_and_a_retry_takes_mlflows_side_over(
    studio: Studio, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"Authorization": alice.credential}
    with monkeypatch.context() as broken:
        broken.setattr("uac_api.api.projects.projects.shape", _lose)
        client = studio.app.test_client()
        assert client.post("/studio/v1/projects", json=RISK, headers=sent).status_code == 500
    assert studio.mlflow.opened == {"fraud", "risk"}
    assert rows(studio, "risk") == 0
    assert alice.studio("POST", "/projects", RISK).status == 201


def _lose(_document: object) -> None:
    raise ConnectionError


def test_members_see_their_projects_and_a_stranger_none(
    studio: Studio, bob: Caller, mallory: Caller
) -> None:
    (seen,) = bob.studio("GET", "/projects").json["projects"]
    assert (seen["slug"], seen["role"]) == ("fraud", "contributor")
    assert mallory.studio("GET", "/projects").json["projects"] == []
    assert studio.program("mallory").studio("GET", "/projects").json["projects"] == []


def test_an_administrator_sees_that_a_project_exists_without_a_role(
    studio: Studio, admin: Caller
) -> None:
    (seen,) = admin.studio("GET", "/projects").json["projects"]
    assert (seen["slug"], seen["role"], seen["may"]) == ("fraud", None, [])
    assert admin.studio("GET", "/projects/fraud").status == 200
    assert studio.program("admin").studio("GET", "/projects").json["projects"] == []
    assert studio.program("admin").studio("GET", "/projects/fraud").status == 404


def test_a_foreign_and_a_missing_project_get_the_same_404(mallory: Caller) -> None:
    foreign = mallory.studio("GET", "/projects/fraud")
    missing = mallory.studio("GET", "/projects/nowhere")
    assert foreign.status == missing.status == 404
    assert foreign.json["reason"] == missing.json["reason"] == "no_such_project"
    same = foreign.json["message"].replace("fraud", "?")
    assert same == missing.json["message"].replace("nowhere", "?")


@every_database
def test_projects_are_searched_and_come_in_pages(alice: Caller) -> None:
    for slug in ("risk", "churn", "claims"):
        alice.studio("POST", "/projects", {"slug": slug})
    found = alice.studio("GET", "/projects?query=C").json["projects"]
    assert [one["slug"] for one in found] == ["churn", "claims"]
    seen: list[str] = []
    token = ""
    for _ in range(2):
        reply = alice.studio("GET", f"/projects?max_results=2&page_token={token}").json
        seen += [one["slug"] for one in reply["projects"]]
        token = reply["next_page_token"]
    assert (seen, token) == (["churn", "claims", "fraud", "risk"], "")


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_an_owner_or_administrator_renames_a_project(studio: Studio, who: str) -> None:
    caller = studio.person(who)
    reply = caller.studio("PATCH", "/projects/fraud", {"name": "Fraud 2"})
    assert (reply.status, reply.json["name"], reply.json["members"]) == (200, "Fraud 2", 3)
    assert caller.studio("PATCH", "/projects/fraud", {"description": "New"}).status == 200
    read = caller.studio("GET", "/projects/fraud").json
    assert (read["name"], read["description"], read["slug"]) == ("Fraud 2", "New", "fraud")


def test_the_slug_of_a_project_never_changes(alice: Caller) -> None:
    assert alice.studio("PATCH", "/projects/fraud", {"slug": "other"}).status == 400


@pytest.mark.parametrize(
    ("who", "status", "reason"),
    [
        ("bob", 403, "role_too_low"),
        ("carol", 403, "role_too_low"),
        ("mallory", 404, "no_such_project"),
    ],
)
def test_nobody_else_changes_or_deletes_a_project(
    studio: Studio, who: str, status: int, reason: str
) -> None:
    caller = studio.person(who)
    replies = [
        caller.studio("PATCH", "/projects/fraud", {"name": "Mine"}),
        caller.studio("DELETE", "/projects/fraud?name=fraud"),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(status, reason)] * 2
    assert studio.person("alice").studio("GET", "/projects/fraud").json["name"] == "Fraud"


def test_a_token_without_manage_changes_nothing(studio: Studio) -> None:
    narrow = studio.program("alice", actions=["read", "delete"])
    reply = narrow.studio("DELETE", "/projects/fraud?name=fraud")
    assert (reply.status, reply.json["reason"]) == (403, "token_too_narrow")
    wide = studio.program("alice", actions=["manage"])
    assert wide.studio("PATCH", "/projects/fraud", {"name": "By program"}).status == 200


def test_a_deleted_project_is_gone_for_everybody_and_its_slug_stays_taken(
    studio: Studio, alice: Caller, admin: Caller
) -> None:
    program = studio.program("alice", project_id=studio.project_id())
    assert alice.studio("DELETE", "/projects/fraud?name=fraud").status == 204
    for caller in (alice, admin, program):
        assert caller.studio("GET", "/projects/fraud").status == 404
        assert caller.studio("GET", "/projects").json["projects"] == []
    assert program.studio("GET", "/me").json["projects"] == []
    assert alice.mlflow("fraud", "GET", "experiments/search?max_results=1").status == 404
    assert alice.studio("DELETE", "/projects/fraud?name=fraud").status == 404
    assert alice.studio("POST", "/projects", {"slug": "fraud"}).status == 409


def test_an_odd_slug_in_the_address_is_no_500(admin: Caller, mallory: Caller) -> None:
    assert admin.studio("GET", "/projects/fr%00aud").status == 400
    assert mallory.studio("GET", "/projects/%F0%9F%A6%8A").status == 404
    assert admin.studio("GET", f"/projects/{'x' * 2000}").status == 404


def test_what_is_done_to_a_project_is_written_down(studio: Studio, alice: Caller) -> None:
    alice.studio("POST", "/projects", RISK)
    alice.studio("PATCH", "/projects/risk", {"name": "R", "description": ""})
    alice.studio("DELETE", "/projects/risk?name=risk")
    seen = [(e.operation, e.user, e.project, e.target, e.outcome) for e in studio.events()]
    assert seen == [
        ("projects.delete", "alice", "risk", "risk", "allowed"),
        ("projects.update", "alice", "risk", "description, name", "allowed"),
        ("projects.create.everyone", "alice", "risk", "risk, owner alice", "allowed"),
    ]


def test_a_stranger_who_tries_is_written_down_with_the_project(
    studio: Studio, mallory: Caller
) -> None:
    mallory.studio("GET", "/projects/fraud")
    (event,) = studio.events(project="fraud")
    assert (event.user, event.operation, event.outcome) == ("mallory", "projects.read", "denied")
    assert (event.status, event.reason) == (404, "no_such_project")


def test_a_new_project_can_be_used_in_the_real_mlflow_at_once(stack: Stack) -> None:
    alice = stack.person("alice")
    slug = f"real-{uuid.uuid4().hex[:8]}"
    assert alice.studio("POST", "/projects", {"slug": slug}).status == 201
    made = alice.mlflow(slug, "POST", "experiments/create", {"name": "first"})
    assert made.status == 200
    again = alice.studio("POST", "/projects", {"slug": slug})
    assert again.status == 409
    stranger = stack.person("mallory").mlflow(slug, "GET", "experiments/search?max_results=1")
    assert stranger.status == 404


def test_a_slug_that_holds_content_in_the_real_mlflow_is_refused(stack: Stack) -> None:
    alice = stack.person("alice")
    slug = stack.new_project()
    alice.mlflow(slug, "POST", "experiments/create", {"name": "first"})
    stack.database.write(lambda session: _forget(session, slug))
    reply = alice.studio("POST", "/projects", {"slug": slug})
    assert (reply.status, reply.json["error_code"]) == (409, "RESOURCE_ALREADY_EXISTS")
    assert "MLflow already holds content" in reply.json["message"]


def _forget(session: Any, slug: str) -> None:
    project = session.scalar(select(Project).where(Project.slug == slug))
    project.slug = f"forgotten-{uuid.uuid4().hex[:8]}"
    project.deleted_at = now()
