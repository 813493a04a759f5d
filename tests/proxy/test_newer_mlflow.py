"""What MLflow 3.18 reads in routes that 3.17.2 has too is looked at, whichever stands behind."""

from __future__ import annotations

import json

import pytest

from recording import SLUG, NarrowProxy

API = f"/projects/{SLUG}/api"
ISSUE = {"experiment_id": "7", "name": "n", "description": "d"}
VERSION_FILE = f"/projects/{SLUG}/model-versions/get-artifact?name=tree&version=1&path=a.txt"
MODEL_FILE = f"{API}/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=a.txt"


def refused(proxy: NarrowProxy, method: str, path: str, body: object = None) -> str:
    """Why a request is refused, of which nothing reached MLflow."""
    before = len(proxy.upstream.seen)
    reply = proxy.alice.ask(method, path, body)
    assert reply.status == 400, reply.body
    assert len(proxy.upstream.seen) == before
    return str(reply.json["reason"])


@pytest.mark.parametrize("name", ["issue_id", "issueId"])
@pytest.mark.parametrize(
    ("value", "reason"), [("iss-1", "invalid"), ("", "invalid"), (7, "unreadable_field")]
)
def test_nobody_chooses_the_id_of_an_issue(
    proxy: NarrowProxy, name: str, value: object, reason: str
) -> None:
    # MLflow 3.18 says "Issue ID already exists" of another project's.
    assert refused(proxy, "POST", f"{API}/3.0/mlflow/issues", {**ISSUE, name: value}) == reason


def test_an_issue_without_an_id_passes(proxy: NarrowProxy) -> None:
    assert proxy.alice.ask("POST", f"{API}/3.0/mlflow/issues", ISSUE).status == 200
    assert json.loads(proxy.upstream.last().body)["created_by"] == "alice"


@pytest.mark.parametrize("claimed", [{}, {"last_updated_by": "ceo"}, {"lastUpdatedBy": "ceo"}])
def test_who_changes_an_issue_is_the_caller(proxy: NarrowProxy, claimed: dict[str, str]) -> None:
    body = {"issue_id": "iss-1", "name": "m", **claimed}
    assert proxy.alice.ask("PATCH", f"{API}/3.0/mlflow/issues/iss-1", body).status == 200
    sent = json.loads(proxy.upstream.last().body)
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
def test_no_tag_of_an_experiment_starts_the_detection_of_issues(
    proxy: NarrowProxy, key: str
) -> None:
    tag = {"key": key, "value": "{}"}
    set_tag = f"{API}/2.0/mlflow/experiments/set-experiment-tag"
    create = f"{API}/2.0/mlflow/experiments/create"
    assert refused(proxy, "POST", set_tag, {"experiment_id": "7", **tag}) == "reserved_tag"
    others = [{"key": "team", "value": "a"}, tag]
    assert refused(proxy, "POST", create, {"name": "e", "tags": others}) == "reserved_tag"


def test_other_tags_pass_and_a_schedule_may_be_taken_away(proxy: NarrowProxy) -> None:
    experiments = f"{API}/2.0/mlflow/experiments"
    named = {"experiment_id": "7", "key": "mlflow.note.content", "value": "mlflow.issueDetection."}
    assert proxy.alice.ask("POST", f"{experiments}/set-experiment-tag", named).status == 200
    gone = {"experiment_id": "7", "key": "mlflow.issueDetection.schedule"}
    assert proxy.alice.ask("POST", f"{experiments}/delete-experiment-tag", gone).status == 200


@pytest.mark.parametrize("address", [VERSION_FILE, MODEL_FILE])
def test_a_link_to_a_file_is_asked_for_in_one_way(proxy: NarrowProxy, address: str) -> None:
    for said in ("true", "false"):
        assert proxy.alice.ask("GET", f"{address}&presigned={said}").status == 200
        assert proxy.upstream.last().target.endswith(f"&presigned={said}")
    assert refused(proxy, "GET", f"{address}&presigned=true&presigned=false") == "field_twice"
    assert refused(proxy, "GET", f"{address}&presigned=TRUE") == "invalid"


@pytest.mark.parametrize("path", ["../a.txt", "a//b", "/a.txt", "a%255c..", "a%5Cb"])
@pytest.mark.parametrize("address", [VERSION_FILE, MODEL_FILE])
def test_a_link_leads_to_a_plain_path(proxy: NarrowProxy, address: str, path: str) -> None:
    assert refused(proxy, "GET", address.replace("a.txt", path) + "&presigned=true") == "path"


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
def test_nobody_writes_among_the_files_of_skills(proxy: NarrowProxy, path: str) -> None:
    upload = {"path": "a.txt", "upload_id": "u"}
    for method, address, body in (
        ("PUT", f"{FILES}/artifacts/{path}", None),
        ("DELETE", f"{FILES}/artifacts/{path}", None),
        ("POST", f"{FILES}/mpu/create/{path}", {"path": "a.txt", "num_parts": 2}),
        ("POST", f"{FILES}/mpu/complete/{path}", {**upload, "parts": []}),
        ("POST", f"{FILES}/mpu/abort/{path}", upload),
    ):
        assert refused(proxy, method, address, body) == "reserved_path"


def test_who_reads_a_skill_reads_its_files(proxy: NarrowProxy) -> None:
    assert proxy.alice.ask("GET", f"{FILES}/artifacts/skills/@acme/a/01/SKILL.md").status == 200
    assert proxy.alice.ask("GET", f"{FILES}/artifacts?path=skills/a").status == 200
    assert proxy.alice.ask("GET", f"{FILES}/presigned/skills/a/01/SKILL.md").status == 200
    assert (
        proxy.alice.ask("PUT", f"{FILES}/artifacts/7/r/artifacts/skills/x", raw=b"x").status == 200
    )


@pytest.mark.parametrize("spelling", ["run_id", "run_uuid"])
def test_an_upload_names_its_run_as_either_version_reads_it(
    proxy: NarrowProxy, spelling: str
) -> None:
    address = f"{API}/2.0/mlflow/upload-artifact?{spelling}=run-1&path=a.txt"
    assert proxy.alice.ask("POST", address, raw=b"x").status == 200
    assert f"{spelling}=run-1" in proxy.upstream.last().target
