"""A token of one run logs into that run and reads it, by no spelling into another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from people import Person, Reply
from recording import API, SLUG, NarrowProxy, Said
from uac_api.proxy.checks.one_run import RUNS
from uac_api.proxy.rules import RULES, RunAt, Thing

MINE, OTHER = "run-1", "run-2"
RUN = "/api/2.0/mlflow/runs/get?run_id="
FILES = f"/projects/{SLUG}/api/2.0/mlflow-artifacts"


def info(run: str, **more: str) -> bytes:
    """What MLflow says of a run in the experiment 7."""
    folder = f"mlflow-artifacts:/workspaces/{SLUG}/7/{run}/artifacts"
    return json.dumps({"run": {"info": {"run_id": run, "artifact_uri": folder, **more}}}).encode()


@pytest.fixture
def job(proxy: NarrowProxy) -> Iterator[Person]:
    """An untrusted program with a token of alice's for the run MINE."""
    proxy.upstream.by_path = {f"{RUN}{run}": Said(body=info(run)) for run in (MINE, OTHER)}
    made = proxy.alice.studio(
        "POST", "/tokens", {"name": "job", "project": SLUG, "run_id": MINE, "expires_in_days": 1}
    )
    assert made.status == 201, made.body
    assert made.json["actions"] == ["read", "log"]
    proxy.upstream.seen.clear()
    yield Person("alice", proxy.uac.url, f"Bearer {made.json['token']}")
    proxy.upstream.by_path = {}
    proxy.alice.studio("DELETE", f"/tokens/{made.json['id']}")


def refused(reply: Reply, proxy: NarrowProxy) -> bool:
    """Whether it was refused as no business of the token's, and nothing reached MLflow."""
    assert not proxy.upstream.seen, [one.target for one in proxy.upstream.seen]
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
def test_its_run_is_read_by_every_name(proxy: NarrowProxy, job: Person, path: str) -> None:
    assert job.mlflow(SLUG, "GET", path).status == 200
    assert job.mlflow(SLUG, "HEAD", path).status == 200
    assert len(proxy.upstream.seen) == 2


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
def test_no_spelling_reads_another_run(proxy: NarrowProxy, job: Person, path: str) -> None:
    for method in ("GET", "HEAD"):
        reply = job.mlflow(SLUG, method, path)
        assert reply.status == 403
        assert method == "HEAD" or refused(reply, proxy)
    assert not proxy.upstream.seen


@pytest.mark.parametrize(
    "path",
    [
        f"/api/2.0/mlflow/runs/get?run_id={MINE}&run_id={OTHER}",
        f"/api/2.0/mlflow/runs/get?run_id={OTHER}&run_id={MINE}",
        f"/get-artifact?run_uuid={OTHER}&run_uuid={MINE}&path=a",
    ],
)
def test_two_runs_where_one_belongs_are_no_question(
    proxy: NarrowProxy, job: Person, path: str
) -> None:
    reply = job.ask("GET", f"/projects/{SLUG}{path}")
    assert (reply.status, reply.json["reason"]) == (400, "field_twice")
    assert not proxy.upstream.seen


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
    proxy: NarrowProxy, job: Person, path: str, body: dict[str, Any], names: dict[str, Any]
) -> None:
    assert refused(job.mlflow(SLUG, "POST", path, {**body, **names}), proxy)
    # The name in the address is none for MLflow, which reads the body of a POST.
    assert refused(job.mlflow(SLUG, "POST", f"{path}?run_id={MINE}", {**body, **names}), proxy)
    assert job.mlflow(SLUG, "POST", path, {**body, "run_id": MINE}).status == 200
    # Some rows know the older name, and MLflow would pass over it in the others.
    older = job.mlflow(SLUG, "POST", path, {**body, "run_uuid": MINE})
    assert older.status == 200 or older.json["reason"] == "unknown_field"


def test_an_escaped_name_hides_no_run(proxy: NarrowProxy, job: Person) -> None:
    raw = b'{"r\\u0075n_id": "%s", "key": "k", "value": 1, "timestamp": 1}'
    headers = {"Content-Type": "application/json"}
    path = f"{API}/runs/log-metric"
    assert refused(job.ask("POST", path, raw=raw % OTHER.encode(), headers=headers), proxy)
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
    proxy: NarrowProxy, job: Person, path: str, body: dict[str, Any]
) -> None:
    assert refused(job.mlflow(SLUG, "POST", path, {"run_id": MINE, **body}), proxy)


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
    proxy: NarrowProxy, job: Person, path: str
) -> None:
    begun = {"path": "model.pkl", "num_parts": 2}
    ended = {"path": "model.pkl", "upload_id": "u", "parts": []}
    replies = [
        job.ask("GET", f"{FILES}/artifacts?path={quote(path, safe='')}"),
        job.ask("GET", f"{FILES}/artifacts/{path}"),
        job.ask("PUT", f"{FILES}/artifacts/{path}", raw=b"x"),
        job.ask("GET", f"{FILES}/presigned/{path}"),
        job.ask("POST", f"{FILES}/mpu/create/{path}", begun),
        job.ask("POST", f"{FILES}/mpu/complete/{path}", ended),
        job.ask("POST", f"{FILES}/mpu/abort/{path}", {"path": "model.pkl", "upload_id": "u"}),
        job.ask("DELETE", f"{FILES}/artifacts/7/{MINE}/artifacts/model.pkl"),
        job.ask("GET", f"{FILES}/artifacts"),
    ]
    assert all(refused(reply, proxy) for reply in replies)


@pytest.mark.parametrize(
    "path",
    [
        f"8/{MINE}/artifacts/model.pkl",
        f"07/{MINE}/artifacts/model.pkl",
        f"999/{MINE}/artifacts",
        f"workspaces/{SLUG}/8/{MINE}/artifacts/model.pkl",
    ],
)
def test_a_folder_that_is_called_like_its_run_is_none_of_its_own(
    proxy: NarrowProxy, job: Person, path: str
) -> None:
    begun = {"path": "model.pkl", "num_parts": 2}
    ended = {"path": "model.pkl", "upload_id": "u", "parts": []}
    replies = [
        job.ask("PUT", f"{FILES}/artifacts/{path}", raw=b"x"),
        job.ask("GET", f"{FILES}/artifacts/{path}"),
        job.ask("GET", f"{FILES}/artifacts?path={quote(path, safe='')}"),
        job.ask("GET", f"{FILES}/presigned/{path}"),
        job.ask("POST", f"{FILES}/mpu/create/{path}", begun),
        job.ask("POST", f"{FILES}/mpu/complete/{path}", ended),
    ]
    assert [(one.status, one.json["reason"]) for one in replies] == [(403, "token_of_one_run")] * 6
    # MLflow was asked where the run is, if at all, and nothing else.
    assert {one.target for one in proxy.upstream.seen} <= {f"{RUN}{MINE}"}


def test_where_its_run_is_is_asked_once(proxy: NarrowProxy, job: Person) -> None:
    for _ in range(3):
        assert job.ask("PUT", f"{FILES}/artifacts/7/{MINE}/artifacts/a", raw=b"x").status == 200
    assert [one.target for one in proxy.upstream.seen].count(f"{RUN}{MINE}") <= 2


@pytest.mark.parametrize(
    "said",
    [
        Said(status=404, body=b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}'),
        Said(body=b"{}"),
        Said(body=info(OTHER, artifact_uri="s3://bucket/7/run-2/artifacts")),
    ],
    ids=["gone", "said nothing", "elsewhere"],
)
def test_a_run_whose_folder_mlflow_does_not_name_has_no_files(
    proxy: NarrowProxy, job: Person, said: Said
) -> None:
    proxy.upstream.by_path[f"{RUN}{OTHER}"] = Said(body=info(OTHER))
    made = proxy.alice.studio("POST", "/tokens", {"name": "x", "project": SLUG, "run_id": OTHER})
    other = Person("alice", job.address, f"Bearer {made.json['token']}")
    proxy.upstream.by_path[f"{RUN}{OTHER}"] = said
    reply = other.ask("PUT", f"{FILES}/artifacts/7/{OTHER}/artifacts/a", raw=b"x")
    assert (reply.status, reply.json["reason"]) == (403, "token_of_one_run")


def test_files_by_the_runs_name_are_of_its_run(proxy: NarrowProxy, job: Person) -> None:
    here = f"/projects/{SLUG}"
    upload = f"{here}/ajax-api/2.0/mlflow/upload-artifact"
    for query in (
        f"run_uuid={OTHER}&path=a",
        f"run_id={MINE}&run_uuid={OTHER}&path=a",
        "path=a",
    ):
        assert refused(job.ask("POST", f"{upload}?{query}", raw=b"x"), proxy), query
        assert refused(job.ask("GET", f"{here}/get-artifact?{query}"), proxy), query
    twice = f"run_uuid={OTHER}&run_uuid={MINE}&path=a"
    assert refused(job.ask("POST", f"{upload}?{twice}", raw=b"x"), proxy)
    assert job.ask("POST", f"{upload}?run_uuid={MINE}&path=a", raw=b"x").status == 200
    assert job.ask("GET", f"{here}/get-artifact?run_uuid={MINE}&path=a").status == 200


def test_the_rest_for_people_is_closed_to_it(job: Person) -> None:
    for path in ("/me", "/projects", f"/projects/{SLUG}", "/experiments", "/runs", "/tokens"):
        reply = job.studio("GET", path)
        assert (reply.status, reply.json["reason"]) == (403, "token_of_one_run"), path
    assert (
        job.studio("GET", "/me").json["message"].startswith(f"This token is for the run '{MINE}'")
    )


def test_a_refusal_comes_before_the_body_is_read(proxy: NarrowProxy, job: Person) -> None:
    huge = b"x" * (2 * 1024 * 1024)
    assert refused(job.ask("POST", f"{API}/runs/create", raw=huge), proxy)


def test_a_run_that_is_not_there_gets_no_token(proxy: NarrowProxy, job: Person) -> None:  # noqa: ARG001
    proxy.upstream.by_path["/api/2.0/mlflow/runs/get?run_id=gone"] = Said(
        status=404, body=b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}'
    )
    wanted = {"name": "job", "project": SLUG, "run_id": "gone"}
    reply = proxy.alice.studio("POST", "/tokens", wanted)
    assert (reply.status, reply.json["reason"]) == (404, "no_such_run")
    proxy.upstream.by_path["/api/2.0/mlflow/runs/get?run_id=gone"] = Said(status=500)
    assert proxy.alice.studio("POST", "/tokens", wanted).status == 502


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
