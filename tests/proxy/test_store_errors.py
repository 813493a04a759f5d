"""What MLflow says of an artifact store that fails becomes one clear answer."""

from __future__ import annotations

import json
import time

import pytest

from people import Person, Reply
from recording import API, SLUG, NarrowProxy, Said

ROOT = f"/projects/{SLUG}/api/2.0/mlflow-artifacts/artifacts/workspaces/{SLUG}/1/r/artifacts"
FILE = f"{ROOT}/a.txt"
RUN = "/api/2.0/mlflow/runs/get?run_id="
PATIENCE = 10.0
JSON = {"Content-Type": "application/json"}
BARE = Said(500, {"Content-Type": "text/plain; charset=utf-8"}, b"Internal Server Error")
HEAD = "File x #####\\nAn error occurred (404) when calling the HeadObject operation: Not Found"


def said(status: int, code: str, message: str) -> Said:
    """An error of MLflow's."""
    return Said(status, JSON, json.dumps({"error_code": code, "message": message}).encode())


def ask(person: Person, method: str) -> Reply:
    return person.ask(method, FILE, raw=b"x" if method == "PUT" else None)


@pytest.mark.parametrize(
    "answer",
    [
        BARE,
        Said(500, {"Content-Type": "text/html"}, b"<!doctype html><title>500</title>"),
        said(500, "INTERNAL_ERROR", "Failures while downloading from s3://estate/ml: timed out"),
        said(401, "UNAUTHENTICATED", "Failed to list artifacts in s3://estate/ml: no such key id"),
        said(403, "PERMISSION_DENIED", "Failed to list artifacts in s3://estate/ml: denied"),
        said(404, "RESOURCE_DOES_NOT_EXIST", "Failed to list in s3://estate/ml: no bucket"),
        said(400, "BAD_REQUEST", "gs://estate/ml: billing is off"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_store_that_fails_is_503_and_is_named(
    proxy: NarrowProxy, answer: Said, method: str
) -> None:
    # MLflow knows the run all the same.
    proxy.upstream.by_path[f"{RUN}r"] = Said(body=b'{"run": {"info": {"run_id": "r"}}}')
    proxy.upstream.said = answer
    reply = ask(proxy.alice, method)
    assert (reply.status, reply.json["reason"]) == (503, "artifact_store_unavailable")
    assert "artifact store" in reply.json["message"]
    assert reply.headers["retry-after"] == "2"
    assert b"estate" not in reply.body


def test_a_file_that_is_not_there_is_404(proxy: NarrowProxy) -> None:
    proxy.upstream.said = said(500, "INTERNAL_ERROR", f"Failures from s3://estate/ml: {HEAD}")
    reply = ask(proxy.alice, "GET")
    assert (reply.status, reply.json["reason"]) == (404, "not_found")
    assert b"estate" not in reply.body


@pytest.mark.parametrize("status", [400, 404, 501])
def test_what_is_no_failure_of_the_store_comes_back_as_it_is(
    proxy: NarrowProxy, status: int
) -> None:
    proxy.upstream.said = answer = said(status, "RESOURCE_DOES_NOT_EXIST", "No such artifact: 'a'")
    reply = ask(proxy.alice, "GET")
    assert reply.status == status
    assert json.loads(answer.body).items() <= reply.json.items()


def test_a_source_that_mlflow_cannot_open_is_no_failure_of_the_store(proxy: NarrowProxy) -> None:
    # Word for word what MLflow 3.17.2 said of a version with the source runs:/<id>/model.
    message = (
        "When an mlflow-artifacts URI was supplied, the tracking URI must be a valid http or https "
        "URI, but it was currently set to sqlite://srv/data/mlflow.db. Perhaps you forgot to ..."
    )
    proxy.upstream.said = said(500, "INTERNAL_ERROR", message)
    path = f"/projects/{SLUG}/model-versions/get-artifact?name=m&version=1&path=MLmodel"
    reply = proxy.alice.ask("GET", path)
    assert (reply.status, reply.json["reason"]) == (400, "unreadable_source")
    assert (b"sqlite" in reply.body, "at the run" in reply.json["message"]) == (False, True)


def test_a_failure_elsewhere_is_not_laid_to_the_store(proxy: NarrowProxy) -> None:
    proxy.upstream.said = failed = said(500, "INTERNAL_ERROR", "The source s3://estate is odd.")
    reply = proxy.alice.ask("GET", f"{API}/runs/get?run_id=a")
    assert reply.status == 500
    assert json.loads(failed.body).items() <= reply.json.items()


def test_a_connection_on_which_mlflow_failed_is_closed(proxy: NarrowProxy) -> None:
    # uvicorn closes it as well, and has not said so: the next write on it would be 502.
    before = proxy.upstream.open_connections
    proxy.upstream.said = BARE
    assert ask(proxy.alice, "GET").status == 503
    until = time.monotonic() + PATIENCE
    while proxy.upstream.open_connections > max(0, before - 1) and time.monotonic() < until:
        time.sleep(0.01)
    assert proxy.upstream.open_connections <= max(0, before - 1)


def test_an_mlflow_that_fails_to_name_a_run_is_not_taken_for_one_that_has_none(
    proxy: NarrowProxy,
) -> None:
    proxy.upstream.by_path[f"{RUN}never-asked"] = BARE
    other = FILE.replace("/1/r/", "/1/never-asked/")
    reply = proxy.alice.ask("PUT", other, raw=b"x")
    assert (reply.status, reply.json["reason"]) == (502, "mlflow_bad_answer")
    proxy.upstream.by_path[f"{RUN}never-asked"] = said(404, "RESOURCE_DOES_NOT_EXIST", "No run.")
    reply = proxy.alice.ask("PUT", other, raw=b"x")
    assert (reply.status, reply.json["reason"]) == (400, "foreign_reference")
