"""The steps of one request, seen from outside: ids, the audit trail, streams, and MLflow's port."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from conftest import Stack
from content import FILE, Content, artifact, metrics
from people import Person, basic
from processes import SECRET

MIB = 1024 * 1024
SIZE = 100 * MIB
GROWTH = 64 * MIB


def events(alice: Person, slug: str, request_id: str) -> list[dict[str, Any]]:
    """The audit events of one request; they are written within a second."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        path = f"/audit?project={slug}&request_id={request_id}"
        if found := alice.studio("GET", path).json["events"]:
            return list(found)
        time.sleep(0.1)
    return []


def test_a_change_is_in_the_audit_trail(alice: Person, bob: Person, filled: Content) -> None:
    body = {"run_id": filled.run, "key": "audited", "value": "yes"}
    said = {"X-Request-ID": "change-1"}
    reply = bob.mlflow(filled.slug, "POST", "runs/set-tag", body, headers=said)
    assert (reply.status, reply.headers["x-request-id"]) == (200, "change-1")
    [event] = events(alice, filled.slug, "change-1")
    assert (event["user"], event["outcome"], event["action"]) == ("bob", "allowed", "log")
    assert event["operation"] == "POST /api/2.0/mlflow/runs/set-tag"


def test_a_change_that_mlflow_refuses_is_in_the_audit_trail_as_failed(
    alice: Person, bob: Person, filled: Content
) -> None:
    said = {"X-Request-ID": "change-2"}
    body = {"run_id": "0" * 32, "key": "a", "value": "b"}
    assert bob.mlflow(filled.slug, "POST", "runs/set-tag", body, headers=said).status == 404
    assert [event["outcome"] for event in events(alice, filled.slug, "change-2")] == ["failed"]


def test_a_refusal_is_in_the_audit_trail(alice: Person, carol: Person, filled: Content) -> None:
    said = {"X-Request-ID": "denial-1"}
    body = {"run_id": filled.run, "key": "a", "value": "b"}
    assert carol.mlflow(filled.slug, "POST", "runs/set-tag", body, headers=said).status == 403
    [event] = events(alice, filled.slug, "denial-1")
    assert (event["user"], event["outcome"]) == ("carol", "denied")
    assert event["reason"] == "role_too_low"


def test_reading_is_not_in_the_audit_trail(alice: Person, filled: Content) -> None:
    for said, method, path in (("read-1", "GET", "get"), ("write-1", "POST", "set-tag")):
        body = {"run_id": filled.run, "key": "a", "value": "b"} if method == "POST" else None
        query = "" if body else f"?run_id={filled.run}"
        headers = {"X-Request-ID": said}
        alice.mlflow(filled.slug, method, f"runs/{path}{query}", body, headers=headers)
    assert len(events(alice, filled.slug, "write-1")) == 1
    asked = f"/audit?project={filled.slug}&request_id=read-1"
    assert alice.studio("GET", asked).json["events"] == []


@pytest.mark.parametrize(
    "credential",
    ["", "Bearer", "Bearer x", "Basic x", "Digest a", basic("alice", "wrong"), "x" * 99],
)
def test_nobody_in_particular_gets_nothing(stack: Stack, filled: Content, credential: str) -> None:
    nobody = Person("nobody", stack.uac.url, credential)
    reply = nobody.mlflow(filled.slug, "GET", f"runs/get?run_id={filled.run}")
    assert (reply.status, reply.json["reason"]) == (401, "wrong_credentials")


def test_what_a_client_asks_first_is_answered_to_members_and_strangers_alike(
    alice: Person, mallory: Person
) -> None:
    for path in ("/api/3.0/mlflow/server-info", "/version"):
        assert alice.ask("GET", path).body == mallory.ask("GET", path).body
        assert alice.ask("GET", path).status == 200


ADDRESSES = [
    ("GET", "/"),
    ("GET", "/version"),
    ("GET", "/api/2.0/mlflow/runs/get?run_id={run}"),
    ("GET", "/ajax-api/2.0/mlflow/runs/get?run_id={run}"),
    ("POST", "/api/2.0/mlflow/experiments/search"),
    ("GET", "/api/3.0/mlflow/workspaces"),
    ("GET", "/api/3.0/mlflow/server-info"),
    ("GET", "/api/2.0/mlflow-artifacts/artifacts/{artifacts}/{file}"),
    ("PUT", "/api/2.0/mlflow-artifacts/artifacts/{artifacts}/{file}"),
    ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/{artifacts}/{file}"),
    ("GET", "/get-artifact?run_id={run}&path={file}"),
    ("POST", "/graphql"),
    ("POST", "/v1/traces"),
    ("GET", "/static-files/index.html"),
    ("GET", "/health/../version"),
    ("GET", "//version"),
    ("POST", "/health"),
]


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
@pytest.mark.parametrize("kind", ["nothing", "a wrong secret", "alice's session", "two secrets"])
def test_mlflows_own_port_answers_nobody_without_the_secret(
    stack: Stack, filled: Content, method: str, address: str, kind: str
) -> None:
    sent: list[tuple[str, str]] = [("X-MLFLOW-WORKSPACE", filled.slug)]
    if kind == "a wrong secret":
        sent.append(("X-MLStudio-Upstream", SECRET[:-1]))
    if kind == "alice's session":
        sent.append(("Authorization", stack.person("alice").credential))
    if kind == "two secrets":
        sent += [("X-MLStudio-Upstream", SECRET), ("X-MLStudio-Upstream", "another")]
    headers = urllib3.HTTPHeaderDict()
    for name, value in sent:
        headers.add(name, value)
    path = address.format(run=filled.run, artifacts=filled.artifacts, file=FILE)
    pool = urllib3.connectionpool.connection_from_url(stack.mlflow.url, retries=False)
    reply = pool.urlopen(method, path, headers=headers)
    assert reply.status == 401
    assert filled.experiment_name.encode() not in reply.data
    pool.close()


def test_after_all_that_the_file_is_still_there(alice: Person, filled: Content) -> None:
    assert alice.ask("GET", artifact(filled.slug, f"{filled.artifacts}/{FILE}")).status == 200


def test_many_refused_uploads_on_one_connection_never_make_it_wait(
    carol: Person, filled: Content
) -> None:
    path = artifact(filled.slug, f"{filled.artifacts}/refused.txt")
    began = time.monotonic()
    for _ in range(600):
        assert carol.ask("PUT", path, raw=b"refused").status == 403
    assert time.monotonic() - began < 50


@pytest.mark.parametrize("closing", [False, True])
def test_a_refused_large_upload_reads_why(carol: Person, filled: Content, closing: bool) -> None:
    path = artifact(filled.slug, f"{filled.artifacts}/refused.bin")
    headers = {"Connection": "close"} if closing else {}
    for _ in range(3):
        reply = carol.ask("PUT", path, raw=b"x" * (40 * MIB), headers=headers)
        assert (reply.status, reply.json["reason"]) == (403, "role_too_low")


def resident(stack: Stack) -> int:
    """The resident memory of uac_api's worker in bytes."""
    assert stack.uac.process is not None
    parent = stack.uac.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    [worker] = children
    pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
    return pages * 4096


def pieces() -> Iterator[bytes]:
    for number in range(SIZE // MIB):
        yield bytes([number % 251]) * MIB


def test_a_large_artifact_streams_both_ways_without_being_held(
    stack: Stack, alice: Person, filled: Content
) -> None:
    path = artifact(filled.slug, f"{filled.artifacts}/large.bin")
    headers = {"Authorization": alice.credential}
    pool = urllib3.connectionpool.connection_from_url(stack.uac.url, retries=False)
    before = resident(stack)
    sent = hashlib.sha256()
    most = before

    def watched() -> Iterator[bytes]:
        nonlocal most
        for piece in pieces():
            sent.update(piece)
            most = max(most, resident(stack))
            yield piece

    length = {"Content-Length": str(SIZE)}
    assert pool.urlopen("PUT", path, body=watched(), headers=headers | length).status == 200
    got = hashlib.sha256()
    reply = pool.urlopen("GET", path, headers=headers, preload_content=False)
    assert reply.status == 200
    for piece in reply.stream(MIB):
        got.update(piece)
        most = max(most, resident(stack))
    reply.release_conn()
    pool.close()
    assert got.digest() == sent.digest()
    assert most - before < GROWTH


def test_an_upload_that_breaks_off_leaves_no_file(alice: Person, filled: Content) -> None:
    path = artifact(filled.slug, f"{filled.artifacts}/half.bin")
    pool = urllib3.connectionpool.connection_from_url(alice.address, retries=False)

    def half() -> Iterator[bytes]:
        yield b"x" * MIB
        raise RuntimeError("the script was stopped")

    headers = {"Authorization": alice.credential, "Content-Length": str(2 * MIB)}
    with pytest.raises(RuntimeError):
        pool.urlopen("PUT", path, body=half(), headers=headers)
    pool.close()
    time.sleep(0.5)
    assert alice.ask("GET", path).status != 200


def test_one_request_changes_nothing_for_the_next_on_the_same_connection(
    alice: Person, carol: Person, filled: Content
) -> None:
    # Both use one pool: what carol may not do must not be done for her after alice.
    metric = {"run_id": filled.run, "value": 1.0, "timestamp": 1}
    for number in range(10):
        path = "runs/log-metric"
        mine, hers = {**metric, "key": f"a{number}"}, {**metric, "key": f"c{number}"}
        assert alice.mlflow(filled.slug, "POST", path, mine).status == 200
        assert carol.mlflow(filled.slug, "POST", path, hers).status == 403
    assert not any(key.startswith("c") for key in metrics(alice, filled.slug, filled.run))


@pytest.mark.parametrize("depth", [100, 400, 800, 3000, 100_000])
def test_a_deeply_nested_body_is_never_a_failure_of_ours(
    alice: Person, filled: Content, depth: int
) -> None:
    nested = "[" * depth + '"0"' + "]" * depth
    body = f'{{"experiment_id": "0", "tags": {nested}, "run_name": "mlflow.user"}}'.encode()
    for path in ("runs/create", "runs/log-batch", "runs/search"):
        reply = alice.mlflow(filled.slug, "POST", path, raw=body)
        assert "reason" not in reply.json or reply.status in (400, 413)
