"""A token of one run logs into that run and reads it, by no spelling into another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from people import Person, Reply
from recording import API, SLUG, NarrowDoor, Said
from uac_api.proxy.one_run import RUNS
from uac_api.proxy.rules import RULES, RunAt, Thing

MINE, OTHER = "run-1", "run-2"
RUN = "/api/2.0/mlflow/runs/get?run_id="
FILES = f"/projects/{SLUG}/api/2.0/mlflow-artifacts"


@pytest.fixture
def job(door: NarrowDoor) -> Iterator[Person]:
    """An untrusted program with a token of alice's for the run MINE."""
    door.upstream.by_path = {
        f"{RUN}{run}": Said(body=json.dumps({"run": {"info": {"run_id": run}}}).encode())
        for run in (MINE, OTHER)
    }
    made = door.alice.studio(
        "POST", "/tokens", {"name": "job", "project": SLUG, "run_id": MINE, "expires_in_days": 1}
    )
    assert made.status == 201, made.body
    assert made.json["actions"] == ["read", "log"]
    door.upstream.seen.clear()
    yield Person("alice", door.uac.url, f"Bearer {made.json['token']}")
    door.upstream.by_path = {}
    door.alice.studio("DELETE", f"/tokens/{made.json['id']}")


def refused(reply: Reply, door: NarrowDoor) -> bool:
    """Whether it was refused as no business of the token's, and nothing reached MLflow."""
    assert not door.upstream.seen, [one.target for one in door.upstream.seen]
    return (reply.status, reply.json["reason"]) == (403, "token_of_one_run")


METRIC = {"key": "loss", "value": 1.0, "timestamp": 1}
MANY = {"metrics": [METRIC], "params": [], "tags": []}


@pytest.mark.parametrize(
    "path",
    [
        f"runs/get?run_id={MINE}",
        f"runs/get?run_uuid={MINE}",
        f"runs/get?run_id={MINE}&run_uuid={MINE}",
        f"metrics/get-history?run_id={MINE}&metric_key=loss",
        f"metrics/get-history-bulk?run_id={MINE}&run_id={MINE}&metric_key=loss",
        f"metrics/get-history-bulk-interval?run_ids={MINE}&metric_key=loss",
        f"artifacts/list?run_id={MINE}",
    ],
)
def test_its_run_is_read_by_every_name(door: NarrowDoor, job: Person, path: str) -> None:
    assert job.mlflow(SLUG, "GET", path).status == 200
    assert job.mlflow(SLUG, "HEAD", path).status == 200
    assert len(door.upstream.seen) == 2


@pytest.mark.parametrize(
    "path",
    [
        "runs/get",
        "runs/get?run_id=",
        f"runs/get?run_id={OTHER}",
        f"runs/get?run_uuid={OTHER}",
        f"runs/get?run_id=&run_uuid={OTHER}",
        f"runs/get?run_id={MINE}&run_uuid={OTHER}",
        f"runs/get?run_id={OTHER}&run_uuid={MINE}",
        f"runs/get?run_id={MINE.upper()}",
        f"runs/get?run_id={MINE}%20",
        f"runs/get?run_id={MINE}&runUuid={OTHER}",
        f"metrics/get-history?run_id={OTHER}&metric_key=loss",
        f"metrics/get-history-bulk?run_id={MINE}&run_id={OTHER}&metric_key=loss",
        f"metrics/get-history-bulk-interval?run_ids={MINE}&run_ids={OTHER}&metric_key=loss",
        f"metrics/get-history-bulk-interval?runIds={OTHER}&metric_key=loss",
        f"metrics/get-history-bulk-interval?run_id={MINE}&metric_key=loss",
        f"artifacts/list?run_id={OTHER}",
        "experiments/search?max_results=1",
        "registered-models/search",
        "logged-models/m-1",
    ],
)
def test_no_spelling_reads_another_run(door: NarrowDoor, job: Person, path: str) -> None:
    for method in ("GET", "HEAD"):
        reply = job.mlflow(SLUG, method, path)
        assert reply.status == 403
        assert method == "HEAD" or refused(reply, door)
    assert not door.upstream.seen


@pytest.mark.parametrize(
    "path",
    [
        f"/api/2.0/mlflow/runs/get?run_id={MINE}&run_id={OTHER}",
        f"/api/2.0/mlflow/runs/get?run_id={OTHER}&run_id={MINE}",
        f"/get-artifact?run_uuid={OTHER}&run_uuid={MINE}&path=a",
    ],
)
def test_two_runs_where_one_belongs_are_no_question(
    door: NarrowDoor, job: Person, path: str
) -> None:
    reply = job.ask("GET", f"/projects/{SLUG}{path}")
    assert (reply.status, reply.json["reason"]) == (400, "field_twice")
    assert not door.upstream.seen


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs/log-metric", METRIC),
        ("runs/log-parameter", {"key": "depth", "value": "3"}),
        ("runs/log-batch", MANY),
        ("runs/set-tag", {"key": "k", "value": "v"}),
        ("runs/update", {"status": "FINISHED"}),
        ("runs/log-inputs", {"datasets": []}),
        ("runs/outputs", {"models": []}),
        ("artifacts/presigned-upload-url", {"path": "a.txt"}),
    ],
)
@pytest.mark.parametrize(
    "names",
    [
        {},
        {"run_id": OTHER},
        {"runId": OTHER},
        {"run_uuid": OTHER},
        {"runUuid": OTHER},
        {"run_id": MINE, "run_uuid": OTHER},
        {"run_id": OTHER, "run_uuid": MINE},
        {"run_id": "", "run_uuid": OTHER},
        {"run_id": None, "runUuid": OTHER},
    ],
    ids=str,
)
def test_no_spelling_writes_into_another_run(
    door: NarrowDoor, job: Person, path: str, body: dict[str, Any], names: dict[str, Any]
) -> None:
    assert refused(job.mlflow(SLUG, "POST", path, {**body, **names}), door)
    # The name in the address is none for MLflow, which reads the body of a POST.
    assert refused(job.mlflow(SLUG, "POST", f"{path}?run_id={MINE}", {**body, **names}), door)
    assert job.mlflow(SLUG, "POST", path, {**body, "run_id": MINE}).status == 200
    assert job.mlflow(SLUG, "POST", path, {**body, "run_uuid": MINE}).status == 200


def test_an_escaped_name_hides_no_run(door: NarrowDoor, job: Person) -> None:
    raw = b'{"r\\u0075n_id": "%s", "key": "k", "value": 1, "timestamp": 1}'
    headers = {"Content-Type": "application/json"}
    path = f"{API}/runs/log-metric"
    assert refused(job.ask("POST", path, raw=raw % OTHER.encode(), headers=headers), door)
    assert job.ask("POST", path, raw=raw % MINE.encode(), headers=headers).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs/log-metric", {**METRIC, "model_id": "m-1"}),
        ("runs/log-metric", {**METRIC, "modelId": "m-1"}),
        ("runs/log-batch", {"metrics": [METRIC, {**METRIC, "model_id": "m-1"}]}),
    ],
)
def test_a_metric_is_not_stored_at_a_model_as_well(
    door: NarrowDoor, job: Person, path: str, body: dict[str, Any]
) -> None:
    assert refused(job.mlflow(SLUG, "POST", path, {"run_id": MINE, **body}), door)


@pytest.mark.parametrize("prefix", ["7", f"workspaces/{SLUG}/7"])
@pytest.mark.parametrize("below", ["", "/model.pkl", "/a/b.txt", "/run-2/artifacts/x"])
def test_its_files_are_its_own(job: Person, prefix: str, below: str) -> None:
    path = f"{prefix}/{MINE}/artifacts{below}"
    assert job.ask("GET", f"{FILES}/artifacts?path={quote(path, safe='')}").status == 200
    assert job.ask("GET", f"{FILES}/artifacts/{path}").status == 200
    assert job.ask("PUT", f"{FILES}/artifacts/{path}", raw=b"x").status == 200
    body = {"path": "model.pkl", "num_parts": 2}
    assert job.ask("POST", f"{FILES}/mpu/create/{path}", body).status == 200
    assert job.ask("GET", f"{FILES}/presigned/{path}").status == 200


@pytest.mark.parametrize(
    "path",
    [
        f"7/{OTHER}/artifacts/model.pkl",
        f"workspaces/{SLUG}/7/{OTHER}/artifacts/model.pkl",
        f"7/{OTHER}/artifacts/{MINE}/artifacts/model.pkl",
        f"{MINE}/7/artifacts/model.pkl",
        f"7/{MINE}",
        f"7/{MINE}/model.pkl",
        f"7/{MINE.upper()}/artifacts/model.pkl",
        f"models/{MINE}/artifacts/model.pkl",
        f"7/models/m-1/artifacts/{MINE}/artifacts",
        f"7/traces/{MINE}/artifacts/x",
        "7",
        "workspaces",
        f"workspaces/{SLUG}",
        f"workspaces/{SLUG}/{MINE}/artifacts/x",
    ],
)
def test_files_of_others_are_refused_in_every_family(
    door: NarrowDoor, job: Person, path: str
) -> None:
    body = {"path": "model.pkl", "num_parts": 2, "upload_id": "u", "parts": []}
    replies = [
        job.ask("GET", f"{FILES}/artifacts?path={quote(path, safe='')}"),
        job.ask("GET", f"{FILES}/artifacts/{path}"),
        job.ask("PUT", f"{FILES}/artifacts/{path}", raw=b"x"),
        job.ask("GET", f"{FILES}/presigned/{path}"),
        *(job.ask("POST", f"{FILES}/mpu/{step}/{path}", body) for step in ("create", "complete")),
        job.ask("POST", f"{FILES}/mpu/abort/{path}", body),
        job.ask("DELETE", f"{FILES}/artifacts/7/{MINE}/artifacts/model.pkl"),
        job.ask("GET", f"{FILES}/artifacts"),
    ]
    assert all(refused(reply, door) for reply in replies)


def test_files_by_the_runs_name_are_of_its_run(door: NarrowDoor, job: Person) -> None:
    here = f"/projects/{SLUG}"
    upload = f"{here}/ajax-api/2.0/mlflow/upload-artifact"
    for query in (
        f"run_uuid={OTHER}&path=a",
        f"run_id={MINE}&run_uuid={OTHER}&path=a",
        "path=a",
    ):
        assert refused(job.ask("POST", f"{upload}?{query}", raw=b"x"), door), query
        assert refused(job.ask("GET", f"{here}/get-artifact?{query}"), door), query
    twice = f"run_uuid={OTHER}&run_uuid={MINE}&path=a"
    assert refused(job.ask("POST", f"{upload}?{twice}", raw=b"x"), door)
    assert job.ask("POST", f"{upload}?run_uuid={MINE}&path=a", raw=b"x").status == 200
    assert job.ask("GET", f"{here}/get-artifact?run_uuid={MINE}&path=a").status == 200


def test_the_rest_for_people_is_closed_to_it(job: Person) -> None:
    for path in ("/me", "/projects", f"/projects/{SLUG}", "/experiments", "/runs", "/tokens"):
        reply = job.studio("GET", path)
        assert (reply.status, reply.json["reason"]) == (403, "token_of_one_run"), path
    assert (
        job.studio("GET", "/me").json["message"].startswith(f"This token is for the run '{MINE}'")
    )


def test_a_refusal_comes_before_the_body_is_read(door: NarrowDoor, job: Person) -> None:
    huge = b"x" * (2 * 1024 * 1024)
    assert refused(job.ask("POST", f"{API}/runs/create", raw=huge), door)


def test_a_run_that_is_not_there_gets_no_token(door: NarrowDoor, job: Person) -> None:  # noqa: ARG001
    door.upstream.by_path["/api/2.0/mlflow/runs/get?run_id=gone"] = Said(
        status=404, body=b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}'
    )
    wanted = {"name": "job", "project": SLUG, "run_id": "gone"}
    reply = door.alice.studio("POST", "/tokens", wanted)
    assert (reply.status, reply.json["reason"]) == (404, "no_such_run")
    door.upstream.by_path["/api/2.0/mlflow/runs/get?run_id=gone"] = Said(status=500)
    assert door.alice.studio("POST", "/tokens", wanted).status == 502


def test_a_row_that_names_a_run_says_where_and_each_way_is_used() -> None:
    assert set(RUNS) == set(RunAt)
    assert {rule.run for rule in RULES} == {None, *RunAt}


def test_what_writes_onto_a_model_besides_is_marked() -> None:
    marked = {rule.operation for rule in RULES if any(ref.written for ref in rule.names)}
    assert marked == {
        "POST /api/2.0/mlflow/runs/log-metric",
        "POST /api/2.0/mlflow/runs/log-batch",
    }
    assert all(ref.thing is Thing.MODEL for rule in RULES for ref in rule.names if ref.written)
