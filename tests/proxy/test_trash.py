"""What is deleted goes into the trash and comes back as it was, from a real MLflow."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from conftest import Stack
from content import TEXT, Content, artifact, done, fill, new_experiment, new_model, new_run
from content import new_version as ask_version
from people import Person, Reply
from processes import SECRET
from recording import SLUG, NarrowProxy, Said


def trash(person: Person, slug: str, kind: str, **query: object) -> dict[str, Any]:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    found: dict[str, Any] = done(person.studio("GET", f"/projects/{slug}/trash?kind={kind}{more}"))
    return found


def restore(person: Person, slug: str, kind: str, identity: str) -> Reply:
    body = {"kind": kind, "id": identity}
    return person.studio("POST", f"/projects/{slug}/trash/restore", body)


def only(person: Person, slug: str, kind: str) -> dict[str, Any]:
    (item,) = trash(person, slug, kind)["items"]
    assert isinstance(item, dict)
    return item


def delete_model(person: Person, slug: str, name: str) -> Reply:
    return person.mlflow(slug, "DELETE", "registered-models/delete", {"name": name})


def delete_version(person: Person, slug: str, name: str, version: str) -> Reply:
    body = {"name": name, "version": version}
    return person.mlflow(slug, "DELETE", "model-versions/delete", body)


def model(person: Person, slug: str, name: str) -> Any:
    return done(person.mlflow(slug, "GET", f"registered-models/get?name={name}"))


def versions(person: Person, slug: str, name: str) -> list[Any]:
    query = f"model-versions/search?filter=name%3D'{name}'"
    found = done(person.mlflow(slug, "GET", query)).get("model_versions", [])
    return sorted(found, key=lambda one: int(one["version"]))


@pytest.fixture
def content(stack: Stack) -> Content:
    """A project of alice's with one of everything; bob contributes, carol views, dave maintains."""
    return fill(stack.person("alice"), stack.new_project())


@pytest.fixture
def forest(alice: Person, project: str) -> str:
    """A model of alice's with versions 1, 2 and 4, aliases, tags, stages and descriptions."""
    name = f"forest-{uuid.uuid4().hex[:8]}"
    experiment = new_experiment(alice, project)
    run = new_run(alice, project, experiment)["info"]["run_id"]
    logged = new_model(alice, project, experiment, run)
    about = {"name": name, "description": "Trees", "tags": [{"key": "team", "value": "risk"}]}
    done(alice.mlflow(project, "POST", "registered-models/create", about))
    for number in range(1, 5):
        more = {"source": f"models:/{logged}", "run_id": run, "model_id": logged}
        tags = [{"key": "number", "value": str(number)}]
        done(ask_version(alice, project, name, description=f"No {number}", tags=tags, **more))
    done(delete_version(alice, project, name, "3"))
    for alias, version in (("champion", "4"), ("challenger", "1")):
        body = {"name": name, "alias": alias, "version": version}
        done(alice.mlflow(project, "POST", "registered-models/alias", body))
    stage = {"name": name, "version": "2", "stage": "Staging"}
    done(alice.mlflow(project, "POST", "model-versions/transition-stage", stage))
    return name


def test_a_deleted_run_comes_back_with_everything(
    content: Content, alice: Person, bob: Person
) -> None:
    slug, address = content.slug, f"runs/get?run_id={content.run}"
    before = done(alice.mlflow(slug, "GET", address))
    done(bob.mlflow(slug, "POST", "runs/delete", {"run_id": content.run}))
    assert done(restore(bob, slug, "runs", content.run))["name"] == content.run_name
    assert done(alice.mlflow(slug, "GET", address)) == before
    path = artifact(slug, f"{content.artifacts}/notes/plan.txt")
    assert alice.ask("GET", path).body == TEXT
    assert trash(alice, slug, "runs")["items"] == []


def test_the_trash_tells_who_deleted_a_run_when_and_how_long_it_stays(
    content: Content, bob: Person, carol: Person
) -> None:
    done(bob.mlflow(content.slug, "POST", "runs/delete", {"run_id": content.run}))
    done(bob.mlflow(content.slug, "POST", "runs/delete", {"run_id": content.run}))
    # The trail is written twice a second.
    item = only(carol, content.slug, "runs")
    while not item["deleted_by"]:
        item = only(carol, content.slug, "runs")
    assert (item["id"], item["name"]) == (content.run, content.run_name)
    assert (item["inside"], item["deleted_by"]) == (content.experiment_name, "bob")
    assert item["deleted_at"] < item["goes_at"]
    assert trash(carol, content.slug, "runs")["days"] == 30


def test_an_experiment_takes_its_runs_along_and_brings_them_back(
    content: Content, dave: Person
) -> None:
    slug, named = content.slug, {"experiment_id": content.experiment}
    done(dave.mlflow(slug, "POST", "experiments/delete", named))
    assert trash(dave, slug, "runs")["items"] == []
    item = only(dave, slug, "experiments")
    assert (item["id"], item["name"], item["runs"]) == (
        content.experiment,
        content.experiment_name,
        1,
    )
    reply = restore(dave, slug, "runs", content.run)
    assert (reply.status, reply.json["reason"]) == (409, "experiment_in_trash")
    assert done(restore(dave, slug, "experiments", content.experiment))["name"]
    run = done(dave.mlflow(slug, "GET", f"runs/get?run_id={content.run}"))["run"]
    assert run["info"]["lifecycle_stage"] == "active"


def test_a_model_comes_back_with_its_numbers_aliases_tags_and_moments(
    alice: Person, project: str, forest: str
) -> None:
    before = model(alice, project, forest), versions(alice, project, forest)
    assert [one["version"] for one in before[1]] == ["1", "2", "4"]
    done(delete_model(alice, project, forest))
    assert alice.mlflow(project, "GET", f"registered-models/get?name={forest}").status == 404
    items = trash(alice, project, "models")["items"]
    assert [(one["what"], one["name"], one["deleted_by"]) for one in items] == [
        ("model", forest, "alice"),
        ("model version", f"{forest}, version 3", "alice"),
    ]
    assert done(restore(alice, project, "models", items[0]["id"]))["left"] == []
    assert (model(alice, project, forest), versions(alice, project, forest)) == before
    # The number of the deleted version is still taken, as MLflow has it.
    named = {key: before[1][0][key] for key in ("source", "run_id")}
    named["model_id"] = named["source"].removeprefix("models:/")
    fifth = done(ask_version(alice, project, forest, **named))
    assert fifth["model_version"]["version"] == "5"


def test_a_version_comes_back_under_its_number_also_after_its_model_did(
    alice: Person, project: str, forest: str
) -> None:
    done(delete_model(alice, project, forest))
    whole, third = trash(alice, project, "models")["items"]
    reply = restore(alice, project, "models", third["id"])
    assert (reply.status, reply.json["reason"]) == (409, "in_the_way")
    done(restore(alice, project, "models", whole["id"]))
    done(restore(alice, project, "models", third["id"]))
    found = versions(alice, project, forest)
    assert [one["version"] for one in found] == ["1", "2", "3", "4"]
    assert (found[2]["description"], found[2]["tags"]) == (
        "No 3",
        [{"key": "number", "value": "3"}],
    )
    assert found[2]["source"] == found[1]["source"]
    assert trash(alice, project, "models")["items"] == []


def test_an_alias_that_moved_on_stays_where_it_is(alice: Person, project: str, forest: str) -> None:
    done(delete_version(alice, project, forest, "4"))
    moved = {"name": forest, "alias": "champion", "version": "2"}
    done(alice.mlflow(project, "POST", "registered-models/alias", moved))
    item = trash(alice, project, "models")["items"][0]
    assert done(restore(alice, project, "models", item["id"]))["left"] == ["champion"]
    aliases = {
        one["alias"]: one["version"]
        for one in model(alice, project, forest)["registered_model"]["aliases"]
    }
    assert aliases == {"champion": "2", "challenger": "1"}


def test_a_namesake_is_never_overwritten(alice: Person, project: str, forest: str) -> None:
    done(delete_model(alice, project, forest))
    done(alice.mlflow(project, "POST", "registered-models/create", {"name": forest}))
    item = trash(alice, project, "models")["items"][0]
    reply = restore(alice, project, "models", item["id"])
    assert (reply.status, reply.json["reason"]) == (409, "in_the_way")
    assert versions(alice, project, forest) == []
    # It is still there for whoever renames the other one.
    renamed = {"name": forest, "new_name": f"{forest}-2"}
    done(alice.mlflow(project, "POST", "registered-models/rename", renamed))
    assert done(restore(alice, project, "models", item["id"]))
    assert len(versions(alice, project, forest)) == 3


def test_a_prompt_is_kept_as_a_model_is(content: Content, alice: Person) -> None:
    done(delete_model(alice, content.slug, content.prompt))
    item = only(alice, content.slug, "models")
    assert (item["what"], item["name"]) == ("prompt", content.prompt)
    done(restore(alice, content.slug, "models", item["id"]))
    assert model(alice, content.slug, content.prompt)["registered_model"]["tags"]


def test_what_mlflow_does_not_delete_leaves_nothing_in_the_trash(
    alice: Person, project: str, forest: str
) -> None:
    assert delete_model(alice, project, "no-such-model").status == 404
    assert delete_version(alice, project, forest, "3").status == 404
    assert delete_version(alice, project, forest, "three").status == 400
    names = [one["name"] for one in trash(alice, project, "models")["items"]]
    assert names == [f"{forest}, version 3"]


def test_each_restores_what_they_may_delete(
    content: Content, alice: Person, bob: Person, carol: Person, dave: Person
) -> None:
    slug = content.slug
    done(bob.mlflow(slug, "POST", "runs/delete", {"run_id": content.run}))
    other = new_experiment(alice, slug)
    done(alice.mlflow(slug, "POST", "experiments/delete", {"experiment_id": other}))
    done(delete_model(alice, slug, content.registered))
    kept = only(alice, slug, "models")["id"]
    wanted = {"runs": content.run, "experiments": other, "models": kept}
    for person, refused in ((carol, wanted), (bob, ("experiments", "models"))):
        for kind in refused:
            reply = restore(person, slug, kind, wanted[kind])
            assert (reply.status, reply.json["reason"]) == (403, "role_too_low")
    for kind, identity in wanted.items():
        assert restore(dave, slug, kind, identity).status == 200


def test_strangers_and_administrators_see_nothing_of_the_trash(
    content: Content, alice: Person, mallory: Person, admin: Person
) -> None:
    done(alice.mlflow(content.slug, "POST", "runs/delete", {"run_id": content.run}))
    for person in (mallory, admin):
        assert person.studio("GET", f"/projects/{content.slug}/trash").status == 404
        assert restore(person, content.slug, "runs", content.run).status == 404


def test_a_token_restores_only_with_the_action(stack: Stack, content: Content) -> None:
    alice = stack.person("alice")
    done(alice.mlflow(content.slug, "POST", "runs/delete", {"run_id": content.run}))
    narrow = stack.with_token("alice", actions=["read"])
    reply = restore(narrow, content.slug, "runs", content.run)
    assert (reply.status, reply.json["reason"]) == (403, "token_too_narrow")
    wide = stack.with_token("alice", actions=["log"])
    assert restore(wide, content.slug, "runs", content.run).status == 200


def test_nothing_of_another_project_can_be_restored(
    stack: Stack, content: Content, alice: Person
) -> None:
    other = stack.new_project()
    done(alice.mlflow(content.slug, "POST", "runs/delete", {"run_id": content.run}))
    done(delete_model(alice, content.slug, content.registered))
    kept = only(alice, content.slug, "models")["id"]
    for kind, identity in (("runs", content.run), ("models", kept), ("models", "x"), ("runs", "y")):
        reply = restore(alice, other, kind, identity)
        assert (reply.status, reply.json["reason"]) == (404, "not_in_trash")
    assert restore(alice, content.slug, "models", kept).status == 200
    again = restore(alice, content.slug, "models", kept)
    assert (again.status, again.json["reason"]) == (404, "not_in_trash")


def test_the_trash_comes_page_by_page(content: Content, alice: Person) -> None:
    ids = [content.run]
    for number in range(4):
        made = new_run(alice, content.slug, content.experiment, run_name=f"run {number}")
        ids.append(made["info"]["run_id"])
    for one in ids:
        done(alice.mlflow(content.slug, "POST", "runs/delete", {"run_id": one}))
    seen: list[str] = []
    token = ""
    while token or not seen:
        page = trash(alice, content.slug, "runs", max_results=2, page_token=token)
        seen += [item["id"] for item in page["items"]]
        token = page["next_page_token"]
    assert seen == ids[::-1]


KEPT = "/mlstudio/trash/models?name=forest"
CONTENT = {"what": "model", "name": "forest", "since": 1, "rows": {}}


@pytest.mark.parametrize(
    "said",
    [
        Said(404, body=b'{"error_code": "ENDPOINT_NOT_FOUND"}'),
        Said(503, body=b'{"error_code": "TEMPORARILY_UNAVAILABLE"}'),
        Said(200, body=b"{}"),
    ],
)
def test_what_cannot_be_kept_is_not_deleted(proxy: NarrowProxy, said: Said) -> None:
    proxy.upstream.by_path = {KEPT: said}
    reply = delete_model(proxy.alice, SLUG, "forest")
    proxy.upstream.by_path = {}
    assert (reply.status, reply.json["reason"]) == (503, "trash_unavailable")
    assert [one.target for one in proxy.upstream.seen] == [KEPT]


@pytest.mark.parametrize(("status", "left"), [(200, ["forest"]), (404, []), (400, []), (500, [])])
def test_only_what_mlflow_deleted_stands_in_the_trash(
    proxy: NarrowProxy, status: int, left: list[str]
) -> None:
    known = names(proxy.alice)
    proxy.upstream.by_path = {KEPT: Said(body=json.dumps({"kept": CONTENT}).encode())}
    proxy.upstream.said = Said(status)
    assert delete_model(proxy.alice, SLUG, "forest").status == status
    proxy.upstream.by_path = {}
    assert [one.method for one in proxy.upstream.seen] == ["GET", "DELETE"]
    assert names(proxy.alice) == left + known


def names(person: Person) -> list[str]:
    return [item["name"] for item in trash(person, SLUG, "models")["items"]]


def test_nobody_reaches_mlflows_side_of_the_trash_through_the_door(
    stack: Stack, alice: Person, project: str
) -> None:
    for method in ("GET", "POST"):
        path = f"/projects/{project}/mlstudio/trash/models?name=x"
        reply = alice.ask(method, path, {} if method == "POST" else None)
        assert (reply.status, reply.json["reason"]) == (404, "unknown_route")
    stranger = Person("", stack.mlflow.url, "")
    assert stranger.ask("GET", "/mlstudio/trash/models?name=x").status == 401


@pytest.mark.parametrize("workspace", ["", "default"])
def test_the_workspace_of_nobody_has_no_trash(stack: Stack, workspace: str) -> None:
    ours = Person("", stack.mlflow.url, "")
    headers = {"X-MLStudio-Upstream": SECRET, "X-MLFLOW-WORKSPACE": workspace}
    for what in ("runs", "experiments", "models?name=x"):
        assert ours.ask("GET", f"/mlstudio/trash/{what}", headers=headers).status == 400
    headers["X-MLFLOW-WORKSPACE"] = "p-some"
    assert ours.ask("GET", "/mlstudio/trash/traces", headers=headers).status == 404
    assert ours.ask("GET", "/mlstudio/trash/runs", headers=headers).json == {"rows": []}
