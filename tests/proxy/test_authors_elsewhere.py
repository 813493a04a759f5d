"""The author of what is no run: traces, assessments, datasets, issues, reviews and registry."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from content import Content, done, new_trace, refused, v3
from evaluation import feedback, new_assessment, new_dataset, new_issue, new_queue, records
from people import Person

FORGED = {"key": "mlflow.user", "value": "ceo"}
TWIN = {"key": "MLFLOW.User", "value": "ceo"}


def trace_info(person: Person, c: Content, trace: str) -> Any:
    """A trace as MLflow describes it."""
    return done(v3(person, c.slug, "GET", f"traces/{trace}"))["trace"]["trace_info"]


@pytest.mark.parametrize("metadata", [{}, {"mlflow.user": "ceo"}, {"MLFLOW.User": "ceo"}])
@pytest.mark.parametrize("name", ["trace_metadata", "traceMetadata"])
def test_a_new_trace_is_its_callers(
    bob: Person, filled: Content, metadata: dict[str, str], name: str
) -> None:
    sent = {name: {**metadata, "mlflow.trace.user": "a customer"}}
    trace = new_trace(bob, filled.slug, filled.experiment, **sent)
    got = trace_info(bob, filled, trace)["trace_metadata"]
    assert got["mlflow.user"] == "bob"
    assert got["mlflow.trace.user"] == "a customer", "who used the application is no author"
    assert "ceo" not in got.values()


def test_a_trace_of_an_old_client_is_its_callers(bob: Person, filled: Content) -> None:
    body = {"experiment_id": filled.experiment, "timestamp_ms": 1}
    for more in ({}, {"request_metadata": [FORGED]}, {"requestMetadata": [TWIN]}):
        made = done(bob.mlflow(filled.slug, "POST", "traces", {**body, **more}))
        info = made["trace_info"]
        assert info["request_metadata"] == [{"key": "mlflow.user", "value": "bob"}]
        end = {"timestamp_ms": 2, "status": "OK", "request_metadata": [FORGED], "tags": [FORGED]}
        path = f"traces/{info['request_id']}"
        ended = done(bob.mlflow(filled.slug, "PATCH", path, end))["trace_info"]
        assert {"key": "mlflow.user", "value": "bob"} in ended["tags"]
        assert "ceo" not in json.dumps(ended)


@pytest.mark.parametrize("api", ["api/2.0", "ajax-api/3.0"])
def test_the_author_tag_of_a_trace_is_the_callers_and_stays(
    bob: Person, filled: Content, api: str
) -> None:
    trace = new_trace(bob, filled.slug, filled.experiment)
    path = f"/projects/{filled.slug}/{api}/mlflow/traces/{trace}/tags"
    done(bob.ask("PATCH", path, FORGED))
    assert refused(bob.ask("DELETE", path, {"key": "mlflow.user"}), "author_tag")
    assert trace_info(bob, filled, trace)["tags"]["mlflow.user"] == "bob"


@pytest.mark.parametrize(
    ("source", "said_by"),
    [
        ({"source_type": "HUMAN", "source_id": "ceo"}, "bob"),
        ({"sourceType": 1, "sourceId": "ceo"}, "bob"),
        ({"source_type": "HUMAN"}, "bob"),
        ({"source_type": "LLM_JUDGE", "source_id": "gpt"}, "gpt"),
        ({"source_type": "CODE", "source_id": "length.py"}, "length.py"),
        ({"source_type": 2, "source_id": "gpt"}, "gpt"),
    ],
)
def test_a_human_assessment_is_its_callers(
    bob: Person, filled: Content, source: dict[str, object], said_by: str
) -> None:
    made = new_assessment(bob, filled.slug, filled.trace, source=source)
    assert made["source"]["source_id"] == said_by
    attached = [feedback(source=source)["assessment"]]
    trace = new_trace(bob, filled.slug, filled.experiment, assessments=attached)
    [kept] = trace_info(bob, filled, trace)["assessments"]
    assert kept["source"]["source_id"] == said_by


def test_changing_an_assessment_does_not_change_who_said_it(bob: Person, filled: Content) -> None:
    made = new_assessment(bob, filled.slug, filled.trace)["assessment_id"]
    path = f"traces/{filled.trace}/assessments/{made}"
    changed = {"source": {"source_type": "HUMAN", "source_id": "ceo"}, "rationale": "better"}
    body = {"assessment": changed, "update_mask": "source,rationale"}
    got = done(v3(bob, filled.slug, "PATCH", path, body))["assessment"]
    assert (got["source"]["source_id"], got["rationale"]) == ("bob", "better")


@pytest.mark.parametrize("tags", [None, {}, {"mlflow.user": "ceo"}, {"MLFLOW.User": "ceo"}])
def test_a_dataset_and_its_records_are_their_authors(
    alice: Person, bob: Person, filled: Content, tags: dict[str, str] | None
) -> None:
    sent = {} if tags is None else {"tags": json.dumps(tags)}
    made = new_dataset(bob, filled.slug, f"d-{uuid.uuid4().hex}", created_by="ceo", **sent)
    assert (made["created_by"], made["last_updated_by"]) == ("bob", "bob")
    assert json.loads(made["tags"]) == {"mlflow.user": "bob"}
    path = f"datasets/{made['dataset_id']}"
    for person in (bob, alice):
        done(v3(person, filled.slug, "POST", f"{path}/records", records("same", tags=tags)))
    [row] = json.loads(done(v3(bob, filled.slug, "GET", f"{path}/records"))["records"])
    assert (row["created_by"], row["last_updated_by"]) == ("bob", "alice")
    assert done(v3(bob, filled.slug, "GET", path))["dataset"]["last_updated_by"] == "alice"


def test_the_author_tag_of_a_dataset_is_the_callers_and_stays(bob: Person, filled: Content) -> None:
    path = f"datasets/{new_dataset(bob, filled.slug, uuid.uuid4().hex)['dataset_id']}"
    body = {"tags": json.dumps({"mlflow.user": "ceo", "a": "b"})}
    done(v3(bob, filled.slug, "PATCH", f"{path}/tags", body))
    assert refused(v3(bob, filled.slug, "DELETE", f"{path}/tags/mlflow.user"), "author_tag")
    tags = json.loads(done(v3(bob, filled.slug, "GET", path))["dataset"]["tags"])
    assert tags == {"mlflow.user": "bob", "a": "b"}


@pytest.mark.parametrize("text", ["", "[", "[]", '"x"', "{}", "[1]", '[{"tags": [1]}]', None])
def test_records_and_tags_that_are_no_json_are_a_400(
    bob: Person, filled: Content, text: str | None
) -> None:
    path = f"datasets/{filled.dataset}"
    if text != "[]":
        reply = v3(bob, filled.slug, "POST", f"{path}/records", {"records": text})
        assert reply.status == 400, reply.body
    if text != "{}":
        assert v3(bob, filled.slug, "PATCH", f"{path}/tags", {"tags": text}).status == 400


@pytest.mark.parametrize("sent", [{}, {"created_by": "ceo"}, {"createdBy": "ceo"}])
def test_an_issue_is_its_callers(bob: Person, filled: Content, sent: dict[str, str]) -> None:
    issue = new_issue(bob, filled.slug, filled.experiment, "x", **sent)
    assert issue["created_by"] == "bob"
    path, body = f"issues/{issue['issue_id']}", {"issue_id": issue["issue_id"], "name": "y"}
    forged = v3(bob, filled.slug, "PATCH", path, {**body, "created_by": "ceo"})
    assert (forged.status, forged.json["reason"]) == (400, "unknown_field")
    changed = done(v3(bob, filled.slug, "PATCH", path, body))["issue"]
    assert (changed["created_by"], changed["name"]) == ("bob", "y")


@pytest.mark.parametrize("sent", [{}, {"completed_by": "ceo"}, {"completedBy": "ceo"}])
def test_a_review_is_its_reviewers(bob: Person, filled: Content, sent: dict[str, str]) -> None:
    queue = new_queue(bob, filled.slug, filled.experiment, uuid.uuid4().hex, created_by="ceo")
    added = {"queue_id": queue, "item_ids": [filled.trace]}
    done(v3(bob, filled.slug, "POST", "review-queues/items/add", added))
    path, item = "review-queues/items/set-status", {"queue_id": queue, "item_id": filled.trace}
    closed = done(v3(bob, filled.slug, "POST", path, {**item, "status": "COMPLETE", **sent}))
    assert closed["item"]["completed_by"] == "bob"
    opened = done(v3(bob, filled.slug, "POST", path, {**item, "status": "PENDING"}))["item"]
    assert "completed_by" not in opened
    for owner in ({"new_owner": "ceo"}, {"newOwner": "ceo"}):
        body = {"queue_id": queue, **owner}
        got = done(v3(bob, filled.slug, "POST", "review-queues/update", body))["review_queue"]
        assert got["created_by"] == "bob"


def test_author_tags_of_the_registry_and_of_experiments_are_the_callers_and_stay(
    alice: Person, filled: Content
) -> None:
    name = uuid.uuid4().hex
    prompt = {"name": name, "tags": [FORGED, {"key": "mlflow.prompt.is_prompt", "value": "true"}]}
    version = {"name": name, "version": "1"}
    experiment = done(
        alice.mlflow(filled.slug, "POST", "experiments/create", {"name": name, "tags": [FORGED]})
    )
    for method, path, body in (
        ("POST", "registered-models/create", prompt),
        ("POST", "registered-models/set-tag", {"name": name, **FORGED}),
        ("POST", "model-versions/create", {**prompt, "source": "dummy-source"}),
        ("POST", "model-versions/set-tag", {**version, **FORGED}),
        ("POST", "experiments/set-experiment-tag", {**experiment, **FORGED}),
    ):
        done(alice.mlflow(filled.slug, method, path, body))
    for method, path, body in (
        ("DELETE", "registered-models/delete-tag", {"name": name}),
        ("DELETE", "model-versions/delete-tag", version),
        ("POST", "experiments/delete-experiment-tag", experiment),
    ):
        removed = alice.mlflow(filled.slug, method, path, {**body, "key": "mlflow.user"})
        assert refused(removed, "author_tag"), path
    for path in (
        f"registered-models/get?name={name}",
        f"model-versions/get?name={name}&version=1",
        f"experiments/get?experiment_id={experiment['experiment_id']}",
    ):
        [thing] = done(alice.mlflow(filled.slug, "GET", path)).values()
        assert {"key": "mlflow.user", "value": "alice"} in thing["tags"], path
