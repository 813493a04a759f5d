"""What is made to judge traces, and prompts: one of each, made through the proxy by REST."""

from __future__ import annotations

import json
from typing import Any

from people import Person, Reply

RATIONALE, QUESTION = "alice finds it too long", "what does alice ask"
TEMPLATE = "Say what alice says about it"


def ask(person: Person, slug: str, method: str, path: str, body: object = None) -> Reply:
    """Ask the newer half of MLflow's REST; `path` comes after /api/3.0/mlflow/."""
    return person.ask(method, f"/projects/{slug}/api/3.0/mlflow/{path}", body)


def _made(person: Person, slug: str, path: str, body: object) -> dict[str, Any]:
    reply = ask(person, slug, "POST", path, body)
    assert reply.status == 200, (path, reply.status, reply.body)
    document: dict[str, Any] = reply.json
    return document


def root_span(trace: str, name: str = "root", **attributes: str) -> dict[str, Any]:
    """An OpenTelemetry document with the root span of a trace."""
    span = {
        "traceId": trace.removeprefix("tr-"),
        "spanId": "00f067aa0ba902b7",
        "name": name,
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
        "attributes": [
            {"key": key, "value": {"stringValue": value}} for key, value in attributes.items()
        ],
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def feedback(name: str = "clarity", **fields: object) -> dict[str, Any]:
    """A new assessment by a human, as the REST takes it."""
    said = {
        "assessment_name": name,
        "source": {"source_type": "HUMAN", "source_id": "ceo"},
        "create_time": "2026-01-01T00:00:00Z",
        "last_update_time": "2026-01-01T00:00:00Z",
        "feedback": {"value": True},
        **fields,
    }
    return {"assessment": said}


def new_assessment(person: Person, slug: str, trace: str, **fields: object) -> dict[str, Any]:
    """A new assessment of a trace, as MLflow describes it."""
    path = f"traces/{trace}/assessments"
    return dict(_made(person, slug, path, feedback(**fields))["assessment"])  # type: ignore[arg-type]


def new_dataset(person: Person, slug: str, name: str, **fields: object) -> dict[str, Any]:
    """A new evaluation dataset, as MLflow describes it."""
    return dict(_made(person, slug, "datasets/create", {"name": name, **fields})["dataset"])


def records(*questions: str, **fields: object) -> dict[str, str]:
    """Records of a dataset, as the REST takes them."""
    return {"records": json.dumps([{"inputs": {"q": one}, **fields} for one in questions])}


def new_schema(person: Person, slug: str, experiment: str, name: str) -> str:
    """A new label schema's id."""
    body = {"experiment_id": experiment, "name": name, "type": "FEEDBACK", "input": {"text": {}}}
    return str(_made(person, slug, "label-schemas/create", body)["label_schema"]["schema_id"])


def new_queue(person: Person, slug: str, experiment: str, name: str, **fields: object) -> str:
    """A new review queue's id."""
    body = {"experiment_id": experiment, "name": name, "queue_type": "CUSTOM", **fields}
    return str(_made(person, slug, "review-queues/create", body)["review_queue"]["queue_id"])


def new_issue(
    person: Person, slug: str, experiment: str, name: str, **fields: object
) -> dict[str, Any]:
    """A new issue, as MLflow describes it."""
    body = {"experiment_id": experiment, "name": name, "description": "too long", **fields}
    return dict(_made(person, slug, "issues", body)["issue"])


def new_scorer(person: Person, slug: str, experiment: str, name: str) -> dict[str, Any]:
    """A new version of a scorer that MLflow brings along, as it describes it."""
    kept = {"name": name, "builtin_scorer_class": "Safety", "builtin_scorer_pydantic_data": {}}
    body = {"experiment_id": experiment, "name": name, "serialized_scorer": json.dumps(kept)}
    return _made(person, slug, "scorers/register", body)


def new_prompt(person: Person, slug: str, name: str) -> None:
    """A new prompt with one version, as mlflow's client makes it."""
    is_prompt = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    tags = [is_prompt, {"key": "mlflow.prompt.text", "value": TEMPLATE}]
    for path, body in (
        ("registered-models/create", {"name": name, "tags": [is_prompt]}),
        ("model-versions/create", {"name": name, "source": "dummy-source", "tags": tags}),
    ):
        reply = person.mlflow(slug, "POST", path, body)
        assert reply.status == 200, reply.body


def judge(person: Person, slug: str, experiment: str, trace: str, mark: str) -> dict[str, str]:
    """Make one of each; the fields of Content that it fills."""
    names = {
        "dataset_name": f"goldens-{mark}",
        "scorer": f"brevity-{mark}",
        "schema_name": f"tone-{mark}",
        "queue_name": f"inbox-{mark}",
        "issue_name": f"rambling-{mark}",
        "prompt": f"summary-{mark}",
    }
    dataset = new_dataset(person, slug, names["dataset_name"], experiment_ids=[experiment])
    _made(person, slug, f"datasets/{dataset['dataset_id']}/records", records(QUESTION))
    queue = new_queue(person, slug, experiment, names["queue_name"])
    _made(person, slug, "review-queues/items/add", {"queue_id": queue, "item_ids": [trace]})
    new_scorer(person, slug, experiment, names["scorer"])
    new_prompt(person, slug, names["prompt"])
    assessment = new_assessment(person, slug, trace, rationale=RATIONALE)
    return {
        **names,
        "dataset": dataset["dataset_id"],
        "queue": queue,
        "assessment": assessment["assessment_id"],
        "schema": new_schema(person, slug, experiment, names["schema_name"]),
        "issue": new_issue(person, slug, experiment, names["issue_name"])["issue_id"],
    }
