"""An unmodified mlflow client with a token of one run logs into that run, and into no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conftest import Stack
from content import artifact, done, new_experiment, new_run
from people import Person, Reply
from system.conftest import Running, Script

SCRIPT = "log_into_run.py"


def token_for(person: Person, slug: str, run: str, **more: object) -> Reply:
    body = {"name": "job", "project": slug, "run_id": run, **more}
    return person.studio("POST", "/tokens", body)


@pytest.fixture(scope="module")
def project_and_runs(stack: Stack) -> tuple[str, str, str]:
    """A project of alice's with two runs of bob's."""
    slug, bob = stack.new_project(), stack.person("bob")
    experiment = new_experiment(bob, slug)
    one, other = (new_run(bob, slug, experiment)["info"]["run_id"] for _ in range(2))
    return slug, one, other


@pytest.fixture(scope="module")
def script(
    stack: Stack, project_and_runs: tuple[str, str, str], tmp_path_factory: pytest.TempPathFactory
) -> Script:
    """A job that was told a run, another run to try, and a token for the first."""
    slug, one, other = project_and_runs
    made = token_for(stack.person("bob"), slug, one, expires_in_days=1)
    assert made.status == 201, made.body
    return Running(
        slug,
        SCRIPT,
        tmp_path_factory.mktemp("one-run"),
        MLFLOW_TRACKING_URI=f"{stack.uac.url}/projects/{slug}",
        MLFLOW_TRACKING_TOKEN=made.json["token"],
        MLFLOW_RUN_ID=one,
        OTHER_RUN_ID=other,
    ).end()


def test_no_path_makes_a_folder_beside_that_of_the_run(
    stack: Stack, project_and_runs: tuple[str, str, str]
) -> None:
    slug, other, _ = project_and_runs
    bob = stack.person("bob")
    experiment = run_of(bob, slug, other)["info"]["experiment_id"]
    run = new_run(bob, slug, experiment)["info"]["run_id"]
    token = token_for(bob, slug, run, expires_in_days=1).json["token"]
    job = Person("bob", stack.uac.url, f"Bearer {token}")
    root = Path(stack.mlflow.environment["MLFLOW_ARTIFACTS_DESTINATION"]) / "workspaces" / slug
    own = root / experiment / run
    before = {one for one in root.rglob("*") if own not in (one, *one.parents)}
    for beside in ("0", "99", f"0{experiment}", "x", f"{experiment}/{experiment}", "models"):
        for prefix in ("", f"workspaces/{slug}/", f"workspaces/{slug}/workspaces/{slug}/"):
            path = artifact(slug, f"{prefix}{beside}/{run}/artifacts/stray.txt")
            assert job.ask("PUT", path, raw=b"x").status in (400, 403), path
    assert job.ask("PUT", artifact(slug, f"{experiment}/{run}/artifacts/a"), raw=b"x").status == 200
    after = {one for one in root.rglob("*") if own not in (one, *one.parents)}
    assert after == before | {root / experiment} if root.is_dir() else before
    assert (own / "artifacts" / "a").read_bytes() == b"x"


def run_of(person: Person, slug: str, run: str) -> Any:
    return done(person.mlflow(slug, "GET", f"runs/get?run_id={run}"))["run"]


def test_everything_the_job_logged_is_in_its_run(
    script: Script, project_and_runs: tuple[str, str, str], carol: Person
) -> None:
    seen = script.seen
    assert seen["files"] == ["notes", "plan.json"]
    assert (seen["downloaded"], seen["history"]) == ("what was done", [1.0, 0.5])
    slug, one, _ = project_and_runs
    run = run_of(carol, slug, one)
    assert run["info"]["status"] == "FINISHED"
    assert {m["key"]: m["value"] for m in run["data"]["metrics"]} == {"loss": 0.5, "accuracy": 0.9}
    assert {p["key"]: p["value"] for p in run["data"]["params"]} == {"depth": "3", "width": "7"}
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert (tags["purpose"], tags["mlflow.user"]) == ("job", "bob")
    assert run["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "numbers"


def test_everything_else_is_refused_in_words_that_the_client_shows(
    script: Script, project_and_runs: tuple[str, str, str], carol: Person
) -> None:
    slug, one, other = project_and_runs
    said = script.seen["refused"]
    sentence = f"This token is for the run '{one}' only"
    assert set(said) == {
        "read the other run",
        "write into the other run",
        "a file of the other run",
        "a new run",
        "search runs",
        "list experiments",
        "a model",
        "delete the run",
    }
    assert all(sentence in text for text in said.values()), said
    run = run_of(carol, slug, other)
    assert run["data"].get("metrics", []) == []
    listed = carol.mlflow(slug, "GET", f"artifacts/list?run_id={other}")
    assert done(listed).get("files", []) == []


def test_nobody_makes_a_token_for_a_run_they_cannot_log_into(
    stack: Stack, project_and_runs: tuple[str, str, str], carol: Person, mallory: Person
) -> None:
    slug, one, _ = project_and_runs
    replies = [token_for(carol, slug, one), token_for(mallory, slug, one)]
    assert [(r.status, r.json["reason"]) for r in replies] == [
        (403, "role_too_low"),
        (404, "no_such_project"),
    ]
    elsewhere = stack.new_project()
    reply = token_for(stack.person("bob"), elsewhere, one)
    assert (reply.status, reply.json["reason"]) == (404, "no_such_run")
