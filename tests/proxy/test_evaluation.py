"""Who may do what with the things by which traces are judged; foreign ones stay out of reach."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from conftest import Stack
from content import Content, done, new_experiment, new_trace, v3
from evaluation import (
    QUESTION,
    feedback,
    new_assessment,
    new_dataset,
    new_issue,
    new_queue,
    new_schema,
    new_scorer,
    records,
)
from people import Person

# Written by hand from the table of roles in the design, not derived from the code.
MAY = {
    "alice": {"read", "log", "delete"},
    "dave": {"read", "log", "delete"},
    "bob": {"read", "log"},
    "carol": {"read"},
    "mallory": set(),
}

# What is sent, and what alice asks to see whether it happened: its words come or go by that.
Sent = tuple[str, str, Any]
Attempt = Callable[[Person, Content, str], tuple[Sent, str, bool]]


def read_dataset(_: Person, c: Content, _mark: str) -> tuple[Sent, str, bool]:
    return ("GET", f"datasets/{c.dataset}/records", None), f"datasets/{c.dataset}/records", True


def read_queue(_: Person, c: Content, _mark: str) -> tuple[Sent, str, bool]:
    path = f"review-queues/items/list?queue_id={c.queue}"
    return ("GET", path, None), path, True


def assess(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    return ("POST", f"traces/{c.trace}/assessments", feedback(mark)), f"traces/{c.trace}", True


def correct(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    made = new_assessment(alice, c.slug, c.trace)["assessment_id"]
    path = f"traces/{c.trace}/assessments/{made}"
    body = {"assessment": {"rationale": mark}, "update_mask": "rationale"}
    return ("PATCH", path, body), path, True


def take_back(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    made = new_assessment(alice, c.slug, c.trace, rationale=mark)["assessment_id"]
    return ("DELETE", f"traces/{c.trace}/assessments/{made}", None), f"traces/{c.trace}", False


def make_dataset(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"name": mark, "experiment_ids": [c.experiment]}
    return ("POST", "datasets/create", body), "datasets/search?max_results=1000", True


def add_record(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    path = f"datasets/{c.dataset}/records"
    return ("POST", path, records(mark)), path, True


def tag_dataset(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"tags": json.dumps({mark: "x"})}
    return ("PATCH", f"datasets/{c.dataset}/tags", body), f"datasets/{c.dataset}", True


def untag_dataset(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"tags": json.dumps({mark: "x"})}
    done(v3(alice, c.slug, "PATCH", f"datasets/{c.dataset}/tags", body))
    return ("DELETE", f"datasets/{c.dataset}/tags/{mark}", None), f"datasets/{c.dataset}", False


def move_dataset(alice: Person, c: Content, _mark: str) -> tuple[Sent, str, bool]:
    other = new_experiment(alice, c.slug)
    made = new_dataset(alice, c.slug, "moves")["dataset_id"]
    path = f"datasets/{made}/add-experiments"
    search = f"datasets/search?experiment_ids={other}"
    return ("POST", path, {"experiment_ids": [other]}), search, True


def delete_record(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    path = f"datasets/{c.dataset}/records"
    done(v3(alice, c.slug, "POST", path, records(mark)))
    rows = json.loads(done(v3(alice, c.slug, "GET", path))["records"])
    [one] = [row["dataset_record_id"] for row in rows if row["inputs"] == {"q": mark}]
    return ("DELETE", path, {"dataset_record_ids": [one]}), path, False


def delete_dataset(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    made = new_dataset(alice, c.slug, mark)["dataset_id"]
    return ("DELETE", f"datasets/{made}", None), "datasets/search?max_results=1000", False


def register_scorer(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    kept = {"name": mark, "builtin_scorer_class": "Safety", "builtin_scorer_pydantic_data": {}}
    body = {"experiment_id": c.experiment, "name": mark, "serialized_scorer": json.dumps(kept)}
    return ("POST", "scorers/register", body), f"scorers/list?experiment_id={c.experiment}", True


def delete_scorer(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    new_scorer(alice, c.slug, c.experiment, mark)
    body = {"experiment_id": c.experiment, "name": mark}
    return ("DELETE", "scorers/delete", body), f"scorers/list?experiment_id={c.experiment}", False


def make_schema(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"experiment_id": c.experiment, "name": mark, "type": "FEEDBACK", "input": {"text": {}}}
    path = f"label-schemas/list?experiment_id={c.experiment}"
    return ("POST", "label-schemas/create", body), path, True


def rename_schema(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"schema_id": c.schema, "instruction": mark}
    return ("PATCH", "label-schemas/update", body), f"label-schemas/get?schema_id={c.schema}", True


def delete_schema(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"schema_id": new_schema(alice, c.slug, c.experiment, mark)}
    path = f"label-schemas/list?experiment_id={c.experiment}"
    return ("DELETE", "label-schemas/delete", body), path, False


def make_queue(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"experiment_id": c.experiment, "name": mark, "queue_type": "CUSTOM"}
    path = f"review-queues/list?experiment_id={c.experiment}"
    return ("POST", "review-queues/create", body), path, True


def queue_trace(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    trace, queue = (
        new_trace(alice, c.slug, c.experiment),
        new_queue(alice, c.slug, c.experiment, mark),
    )
    body = {"queue_id": queue, "item_ids": [trace]}
    path = f"review-queues/items/list?queue_id={queue}"
    return ("POST", "review-queues/items/add", body), path, True


def unqueue_trace(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    queue = new_queue(alice, c.slug, c.experiment, mark)
    body = {"queue_id": queue, "item_ids": [c.trace]}
    done(v3(alice, c.slug, "POST", "review-queues/items/add", body))
    path = f"review-queues/items/list?queue_id={queue}"
    return ("POST", "review-queues/items/remove", body), path, False


def review(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    queue = new_queue(alice, c.slug, c.experiment, mark)
    added = {"queue_id": queue, "item_ids": [c.trace]}
    done(v3(alice, c.slug, "POST", "review-queues/items/add", added))
    body = {"queue_id": queue, "item_id": c.trace, "status": "COMPLETE"}
    path = f"review-queues/items/list?queue_id={queue}&status=COMPLETE"
    return ("POST", "review-queues/items/set-status", body), path, True


def delete_queue(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"queue_id": new_queue(alice, c.slug, c.experiment, mark)}
    path = f"review-queues/list?experiment_id={c.experiment}"
    return ("POST", "review-queues/delete", body), path, False


def open_issue(_: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    body = {"experiment_id": c.experiment, "name": mark, "description": "x"}
    return ("POST", "issues", {**body, "source_run_id": c.run}), "issues/search", True


def change_issue(alice: Person, c: Content, mark: str) -> tuple[Sent, str, bool]:
    issue = new_issue(alice, c.slug, c.experiment, "old")["issue_id"]
    return ("PATCH", f"issues/{issue}", {"issue_id": issue, "name": mark}), f"issues/{issue}", True


ATTEMPTS: list[tuple[str, Attempt]] = [
    ("read", read_dataset),
    ("read", read_queue),
    ("log", assess),
    ("log", correct),
    ("log", take_back),
    ("log", make_dataset),
    ("log", add_record),
    ("log", tag_dataset),
    ("log", untag_dataset),
    ("log", move_dataset),
    ("delete", delete_record),
    ("delete", delete_dataset),
    ("log", register_scorer),
    ("delete", delete_scorer),
    ("log", make_schema),
    ("log", rename_schema),
    ("delete", delete_schema),
    ("log", make_queue),
    ("log", queue_trace),
    ("log", unqueue_trace),
    ("log", review),
    ("delete", delete_queue),
    ("log", open_issue),
    ("log", change_issue),
]


def view(alice: Person, c: Content, path: str) -> bytes:
    """What alice sees there."""
    body: dict[str, Any] | None = {} if path == "issues/search" else None
    reply = v3(alice, c.slug, "POST" if path == "issues/search" else "GET", path, body)
    assert reply.status == 200, reply.body
    return reply.body


@pytest.mark.parametrize(
    ("action", "prepare"), ATTEMPTS, ids=[prepare.__name__ for _, prepare in ATTEMPTS]
)
def test_the_table_of_roles_holds(
    stack: Stack, filled: Content, action: str, prepare: Attempt
) -> None:
    alice = stack.person("alice")
    for username, actions in MAY.items():
        (method, path, body), seen_at, appears = prepare(alice, filled, f"m{uuid.uuid4().hex}")
        before = view(alice, filled, seen_at)
        reply = v3(stack.person(username), filled.slug, method, path, body)
        after = view(alice, filled, seen_at)
        if action not in actions:
            assert reply.status == (404 if username == "mallory" else 403), (username, reply.body)
            assert after == before, username
            continue
        assert reply.status == 200, (username, reply.body)
        if action == "read":
            assert QUESTION.encode() in reply.body or filled.trace.encode() in reply.body
        else:
            assert after != before, username
            assert (len(after) > len(before)) is appears or action == "log", username
