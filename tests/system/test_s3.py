"""Artifacts on S3: the same proxy, the same projects, and a clear answer when S3 is away."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from typer.testing import CliRunner

from conftest import Stack, stack_on
from content import artifact, done, new_experiment, new_run
from people import Person
from processes import SECRET, Program, mlflow_program
from s3 import ACCESS_KEY, BUCKET, S3
from system.conftest import Running
from uac_api.cli import app

PREFIX = "ml/artifacts"
LARGE = secrets.token_bytes(24 * 1024 * 1024 + 7)
KEY = "8QyVtT1nqg3kXw0RZpUe5LhJmAs7Fb2c"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    """The S3 of these tests."""
    made = S3()
    made.start()
    made.forget()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def mlflow(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """MLflow with its artifacts on S3, the keys in files."""
    folder = tmp_path_factory.mktemp("mlflow-on-s3")
    program = mlflow_program(folder)
    program.environment |= s3.settings(folder)
    program.environment["MLFLOW_ARTIFACTS_DESTINATION"] = f"s3://{BUCKET}/{PREFIX}"
    program.start()
    yield program
    program.stop()


@pytest.fixture(scope="module")
def stack(mlflow: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack on it."""
    folder = tmp_path_factory.mktemp("uac-on-s3")
    with stack_on(f"sqlite:///{folder}/uac.db", mlflow, folder) as made:
        yield made


@pytest.fixture
def well(s3: S3) -> Iterator[S3]:
    """The S3, for a test to break; well again afterwards."""
    yield s3
    if s3.server is None:
        s3.start()
    s3.let_in()


class Files:
    """The artifacts of one run of a project, as somebody reaches them."""

    def __init__(self, alice: Person, slug: str) -> None:
        experiment = new_experiment(alice, slug)
        self.run = new_run(alice, slug, experiment)["info"]["run_id"]
        self.slug, self.root = slug, f"workspaces/{slug}/{experiment}/{self.run}/artifacts"

    def at(self, path: str) -> str:
        """The address of one."""
        return artifact(self.slug, f"{self.root}/{path}")

    def listing(self, person: Person, folder: str = "") -> Any:
        """Names and sizes in a folder."""
        path = f"artifacts/list?run_id={self.run}&path={folder}"
        files = done(person.mlflow(self.slug, "GET", path)).get("files", [])
        return {one["path"]: one.get("file_size") for one in files}


@pytest.fixture
def files(alice: Person, project: str) -> Files:
    """A run of alice's with nothing in it."""
    return Files(alice, project)


def test_a_large_file_goes_up_and_comes_down_as_it_is(
    s3: S3, files: Files, bob: Person, carol: Person
) -> None:
    assert bob.ask("PUT", files.at("weights/net.bin"), raw=LARGE).status == 200
    assert carol.ask("GET", files.at("weights/net.bin")).body == LARGE
    assert files.listing(carol, "weights") == {"weights/net.bin": len(LARGE)}
    assert f"{PREFIX}/{files.root}/weights/net.bin" in s3.held()


def test_a_viewer_changes_nothing_and_a_contributor_deletes_nothing(
    s3: S3, files: Files, alice: Person, bob: Person, carol: Person
) -> None:
    assert carol.ask("PUT", files.at("a.txt"), raw=b"x").status == 403
    for name in ("a.txt", "a.txt.old", "a/b.txt"):
        assert alice.ask("PUT", files.at(name), raw=name.encode()).status == 200
    assert bob.ask("DELETE", files.at("a.txt")).status == 403
    assert set(files.listing(alice)) == {"a", "a.txt", "a.txt.old"}
    assert alice.ask("DELETE", files.at("a.txt")).status == 200
    assert set(files.listing(alice)) == {"a", "a.txt.old"}, "its namesakes stay"
    assert f"{PREFIX}/{files.root}/a.txt" not in s3.held()


def test_a_stranger_finds_nothing_of_a_project(
    s3: S3, files: Files, alice: Person, mallory: Person
) -> None:
    assert alice.ask("PUT", files.at("plan.txt"), raw=b"of alice").status == 200
    before = s3.held()
    for method, raw in (("GET", None), ("PUT", b"x"), ("DELETE", None)):
        assert mallory.ask(method, files.at("plan.txt"), raw=raw).status == 404
    listing = f"artifacts/list?run_id={files.run}"
    assert mallory.mlflow(files.slug, "GET", listing).status == 404
    own = f"m-{files.slug}"
    made = mallory.studio("POST", "/projects", {"slug": own, "name": own})
    assert made.status == 201
    for method, raw in (("GET", None), ("PUT", b"x"), ("DELETE", None)):
        reply = mallory.ask(method, artifact(own, f"{files.root}/plan.txt"), raw=raw)
        assert reply.status in (400, 404), reply.body
        assert b"of alice" not in reply.body
    assert s3.held() == before
    assert all(key.startswith(f"{PREFIX}/workspaces/") for key in before)


def test_the_mlflow_client_logs_and_loads_models(stack: Stack, s3: S3, tmp_path: Path) -> None:
    slug = stack.new_project()
    token = stack.with_token("alice").credential.split()[1]
    settings = {"MLFLOW_TRACKING_URI": f"{stack.uac.url}/projects/{slug}"}
    script = Running(slug, "train.py", tmp_path, MLFLOW_TRACKING_TOKEN=token, **settings)
    seen = script.end().seen
    assert seen["registry"]["same predictions"]
    assert seen["registry"]["same by uri"]
    assert seen["downloaded"] == "what was done"
    mine = [key for key in s3.held() if key.startswith(f"{PREFIX}/workspaces/{slug}/")]
    assert any(key.endswith("/MLmodel") for key in mine)


def test_the_keys_come_from_files_and_a_link_needs_none(files: Files, alice: Person) -> None:
    assert alice.ask("PUT", files.at("b.bin"), raw=b"binary").status == 200
    path = files.at("b.bin").replace("/artifacts/workspaces", "/presigned/workspaces", 1)
    link = alice.ask("GET", path).json["url"]
    assert f"X-Amz-Credential={ACCESS_KEY}" in link
    assert urllib3.request("GET", link).data == b"binary"


def test_a_file_that_is_not_there_is_404_and_names_no_bucket(files: Files, carol: Person) -> None:
    reply = carol.ask("GET", files.at("nothing.txt"))
    assert (reply.status, reply.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert BUCKET.encode() not in reply.body


def test_a_folder_is_not_read_as_a_file(files: Files, alice: Person) -> None:
    assert alice.ask("PUT", files.at("folder/a.txt"), raw=b"x").status == 200
    for path in (
        files.at("folder"),
        f"/projects/{files.slug}/get-artifact?run_id={files.run}&path=folder",
    ):
        reply = alice.ask("GET", path)
        assert (reply.status, BUCKET.encode() in reply.body) == (400, False), reply.body
        assert "directory, not a file" in reply.json["message"]


def everything_fails(files: Files, alice: Person) -> None:
    """Each call for files gets the one clear answer; all else goes on."""
    replies = [
        alice.ask("PUT", files.at("new.txt"), raw=b"x"),
        alice.ask("GET", files.at("old.txt")),
        alice.ask("DELETE", files.at("old.txt")),
        alice.mlflow(files.slug, "GET", f"artifacts/list?run_id={files.run}"),
        alice.ask("GET", f"/projects/{files.slug}/get-artifact?run_id={files.run}&path=old.txt"),
    ]
    for reply in replies:
        assert (reply.status, reply.json["reason"]) == (503, "artifact_store_unavailable")
        assert "artifact store" in reply.json["message"]
        assert set(reply.json) == {"error_code", "message", "reason", "request_id"}
        assert reply.headers["retry-after"]
        assert BUCKET.encode() not in reply.body
    metric = {"run_id": files.run, "key": "loss", "value": 1, "timestamp": 1, "step": 0}
    done(alice.mlflow(files.slug, "POST", "runs/log-metric", metric))


def test_while_s3_is_down_it_is_said_and_then_all_is_well_again(
    well: S3, files: Files, alice: Person
) -> None:
    assert alice.ask("PUT", files.at("old.txt"), raw=b"old").status == 200
    well.stop()
    everything_fails(files, alice)
    well.start()
    assert alice.ask("GET", files.at("old.txt")).body == b"old"
    assert alice.ask("PUT", files.at("new.txt"), raw=b"new").status == 200
    assert set(files.listing(alice)) == {"old.txt", "new.txt"}


def test_keys_that_s3_refuses_are_no_fault_of_the_caller(
    well: S3, files: Files, alice: Person
) -> None:
    assert alice.ask("PUT", files.at("old.txt"), raw=b"old").status == 200
    well.lock_out()
    everything_fails(files, alice)
    well.let_in()
    assert alice.ask("GET", files.at("old.txt")).body == b"old"


def test_a_bucket_that_is_gone_is_not_a_file_that_is_missing(
    well: S3, files: Files, alice: Person
) -> None:
    kept = {
        key: well.client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in well.held()
    }
    for key in kept:
        well.client.delete_object(Bucket=BUCKET, Key=key)
    well.client.delete_bucket(Bucket=BUCKET)
    everything_fails(files, alice)
    well.client.create_bucket(Bucket=BUCKET)
    for key, content in kept.items():
        well.client.put_object(Bucket=BUCKET, Key=key, Body=content)
    assert alice.ask("PUT", files.at("new.txt"), raw=b"new").status == 200


def test_the_doctor_tries_the_store_and_leaves_nothing_there(
    well: S3, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DATABASE_URL", stack.uac.environment["STUDIO_DATABASE_URL"])
    monkeypatch.setenv("STUDIO_SECRET_KEY", KEY)
    monkeypatch.setenv("STUDIO_UPSTREAM_SECRET", SECRET)
    monkeypatch.setenv("STUDIO_UPSTREAM_URL", stack.mlflow.url)
    before = well.held()
    assert "artifact store" not in CliRunner().invoke(app, ["doctor"]).output
    assert well.held() == before
    well.stop()
    ill = CliRunner().invoke(app, ["doctor"])
    assert ill.exit_code == 1
    said = " ".join(ill.output.split())
    assert "The artifact store does not write a file" in said
    assert "MLFLOW_S3_ENDPOINT_URL" in said
