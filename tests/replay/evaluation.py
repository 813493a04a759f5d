"""How the rows of assessments, datasets, scorers and reviews are asked."""

from __future__ import annotations

import json

from evaluation import feedback, records

from .ask import Way, Ways, asked, told
from .estate import Estate

A = "/api/3.0/mlflow/traces/{trace_id}/assessments"
D, S = "/api/3.0/mlflow/datasets/", "/api/3.0/mlflow/scorers/"
L, Q = "/api/3.0/mlflow/label-schemas/", "/api/3.0/mlflow/review-queues/"
I = "/api/3.0/mlflow/issues"  # noqa: E741
KEPT = {"name": "fresh", "builtin_scorer_class": "Safety", "builtin_scorer_pydantic_data": {}}


def _scorer(c: Estate) -> Way:
    return told(experiment_id=c.experiment, name="fresh", serialized_scorer=json.dumps(KEPT))


def _schema(c: Estate) -> Way:
    return told(experiment_id=c.experiment, name="fresh", type="FEEDBACK", input={"text": {}})


def _queue(c: Estate, **fields: object) -> Way:
    return told(experiment_id=c.experiment, **fields)


EVALUATION: Ways = {
    f"POST {A}": lambda _: [Way(body=feedback("fresh"))],
    f"GET {A}/{{assessment_id}}": lambda _: [asked()],
    f"PATCH {A}/{{assessment_id}}": lambda _: [
        told(assessment={"rationale": "new"}, update_mask="rationale")
    ],
    f"DELETE {A}/{{assessment_id}}": lambda _: [asked()],
    f"POST {D}create": lambda c: [told(name=c.new, experiment_ids=[c.experiment])],
    f"GET {D}search": lambda c: [asked(max_results=100), asked(experiment_ids=[c.experiment])],
    f"POST {D}search": lambda c: [told(max_results=100), told(experiment_ids=[c.experiment])],
    f"GET {D}{{dataset_id}}": lambda _: [asked()],
    f"DELETE {D}{{dataset_id}}": lambda _: [asked()],
    f"PATCH {D}{{dataset_id}}/tags": lambda c: [told(dataset_id=c.dataset, tags='{"fresh": "1"}')],
    f"DELETE {D}{{dataset_id}}/tags/{{key}}": lambda _: [asked()],
    f"GET {D}{{dataset_id}}/records": lambda _: [asked()],
    f"POST {D}{{dataset_id}}/records": lambda c: [
        told(dataset_id=c.dataset, **records("what is new"))
    ],
    f"DELETE {D}{{dataset_id}}/records": lambda c: [
        told(dataset_id=c.dataset, dataset_record_ids=[c.record])
    ],
    f"GET {D}{{dataset_id}}/experiment-ids": lambda _: [asked()],
    f"POST {D}{{dataset_id}}/add-experiments": lambda c: [
        told(dataset_id=c.dataset, experiment_ids=[c.gone_experiment])
    ],
    f"POST {D}{{dataset_id}}/remove-experiments": lambda c: [
        told(dataset_id=c.dataset, experiment_ids=[c.experiment])
    ],
    f"POST {S}register": lambda c: [_scorer(c)],
    f"GET {S}list": lambda c: [asked(experiment_id=c.experiment)],
    f"GET {S}versions": lambda c: [asked(experiment_id=c.experiment, name=c.scorer)],
    f"GET {S}get": lambda c: [asked(experiment_id=c.experiment, name=c.scorer)],
    f"GET {S}online-configs": lambda c: [asked(scorer_ids=[c.scorer])],
    f"DELETE {S}delete": lambda c: [told(experiment_id=c.experiment, name=c.scorer)],
    f"POST {L}create": lambda c: [_schema(c)],
    f"GET {L}get": lambda c: [asked(schema_id=c.schema)],
    f"GET {L}get-by-name": lambda c: [asked(experiment_id=c.experiment, name=c.schema_name)],
    f"GET {L}list": lambda c: [asked(experiment_id=c.experiment)],
    f"PATCH {L}update": lambda c: [told(schema_id=c.schema, name="renamed")],
    f"DELETE {L}delete": lambda c: [told(schema_id=c.schema)],
    f"POST {Q}create": lambda c: [_queue(c, name="fresh", queue_type="CUSTOM")],
    f"POST {Q}get-or-create-user": lambda c: [_queue(c, user="alice")],
    f"GET {Q}get": lambda c: [asked(queue_id=c.queue)],
    f"GET {Q}get-by-name": lambda c: [asked(experiment_id=c.experiment, name=c.queue_name)],
    f"GET {Q}list": lambda c: [asked(experiment_id=c.experiment)],
    f"POST {Q}update": lambda c: [
        told(queue_id=c.queue, name="renamed"),
        told(queue_id=c.queue, update_schema_ids=True, schema_ids=[c.schema]),
    ],
    f"POST {Q}delete": lambda c: [told(queue_id=c.queue)],
    f"POST {Q}items/add": lambda c: [told(queue_id=c.queue, item_ids=[c.spare_trace])],
    f"POST {Q}items/remove": lambda c: [told(queue_id=c.queue, item_ids=[c.trace])],
    f"GET {Q}items/list": lambda c: [asked(queue_id=c.queue)],
    f"POST {Q}items/set-status": lambda c: [
        told(queue_id=c.queue, item_id=c.trace, status="COMPLETE", completed_by="alice")
    ],
    f"POST {I}": lambda c: [
        told(
            experiment_id=c.experiment,
            name="fresh",
            description="new",
            source_run_id=c.run,
        )
    ],
    f"GET {I}/{{issue_id}}": lambda _: [asked()],
    f"PATCH {I}/{{issue_id}}": lambda c: [told(issue_id=c.issue, name="renamed")],
    f"POST {I}/search": lambda c: [told(experiment_id=c.experiment)],
}
