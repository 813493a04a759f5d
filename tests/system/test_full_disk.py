"""A disk that is full or read-only: a clear answer, nothing half written, and no hands needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from conftest import Stack, stack_on
from content import Content, artifact, fill
from disks import SmallDisk, small_disk
from people import Person, Reply
from processes import mlflow_program

LARGE = bytes(range(256)) * 16_384
MANY = 3000


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SmallDisk]]:
    """One for each that keeps something."""
    folder = tmp_path_factory.mktemp("disks")
    with ExitStack() as mounted:
        yield {
            name: mounted.enter_context(small_disk(folder / name, 48))
            for name in ("uac", "mlflow", "artifacts")
        }


@pytest.fixture(scope="module")
def stack(disks: dict[str, SmallDisk], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of which each part is on a small disk of its own."""
    # Logs are no part of it.
    folder = tmp_path_factory.mktemp("small")
    url = f"sqlite:///{disks['mlflow'].path}/mlflow.db"
    mlflow = mlflow_program(folder, database_url=url)
    mlflow.environment["MLFLOW_ARTIFACTS_DESTINATION"] = str(disks["artifacts"].path)
    mlflow.start()
    try:
        with stack_on(f"sqlite:///{disks['uac'].path}/uac.db", mlflow, folder) as made:
            yield made
    finally:
        mlflow.stop()


@pytest.fixture
def content(stack: Stack, project: str) -> Content:
    return fill(stack.person("alice"), project)


def put(person: Person, content: Content, name: str, data: bytes) -> Reply:
    return person.ask("PUT", artifact(content.slug, f"{content.artifacts}/{name}"), raw=data)


def read(person: Person, content: Content, name: str) -> Reply:
    return person.ask("GET", artifact(content.slug, f"{content.artifacts}/{name}"))


def log(person: Person, content: Content, step: int) -> Reply:
    body = {"run_id": content.run, "key": "step", "value": step, "timestamp": step, "step": step}
    return person.mlflow(content.slug, "POST", "runs/log-metric", body)


def is_clear(reply: Reply, reason: str) -> bool:
    """Whether it is a 503 in our shape that names what is wrong."""
    said = reply.json
    known = (reply.status, said["error_code"], said["reason"])
    return known == (503, "TEMPORARILY_UNAVAILABLE", reason) and bool(said["request_id"])


def files_of(disk: SmallDisk) -> set[str]:
    return {path.name for path in disk.path.rglob("*") if path.is_file()} - {"filler"}


def test_a_full_artifact_store(
    disks: dict[str, SmallDisk], content: Content, alice: Person
) -> None:
    disk = disks["artifacts"]
    assert put(alice, content, "before.bin", LARGE).status == 200
    there = files_of(disk)
    disk.fill()
    for _ in range(3):
        refused = put(alice, content, "during.bin", LARGE)
        assert is_clear(refused, "artifact_store_unavailable"), refused.body
    assert read(alice, content, "during.bin").status == 404
    assert files_of(disk) == there
    assert read(alice, content, "before.bin").body == LARGE
    assert log(alice, content, 1).status == 200
    disk.free()
    assert put(alice, content, "during.bin", LARGE).status == 200
    assert read(alice, content, "during.bin").body == LARGE


def test_a_read_only_artifact_store(
    disks: dict[str, SmallDisk], content: Content, alice: Person
) -> None:
    disk = disks["artifacts"]
    assert put(alice, content, "before.bin", LARGE).status == 200
    there = files_of(disk)
    disk.allow_writing(False)
    refused = put(alice, content, "during.bin", LARGE)
    assert is_clear(refused, "artifact_store_unavailable"), refused.body
    path = artifact(content.slug, f"{content.artifacts}/before.bin")
    assert is_clear(alice.ask("DELETE", path), "artifact_store_unavailable")
    assert read(alice, content, "before.bin").body == LARGE
    assert log(alice, content, 1).status == 200
    disk.allow_writing(True)
    assert files_of(disk) == there
    assert put(alice, content, "during.bin", LARGE).status == 200
    assert alice.ask("DELETE", path).status == 200


def test_a_full_disk_under_mlflows_database(
    disks: dict[str, SmallDisk], content: Content, alice: Person
) -> None:
    disk = disks["mlflow"]
    disk.fill()
    acknowledged = []
    for step in range(MANY):
        reply = log(alice, content, step)
        if reply.status != 200:
            break
        acknowledged.append(step)
    else:
        pytest.fail("the disk was not full")
    assert reply.status == 503
    assert "full" in reply.json["message"]
    assert alice.mlflow(content.slug, "GET", f"runs/get?run_id={content.run}").status == 200
    disk.free()
    assert log(alice, content, MANY).status == 200
    path = f"metrics/get-history?run_id={content.run}&metric_key=step&max_results=20000"
    found = alice.mlflow(content.slug, "GET", path).json["metrics"]
    assert sorted({metric["step"] for metric in found}) == [*acknowledged, MANY]


def test_a_full_disk_under_the_uac_database(
    disks: dict[str, SmallDisk], stack: Stack, content: Content, alice: Person
) -> None:
    disk = disks["uac"]
    named = [content.slug]
    disk.fill()
    for number in range(MANY):
        body = {"name": f"Fraud {number}", "description": "x" * 3000}
        reply = alice.studio("PATCH", f"/projects/{content.slug}", body)
        if reply.status != 200:
            break
        named.append(body["name"])
    else:
        pytest.fail("the disk was not full")
    assert is_clear(reply, "database_unavailable"), reply.body
    # What needs nothing written goes on.
    assert alice.studio("GET", f"/projects/{content.slug}").json["name"] == named[-1]
    assert log(alice, content, 1).status == 200
    disk.free()
    body = {"name": "Fraud, again"}
    assert alice.studio("PATCH", f"/projects/{content.slug}", body).status == 200
    stack.uac.stop()
    stack.uac.start()
    assert alice.studio("GET", f"/projects/{content.slug}").json["name"] == body["name"]
    verified = stack.person("admin").studio("GET", "/audit/verify").json
    assert verified["right"], verified
