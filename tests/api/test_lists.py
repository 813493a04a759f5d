"""Lists over all my projects."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from api.conftest import Caller, Studio
from conftest import Stack
from uac_api.access import projects

LISTS = ("experiments", "models")


@pytest.mark.parametrize("what", LISTS)
def test_a_list_holds_all_my_projects_and_no_other(
    studio: Studio, what: str, alice: Caller, mallory: Caller
) -> None:
    mallory.studio("POST", "/projects", {"slug": "secret"})
    alice.studio("POST", "/projects", {"slug": "risk"})
    rows = alice.studio("GET", f"/{what}").json[what]
    assert {row["project"] for row in rows} == {"fraud", "risk"}
    assert studio.mlflow.asked_for == [["fraud", "risk"]]


@pytest.mark.parametrize("what", LISTS)
def test_a_list_can_be_of_one_project_and_searched(alice: Caller, what: str) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    rows = alice.studio("GET", f"/{what}?project=risk&query=2").json[what]
    assert [row["name"] for row in rows] == ["risk 2"]


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("who", ["mallory", "admin"])
def test_who_is_no_member_gets_nothing(studio: Studio, what: str, who: str) -> None:
    caller = studio.person(who)
    assert caller.studio("GET", f"/{what}").json[what] == []
    refused = caller.studio("GET", f"/{what}?project=fraud")
    assert (refused.status, refused.json["reason"]) == (404, "no_such_project")
    assert studio.mlflow.asked_for == [[]]


@pytest.mark.parametrize("what", LISTS)
def test_a_token_lists_only_its_project_and_only_with_read(
    studio: Studio, what: str, alice: Caller
) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    one = studio.program("alice", project_id=studio.project_id())
    assert {row["project"] for row in one.studio("GET", f"/{what}").json[what]} == {"fraud"}
    assert one.studio("GET", f"/{what}?project=risk").status == 404
    blind = studio.program("alice", actions=["log"])
    refused = blind.studio("GET", f"/{what}")
    assert (refused.status, refused.json["reason"]) == (403, "token_too_narrow")


@pytest.mark.parametrize("what", LISTS)
def test_a_list_comes_in_pages_bound_to_the_person_and_the_question(
    what: str, alice: Caller, bob: Caller
) -> None:
    first = alice.studio("GET", f"/{what}?max_results=2").json
    token = first["next_page_token"]
    second = alice.studio("GET", f"/{what}?max_results=2&page_token={token}").json
    names = [row["name"] for row in first[what] + second[what]]
    assert names == ["fraud 0", "fraud 1", "fraud 2"]
    assert second["next_page_token"] == ""
    other = {"experiments": "models", "models": "experiments"}[what]
    for caller, path in (
        (bob, f"/{what}?page_token={token}"),
        (alice, f"/{other}?page_token={token}"),
        (alice, f"/{what}?project=fraud&page_token={token}"),
    ):
        assert caller.studio("GET", path).json["reason"] == "page_token"


def test_a_page_token_does_not_outlive_the_membership(alice: Caller, bob: Caller) -> None:
    token = bob.studio("GET", "/experiments?max_results=2").json["next_page_token"]
    alice.studio("DELETE", "/projects/fraud/members/bob")
    rows = bob.studio("GET", f"/experiments?max_results=2&page_token={token}").json["experiments"]
    assert rows == []


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("query", ["max_results=0", "max_results=1e3", "sort=name", "query=%00"])
def test_a_wrong_question_is_refused(alice: Caller, what: str, query: str) -> None:
    reply = alice.studio("GET", f"/{what}?{query}")
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")


@pytest.mark.parametrize("what", LISTS)
def test_an_unreachable_mlflow_is_named(studio: Studio, what: str, alice: Caller) -> None:
    studio.mlflow.down = True
    reply = alice.studio("GET", f"/{what}")
    assert (reply.status, reply.json["reason"]) == (503, "mlflow_unavailable")


def test_the_real_mlflow_is_listed_over_my_projects_newest_change_first(stack: Stack) -> None:
    alice, mallory = stack.person("alice"), stack.person("mallory")
    one, other = stack.new_project(), stack.new_project()
    for slug, name in ((one, "needle old"), (other, "needle mid"), (one, "needle new")):
        made = alice.mlflow(slug, "POST", "experiments/create", {"name": name})
        assert made.status == 200
        model = alice.mlflow(slug, "POST", "registered-models/create", {"name": name})
        assert model.status == 200
    for what in LISTS:
        first = alice.studio("GET", f"/{what}?query=NEEDLE&max_results=2").json
        token = first["next_page_token"]
        path = f"/{what}?query=NEEDLE&max_results=2&page_token={token}"
        rows = first[what] + alice.studio("GET", path).json[what]
        assert [row["name"] for row in rows][:3] == ["needle new", "needle mid", "needle old"]
        assert [row["project"] for row in rows][:3] == [one, other, one]
        assert b"needle" not in mallory.studio("GET", f"/{what}").body
        assert mallory.studio("GET", f"/{what}?project={one}").status == 404


def test_a_model_of_the_real_mlflow_has_versions_aliases_and_tags(stack: Stack) -> None:
    alice, slug = stack.person("alice"), stack.new_project()
    assert alice.studio("GET", f"/models?project={slug}").json["models"] == []
    body = {"name": "fox", "description": "Sly", "tags": [{"key": "team", "value": "red"}]}
    alice.mlflow(slug, "POST", "registered-models/create", body)
    run = alice.mlflow(slug, "POST", "runs/create", {"experiment_id": _experiment(stack, slug)})
    info = run.json["run"]["info"]
    version = {"name": "fox", "source": info["artifact_uri"], "run_id": info["run_id"]}
    made = alice.mlflow(slug, "POST", "model-versions/create", version)
    assert made.status == 200, made.body
    alias = {"name": "fox", "alias": "champion", "version": "1"}
    alice.mlflow(slug, "POST", "registered-models/alias", alias)
    (model,) = alice.studio("GET", f"/models?project={slug}").json["models"]
    assert (model["name"], model["description"], model["tags"]) == ("fox", "Sly", {"team": "red"})
    assert model["aliases"] == {"champion": "1"}
    assert [one["version"] for one in model["latest_versions"]] == ["1"]
    assert model["latest_versions"][0]["run_id"] == info["run_id"]


def test_a_project_that_mlflow_lost_does_not_take_the_others_away(stack: Stack) -> None:
    alice, kept, lost = stack.person("alice"), stack.new_project(), stack.new_project()
    alice.mlflow(kept, "POST", "experiments/create", {"name": "compass"})

    def rename(session: Session) -> None:
        projects.get(session, lost).slug = f"{lost}-lost"

    stack.database.write(rename)
    reply = alice.studio("GET", "/experiments?query=compass")
    stack.database.write(lambda s: projects.delete(projects.get(s, f"{lost}-lost")))
    assert reply.status == 200, reply.body
    assert [row["project"] for row in reply.json["experiments"]] == [kept]


def _experiment(stack: Stack, slug: str) -> str:
    made = stack.person("alice").mlflow(slug, "POST", "experiments/create", {"name": "one"})
    return str(made.json["experiment_id"])
