"""What MLflow 3.18 reads in routes that 3.17.2 has too is looked at, whichever stands behind."""

from __future__ import annotations

import json

import pytest

from recording import SLUG, NarrowDoor

API = f"/projects/{SLUG}/api"
ISSUE = {"experiment_id": "7", "name": "n", "description": "d"}
VERSION_FILE = f"/projects/{SLUG}/model-versions/get-artifact?name=tree&version=1&path=a.txt"
MODEL_FILE = f"{API}/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=a.txt"


def refused(door: NarrowDoor, method: str, path: str, body: object = None) -> str:
    """Why a request is refused, of which nothing reached MLflow."""
    before = len(door.upstream.seen)
    reply = door.alice.ask(method, path, body)
    assert reply.status == 400, reply.body
    assert len(door.upstream.seen) == before
    return str(reply.json["reason"])


@pytest.mark.parametrize("name", ["issue_id", "issueId"])
@pytest.mark.parametrize(
    ("value", "reason"), [("iss-1", "invalid"), ("", "invalid"), (7, "unreadable_field")]
)
def test_nobody_chooses_the_id_of_an_issue(
    door: NarrowDoor, name: str, value: object, reason: str
) -> None:
    # MLflow 3.18 says "Issue ID already exists" of another project's.
    assert refused(door, "POST", f"{API}/3.0/mlflow/issues", {**ISSUE, name: value}) == reason


def test_an_issue_without_an_id_passes(door: NarrowDoor) -> None:
    assert door.alice.ask("POST", f"{API}/3.0/mlflow/issues", ISSUE).status == 200
    assert json.loads(door.upstream.last().body)["created_by"] == "alice"


@pytest.mark.parametrize("claimed", [{}, {"last_updated_by": "ceo"}, {"lastUpdatedBy": "ceo"}])
def test_who_changes_an_issue_is_the_caller(door: NarrowDoor, claimed: dict[str, str]) -> None:
    body = {"issue_id": "iss-1", "name": "m", **claimed}
    assert door.alice.ask("PATCH", f"{API}/3.0/mlflow/issues/iss-1", body).status == 200
    sent = json.loads(door.upstream.last().body)
    assert sent == {"issue_id": "iss-1", "name": "m", "last_updated_by": "alice"}


@pytest.mark.parametrize(
    "key",
    [
        "mlflow.issueDetection.schedule",
        "mlflow.issueDetection.scheduleState",
        "mlflow.issueDetection.checkpoint",
        "mlflow.issueDetection.of.a.later.version",
        "MLFLOW.ISSUEDETECTION.SCHEDULE",
        "mlflow.issueDetectíon.schedule",
        "mlflow.issueDetection.schedule ",
    ],
)
def test_no_tag_of_an_experiment_starts_the_detection_of_issues(door: NarrowDoor, key: str) -> None:
    tag = {"key": key, "value": "{}"}
    set_tag = f"{API}/2.0/mlflow/experiments/set-experiment-tag"
    create = f"{API}/2.0/mlflow/experiments/create"
    assert refused(door, "POST", set_tag, {"experiment_id": "7", **tag}) == "reserved_tag"
    others = [{"key": "team", "value": "a"}, tag]
    assert refused(door, "POST", create, {"name": "e", "tags": others}) == "reserved_tag"


def test_other_tags_pass_and_a_schedule_may_be_taken_away(door: NarrowDoor) -> None:
    experiments = f"{API}/2.0/mlflow/experiments"
    named = {"experiment_id": "7", "key": "mlflow.note.content", "value": "mlflow.issueDetection."}
    assert door.alice.ask("POST", f"{experiments}/set-experiment-tag", named).status == 200
    gone = {"experiment_id": "7", "key": "mlflow.issueDetection.schedule"}
    assert door.alice.ask("POST", f"{experiments}/delete-experiment-tag", gone).status == 200


@pytest.mark.parametrize("address", [VERSION_FILE, MODEL_FILE])
def test_a_link_to_a_file_is_asked_for_in_one_way(door: NarrowDoor, address: str) -> None:
    for said in ("true", "false"):
        assert door.alice.ask("GET", f"{address}&presigned={said}").status == 200
        assert door.upstream.last().target.endswith(f"&presigned={said}")
    assert refused(door, "GET", f"{address}&presigned=true&presigned=false") == "field_twice"
    assert refused(door, "GET", f"{address}&presigned=TRUE") == "invalid"


@pytest.mark.parametrize("path", ["../a.txt", "a//b", "/a.txt", "a%255c..", "a%5Cb"])
@pytest.mark.parametrize("address", [VERSION_FILE, MODEL_FILE])
def test_a_link_leads_to_a_plain_path(door: NarrowDoor, address: str, path: str) -> None:
    assert refused(door, "GET", address.replace("a.txt", path) + "&presigned=true") == "path"


FILES = f"{API}/2.0/mlflow-artifacts"


@pytest.mark.parametrize(
    "path",
    [
        "skills/reviewer/0123/SKILL.md",
        "skills",
        "Skills/x",
        "SKILLS/@acme/x",
        f"workspaces/{SLUG}/skills/x",
    ],
)
def test_nobody_writes_among_the_files_of_skills(door: NarrowDoor, path: str) -> None:
    parts = {"path": "a.txt", "num_parts": 2, "upload_id": "u", "parts": []}
    for method, address, body in (
        ("PUT", f"{FILES}/artifacts/{path}", None),
        ("DELETE", f"{FILES}/artifacts/{path}", None),
        ("POST", f"{FILES}/mpu/create/{path}", parts),
        ("POST", f"{FILES}/mpu/complete/{path}", parts),
        ("POST", f"{FILES}/mpu/abort/{path}", parts),
    ):
        assert refused(door, method, address, body) == "reserved_path"


def test_who_reads_a_skill_reads_its_files(door: NarrowDoor) -> None:
    assert door.alice.ask("GET", f"{FILES}/artifacts/skills/@acme/a/01/SKILL.md").status == 200
    assert door.alice.ask("GET", f"{FILES}/artifacts?path=skills/a").status == 200
    assert door.alice.ask("GET", f"{FILES}/presigned/skills/a/01/SKILL.md").status == 200
    assert (
        door.alice.ask("PUT", f"{FILES}/artifacts/7/r/artifacts/skills/x", raw=b"x").status == 200
    )


@pytest.mark.parametrize("spelling", ["run_id", "run_uuid"])
def test_an_upload_names_its_run_as_either_version_reads_it(
    door: NarrowDoor, spelling: str
) -> None:
    address = f"{API}/2.0/mlflow/upload-artifact?{spelling}=run-1&path=a.txt"
    assert door.alice.ask("POST", address, raw=b"x").status == 200
    assert f"{spelling}=run-1" in door.upstream.last().target
