"""What MLflow answers with 200 and does not do is not told as allowed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Stack
from content import Content, artifact, fill, refused
from evaluation import root_span
from people import Person, Reply
from uac_api.proxy.responses.silent import REASON
from uac_api.proxy.rules import RULES

V2, V3 = "/api/2.0/mlflow/", "/api/3.0/mlflow/"
Asked = tuple[str, str, Any]


def silent(c: Content, own: Content) -> dict[str, Asked]:
    """The requests that MLflow answers with 200 for things of `c`, in the project of `own`."""
    traces = {"experiment_id": own.experiment, "request_ids": [c.trace]}
    return {
        "an item of a queue": (
            "POST",
            f"{V3}review-queues/items/remove",
            {"queue_id": own.queue, "item_ids": [c.trace]},
        ),
        "an assessment": ("DELETE", f"{V3}traces/{own.trace}/assessments/{c.assessment}", None),
        "spans": ("POST", "/v1/traces", root_span(own.trace)),
        "a record": (
            "DELETE",
            f"{V3}datasets/{own.dataset}/records",
            {"dataset_record_ids": [f"dr-{uuid.uuid4().hex}"]},
        ),
        "a dataset's tag": ("DELETE", f"{V3}datasets/{c.dataset}/tags/mood", None),
        "a dataset": ("DELETE", f"{V3}datasets/{c.dataset}", None),
        "a schema": ("DELETE", f"{V3}label-schemas/delete", {"schema_id": c.schema}),
        "a queue": ("POST", f"{V3}review-queues/delete", {"queue_id": c.queue}),
        "traces": ("POST", f"{V3}traces/delete-traces", traces),
        "traces, as before": ("POST", f"{V2}traces/delete-traces", traces),
        "all traces": (
            "POST",
            f"{V3}traces/delete-traces",
            {"experiment_id": c.experiment, "max_timestamp_millis": 2**50},
        ),
    }


CASES = list(silent(*[Content(*["x"] * 21)] * 2))


def ask(person: Person, c: Content, asked: Asked, experiment: str) -> tuple[Reply, dict[str, Any]]:
    """The answer, and what the trail says of it."""
    method, path, body = asked
    request_id = uuid.uuid4().hex
    headers = {"X-Request-ID": request_id, "X-Mlflow-Experiment-Id": experiment}
    reply = person.ask(method, f"/projects/{c.slug}{path}", body, headers=headers)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = person.studio("GET", f"/audit?project={c.slug}&request_id={request_id}")
        if events := found.json["events"]:
            return reply, dict(events[0])
        time.sleep(0.1)
    raise AssertionError(f"no event of {method} {path}: {reply.status} {reply.body!r}")


@pytest.mark.parametrize("what", CASES)
def test_a_foreign_thing_and_a_missing_one_are_told_as_nothing_there(
    filled: Content, own: Content, erin: Person, what: str
) -> None:
    gone = Content(*[uuid.uuid4().hex] * 21)
    for other in (filled, gone):
        asked = silent(other, own)[what]
        reply, event = ask(erin, own, asked, other.experiment)
        if other is gone and reply.status != 200:
            # MLflow reads the number of an experiment, and knows it is none.
            assert event["outcome"] == "failed"
            continue
        assert reply.status == 200, reply.body
        assert (event["outcome"], event["reason"], event["status"]) == ("failed", REASON, 200)


def test_what_is_there_is_told_as_allowed_once(stack: Stack, alice: Person) -> None:
    c = fill(alice, stack.new_project())
    cases = silent(c, c)
    # What records there are is said by the answer: here it is none of them.
    del cases["a record"]
    for what, asked in cases.items():
        reply, event = ask(alice, c, asked, c.experiment)
        assert reply.status == 200, (what, reply.body)
        told = (event["outcome"], event["reason"])
        nothing_left = what in ("traces, as before", "all traces")
        assert told == (("failed", REASON) if nothing_left else ("allowed", "")), what


def test_the_rows_that_answer_200_for_what_is_not_there_are_these() -> None:
    assert {rule.operation for rule in RULES if rule.silent} == {
        f"DELETE {V3}traces/{{trace_id}}/assessments/{{assessment_id}}",
        f"DELETE {V3}datasets/{{dataset_id}}",
        f"DELETE {V3}datasets/{{dataset_id}}/records",
        f"DELETE {V3}datasets/{{dataset_id}}/tags/{{key}}",
        f"DELETE {V3}label-schemas/delete",
        f"POST {V2}traces/delete-traces",
        f"POST {V3}review-queues/delete",
        f"POST {V3}review-queues/items/remove",
        f"POST {V3}traces/delete-traces",
        "POST /v1/traces",
    }


FOLDERS: dict[str, Callable[[Content, Content], str]] = {
    "a run": lambda c, own: f"{own.experiment}/{c.run}/artifacts/x.txt",
    "a run, from the workspace on": lambda c, own: (
        f"workspaces/{own.slug}/{own.experiment}/{c.run}/artifacts/x.txt"
    ),
    "a logged model": lambda c, own: f"{own.experiment}/models/{c.model}/artifacts/x.txt",
}


@pytest.mark.parametrize("what", FOLDERS)
def test_no_file_is_put_into_a_folder_that_is_called_like_a_foreign_thing(
    filled: Content, own: Content, erin: Person, stack: Stack, what: str
) -> None:
    path = FOLDERS[what](filled, own)
    assert refused(erin.ask("PUT", artifact(own.slug, path), raw=b"x"))
    assert refused(erin.ask("DELETE", artifact(own.slug, path)))
    own_path = FOLDERS[what](own, own)
    assert erin.ask("PUT", artifact(own.slug, own_path), raw=b"x").status == 200
    root = Path(stack.mlflow.environment["MLFLOW_ARTIFACTS_DESTINATION"], "workspaces", own.slug)
    strays = [one for one in root.rglob("*") if filled.run in str(one) or filled.model in str(one)]
    assert not strays
