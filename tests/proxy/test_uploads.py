"""Uploads in parts, presigned addresses and MLflow's own upload form keep to the project."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Stack
from content import TEXT, Content, artifact, done
from people import Person, Reply
from recording import API, SLUG, NarrowProxy

PARTS = {"path": "/home/alice/model.bin", "num_parts": 2}
ENDED = {"path": "model.bin", "upload_id": "u", "parts": [{"part_number": 1, "etag": "x"}]}
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("create", PARTS),
    ("complete", ENDED),
    ("abort", {"path": "model.bin", "upload_id": "u"}),
]


def mpu(person: Person, slug: str, step: str, folder: str, body: dict[str, Any]) -> Reply:
    """One step of an upload in parts."""
    path = f"/projects/{slug}/api/2.0/mlflow-artifacts/mpu/{step}/{folder}"
    return person.ask("POST", path, body)


def presigned(person: Person, slug: str, path: str) -> Reply:
    """The presigned address of a file."""
    return person.ask("GET", f"/projects/{slug}/api/2.0/mlflow-artifacts/presigned/{path}")


def upload(person: Person, slug: str, query: str, content: bytes = b"new") -> Reply:
    """What MLflow's own interface sends to upload a file."""
    path = f"/projects/{slug}/ajax-api/2.0/mlflow/upload-artifact?{query}"
    return person.ask("POST", path, raw=content)


@pytest.mark.parametrize(("step", "body"), STEPS)
def test_a_store_without_parts_says_so_in_mlflows_shape(
    alice: Person, filled: Content, step: str, body: dict[str, Any]
) -> None:
    reply = mpu(alice, filled.slug, step, filled.artifacts, body)
    assert (reply.status, reply.json["error_code"]) == (501, "NOT_IMPLEMENTED")


def test_a_store_without_presigned_addresses_says_so(alice: Person, filled: Content) -> None:
    reply = presigned(alice, filled.slug, f"{filled.artifacts}/notes/plan.txt")
    assert (reply.status, reply.json["error_code"]) == (501, "NOT_IMPLEMENTED")


@pytest.mark.parametrize(("step", "body"), STEPS)
def test_uploading_in_parts_needs_log_and_the_own_project(
    stack: Stack, erin: Person, filled: Content, own: Content, step: str, body: dict[str, Any]
) -> None:
    carol = mpu(stack.person("carol"), filled.slug, step, filled.artifacts, body)
    assert (carol.status, carol.json["reason"]) == (403, "role_too_low")
    stranger = mpu(erin, filled.slug, step, filled.artifacts, body)
    assert (stranger.status, stranger.json["reason"]) == (404, "no_such_project")
    across = mpu(erin, own.slug, step, filled.artifacts, body)
    assert (across.status, across.json["reason"]) == (400, "foreign_reference")


@pytest.mark.parametrize("path", ["..", "a/..", ".", "", "folder/", "a\\b", "%2e%2e", "C:\\model"])
@pytest.mark.parametrize(("step", "body"), STEPS)
def test_the_name_in_the_body_of_an_upload_is_plain(
    alice: Person, filled: Content, step: str, body: dict[str, Any], path: str
) -> None:
    reply = mpu(alice, filled.slug, step, filled.artifacts, {**body, "path": path})
    assert (reply.status, reply.json["reason"]) == (400, "path")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        *((number, "invalid") for number in (0, -1, 10_001, "99999999", "2e3")),
        *((number, "unreadable_field") for number in (1.5, True, [2])),
    ],
)
def test_an_upload_has_at_most_ten_thousand_parts(
    alice: Person, filled: Content, parts: object, reason: str
) -> None:
    for name in ("num_parts", "numParts"):
        body = {"path": "x", name: parts}
        reply = mpu(alice, filled.slug, "create", filled.artifacts, body)
        assert (reply.status, reply.json["reason"]) == (400, reason)


def test_the_body_of_an_upload_in_parts_is_no_artifact(proxy: NarrowProxy) -> None:
    path = f"/projects/{SLUG}/api/2.0/mlflow-artifacts/mpu/create/1/r/artifacts"
    large = {"path": "x", "num_parts": 1, "padding": "x" * 1_500_000}
    reply = proxy.alice.ask("POST", path, large)
    assert (reply.status, reply.json["reason"]) == (413, "too_large")
    assert proxy.upstream.seen == []


def test_a_presigned_address_is_for_members_and_the_own_project(
    erin: Person, mallory: Person, filled: Content, own: Content
) -> None:
    path = f"{filled.artifacts}/notes/plan.txt"
    assert presigned(mallory, filled.slug, path).status == 404
    across = presigned(erin, own.slug, path)
    assert (across.status, across.json["reason"]) == (400, "foreign_reference")
    for odd in ("%2e%2e/x", "a/../../x", "workspaces", f"./{path}"):
        assert presigned(erin, own.slug, odd).status in (400, 501)


@pytest.mark.parametrize("what", ["upload", "download"])
def test_a_presigned_address_of_a_run_or_model_of_another_project_is_not_given(
    alice: Person, erin: Person, carol: Person, filled: Content, own: Content, what: str
) -> None:
    target = f"artifacts/presigned-{what}-url"
    fields = [{"run_id": filled.run}, {"model_id": filled.model}][: 2 if what == "upload" else 1]
    for named in fields:
        body = {**named, "path": "a.txt"}
        assert erin.mlflow(own.slug, "POST", target, body).status == 404
        assert erin.mlflow(filled.slug, "POST", target, body).status == 404
        owner = alice.mlflow(filled.slug, "POST", target, body)
        assert (owner.status, owner.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert "proxied" in owner.json["message"], "MLflow's own sentence"
    viewer = carol.mlflow(filled.slug, "POST", target, {"run_id": filled.run, "path": "a.txt"})
    assert viewer.status == (403 if what == "upload" else 400)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"path": "../x"}, "path"),
        ({"path": "a\\b"}, "path"),
        ({"path": ""}, "path"),
        ({"path": "x", "expiration": 3601}, "invalid"),
        ({"path": "x", "expiration": -1}, "invalid"),
        ({"path": "x", "expiration": "604800"}, "invalid"),
    ],
)
@pytest.mark.parametrize("what", ["upload", "download"])
def test_a_presigned_address_has_a_plain_path_and_a_short_life(
    alice: Person, filled: Content, what: str, fields: dict[str, Any], reason: str
) -> None:
    body = {"run_id": filled.run, **fields}
    reply = alice.mlflow(filled.slug, "POST", f"artifacts/presigned-{what}-url", body)
    assert (reply.status, reply.json["reason"]) == (400, reason)


def test_the_upload_form_stores_a_file_as_it_is(bob: Person, filled: Content) -> None:
    content = b"{not json \0\xff"
    assert upload(bob, filled.slug, f"run_uuid={filled.run}&path=form/a.bin", content).status == 200
    read = bob.ask("GET", artifact(filled.slug, f"{filled.artifacts}/form/a.bin"))
    assert (read.status, read.body) == (200, content)


def test_the_upload_form_refuses_viewers_strangers_foreign_runs_and_odd_paths(
    alice: Person, carol: Person, erin: Person, filled: Content, own: Content
) -> None:
    plan = f"run_uuid={filled.run}&path=notes/plan.txt"
    assert upload(carol, filled.slug, plan).status == 403
    assert upload(erin, filled.slug, plan).status == 404
    assert upload(erin, own.slug, plan).status == 404
    for odd in ("../x", "/x", "a//b", "a%255cb", "x&path=notes/plan.txt"):
        reply = upload(alice, filled.slug, f"run_uuid={filled.run}&path={odd}")
        assert reply.status == 400, odd
    read = alice.ask("GET", artifact(filled.slug, f"{filled.artifacts}/notes/plan.txt"))
    assert (read.status, read.body) == (200, TEXT)


def test_the_upload_form_stops_at_ten_megabytes(alice: Person, filled: Content) -> None:
    query = f"run_uuid={filled.run}&path=form/large.bin"
    reply = upload(alice, filled.slug, query, b"x" * (10 * 1024 * 1024 + 1))
    assert (reply.status, reply.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert done(alice.mlflow(filled.slug, "GET", f"artifacts/list?run_id={filled.run}&path=form"))


@pytest.mark.parametrize(("method", "path"), [("POST", "runs/search"), ("PUT", "artifact")])
def test_an_empty_body_has_one_length(proxy: NarrowProxy, method: str, path: str) -> None:
    # MLflow's server refuses a request whose length stands twice, even if both say the same.
    target = f"{API}/{path}" if path != "artifact" else artifact(SLUG, "1/r/artifacts/empty")
    assert proxy.speak(method, target, "Content-Length: 0").status == 200
    assert proxy.upstream.last().headers.get_all("Content-Length") == ["0"]


def test_an_empty_file_is_kept(alice: Person, filled: Content) -> None:
    path = artifact(filled.slug, f"{filled.artifacts}/empty.txt")
    assert alice.ask("PUT", path, raw=b"", headers={"Content-Length": "0"}).status == 200
    there = alice.ask("GET", path)
    assert (there.status, there.body) == (200, b"")
