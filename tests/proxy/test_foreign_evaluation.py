"""Foreign things by which traces are judged: neither changed, nor told from missing ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conftest import Stack
from content import NO_CONTENT, Content, done, refused, v3
from evaluation import feedback, records
from people import Person, Reply


def same(one: Reply, other: Reply, *ids: str) -> bool:
    """Whether two answers tell nothing apart, but for the ids that were sent."""
    texts = [reply.body.decode() for reply in (one, other)]
    # A short number of an experiment may stand in a long one.
    for text in sorted(ids, key=len, reverse=True):
        texts = [said.replace(text, "...") for said in texts]
    bodies = [json.loads(said) for said in texts]
    for body in bodies:
        body.pop("request_id", None)
    return one.status == other.status and bodies[0] == bodies[1]


def by_id(c: Content, own: Content) -> dict[str, tuple[str, Callable[[str], tuple[str, str, Any]]]]:
    """Each thing with an id of its own: alice's id, and a request that names one."""
    done_by = {"status": "COMPLETE", "completed_by": "erin"}
    wanted = {"item_ids": [own.trace]}
    body = {"tags": '{"a": "b"}'}
    return {
        "dataset": (c.dataset, lambda i: ("GET", f"datasets/{i}", None)),
        "dataset gone": (c.dataset, lambda i: ("DELETE", f"datasets/{i}", None)),
        "dataset tags": (c.dataset, lambda i: ("PATCH", f"datasets/{i}/tags", body)),
        "dataset tag": (c.dataset, lambda i: ("DELETE", f"datasets/{i}/tags/a", None)),
        "records": (c.dataset, lambda i: ("GET", f"datasets/{i}/records", None)),
        "new record": (c.dataset, lambda i: ("POST", f"datasets/{i}/records", records("x"))),
        "no record": (
            c.dataset,
            lambda i: ("DELETE", f"datasets/{i}/records", {"dataset_record_ids": ["x"]}),
        ),
        "experiments": (c.dataset, lambda i: ("GET", f"datasets/{i}/experiment-ids", None)),
        "dataset to": (
            c.dataset,
            lambda i: (
                "POST",
                f"datasets/{i}/add-experiments",
                {"experimentIds": [own.experiment]},
            ),
        ),
        "schema": (c.schema, lambda i: ("GET", f"label-schemas/get?schema_id={i}", None)),
        "schema new": (
            c.schema,
            lambda i: ("PATCH", "label-schemas/update", {"schemaId": i, "name": "x"}),
        ),
        "schema gone": (c.schema, lambda i: ("DELETE", "label-schemas/delete", {"schema_id": i})),
        "schema used": (
            c.schema,
            lambda i: (
                "POST",
                "review-queues/update",
                {"queue_id": own.queue, "update_schema_ids": True, "schema_ids": [i]},
            ),
        ),
        "queue": (c.queue, lambda i: ("GET", f"review-queues/get?queue_id={i}", None)),
        "queue items": (c.queue, lambda i: ("GET", f"review-queues/items/list?queue_id={i}", None)),
        "queue new": (
            c.queue,
            lambda i: ("POST", "review-queues/update", {"queueId": i, "name": "x"}),
        ),
        "queue gone": (c.queue, lambda i: ("POST", "review-queues/delete", {"queue_id": i})),
        "queue more": (
            c.queue,
            lambda i: ("POST", "review-queues/items/add", {"queue_id": i, **wanted}),
        ),
        "queue done": (
            c.queue,
            lambda i: (
                "POST",
                "review-queues/items/set-status",
                {"queue_id": i, "item_id": c.trace, **done_by},
            ),
        ),
        "queue trace": (
            c.trace,
            lambda i: (
                "POST",
                "review-queues/items/add",
                {"queue_id": own.queue, "item_ids": [own.trace, i]},
            ),
        ),
        "issue": (c.issue, lambda i: ("GET", f"issues/{i}", None)),
        "issue new": (c.issue, lambda i: ("PATCH", f"issues/{i}", {"issueId": i, "name": "x"})),
        "assessments": (c.trace, lambda i: ("POST", f"traces/{i}/assessments", feedback())),
        "assessment": (
            c.assessment,
            lambda i: ("GET", f"traces/{own.trace}/assessments/{i}", None),
        ),
        "assessment new": (
            c.assessment,
            lambda i: (
                "PATCH",
                f"traces/{own.trace}/assessments/{i}",
                {"assessment": {"rationale": "x"}, "update_mask": "rationale"},
            ),
        ),
        "assessment gone": (
            c.assessment,
            lambda i: ("DELETE", f"traces/{own.trace}/assessments/{i}", None),
        ),
        "scorers": (
            c.experiment,
            lambda i: ("GET", f"scorers/list?experiment_ids={i}", None),
        ),
        "run of an issue": (
            c.run,
            lambda i: (
                "POST",
                "issues",
                {
                    "experiment_id": own.experiment,
                    "name": "x",
                    "description": "x",
                    "sourceRunId": i,
                },
            ),
        ),
        "experiment of a dataset": (
            c.experiment,
            lambda i: (
                "POST",
                "datasets/create",
                {"name": "x", "experimentIds": [own.experiment, i]},
            ),
        ),
        "experiment to a dataset": (
            c.experiment,
            lambda i: (
                "POST",
                f"datasets/{own.dataset}/add-experiments",
                {"experiment_ids": [own.experiment, i]},
            ),
        ),
        "experiment off a dataset": (
            c.experiment,
            lambda i: (
                "POST",
                f"datasets/{own.dataset}/remove-experiments",
                {"experiment_ids": [i]},
            ),
        ),
    }


def everything(alice: Person, c: Content) -> list[Any]:
    """Alice's view of all of it."""
    paths = (
        f"datasets/{c.dataset}",
        f"datasets/{c.dataset}/records",
        f"datasets/{c.dataset}/experiment-ids",
        f"label-schemas/list?experiment_id={c.experiment}",
        f"review-queues/list?experiment_id={c.experiment}",
        f"review-queues/items/list?queue_id={c.queue}",
        f"scorers/list?experiment_id={c.experiment}",
        f"issues/{c.issue}",
        f"traces/{c.trace}",
    )
    return [done(v3(alice, c.slug, "GET", path)) for path in paths]


@pytest.fixture(scope="module")
def ways(filled: Content, own: Content) -> Any:
    """Requests of erin's that name alice's things."""
    return by_id(filled, own)


@pytest.mark.parametrize("way", by_id(NO_CONTENT, NO_CONTENT))
def test_a_foreign_thing_is_like_a_missing_one(
    alice: Person, erin: Person, filled: Content, own: Content, ways: Any, way: str
) -> None:
    before = everything(alice, filled)
    foreign, request = ways[way]
    missing = "99999999" if foreign.isdecimal() else foreign[:-6] + "000000"
    reply = v3(erin, own.slug, *request(foreign))
    other = v3(erin, own.slug, *request(missing))
    assert same(reply, other, foreign, missing), (reply.body, other.body)
    assert reply.status in (200, 400, 404), reply.body
    assert everything(alice, filled) == before


ASSESSMENT = "traces/{trace}/assessments/{assessment}"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("issues/{issue}", {"issue_id": "iss-other"}),
        ("issues/{issue}", {"issueId": "iss-other"}),
        ("datasets/{dataset}/tags", {"datasetId": "d-other", "tags": "{}"}),
        (ASSESSMENT, {"assessment": {"traceId": "tr-other"}, "update_mask": "rationale"}),
        (ASSESSMENT, {"assessment": {"assessment_id": "a-other"}, "update_mask": "rationale"}),
    ],
)
def test_the_path_and_the_body_name_one_thing(
    erin: Person, own: Content, path: str, fields: dict[str, Any]
) -> None:
    ids = {name: getattr(own, name) for name in ("issue", "dataset", "trace", "assessment")}
    reply = v3(erin, own.slug, "PATCH", path.format(**ids), fields)
    assert refused(reply, "field_twice") or refused(reply, "invalid"), reply.body


def test_the_code_of_a_scorer_is_neither_kept_nor_run(erin: Person, own: Content) -> None:
    kept = {"name": "x", "call_source": "raise SystemExit", "call_signature": "()"}
    body = {
        "experiment_id": own.experiment,
        "name": "x",
        "serialized_scorer": json.dumps({**kept, "original_func_name": "x"}),
    }
    assert v3(erin, own.slug, "POST", "scorers/register", body).status == 400
    config = {"experiment_id": own.experiment, "name": own.scorer, "sample_rate": 1.0}
    reply = v3(erin, own.slug, "PUT", "scorers/online-config", config)
    assert (reply.status, reply.json["reason"]) == (403, "closed")


def test_numbers_and_correlations_count_only_own_traces(
    erin: Person, filled: Content, own: Content
) -> None:
    both = {"experiment_ids": [own.experiment, filled.experiment]}
    alone = {"experiment_ids": [own.experiment]}
    counted = {
        "metric_name": "assessment_count",
        "view_type": "ASSESSMENTS",
        "aggregations": [{"aggregation_type": "COUNT"}],
    }
    every = {"filter_string1": "attributes.status = 'OK'", "filter_string2": "tags.a = 'b'"}
    for path, body in (("metrics", counted), ("calculate-filter-correlation", every)):
        mixed = done(v3(erin, own.slug, "POST", f"traces/{path}", {**body, **both}))
        assert mixed == done(v3(erin, own.slug, "POST", f"traces/{path}", {**body, **alone}))


def test_a_prompt_is_linked_to_a_trace_of_the_project_only(
    stack: Stack, erin: Person, filled: Content, own: Content
) -> None:
    prompt = {"prompt_versions": [{"name": own.prompt, "version": "1"}]}
    path = "traces/link-prompts"
    done(erin.mlflow(own.slug, "POST", path, {"trace_id": own.trace, **prompt}))
    foreign = erin.mlflow(own.slug, "POST", path, {"trace_id": filled.trace, **prompt})
    missing = erin.mlflow(own.slug, "POST", path, {"trace_id": "tr-0", **prompt})
    assert foreign.status == 404
    assert same(foreign, missing, filled.trace, "tr-0")
    carol = stack.person("carol")
    body = {"trace_id": filled.trace, **prompt}
    assert carol.mlflow(filled.slug, "POST", path, body).status == 403
