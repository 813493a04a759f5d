"""Assessments, evaluation datasets, scorers, and what people do to review traces.

Who may log may also take back an assessment or an item of a queue: both are marks on a trace, as
a tag is. Whole datasets, records, scorers, schemas and queues are of many people: *delete*.
"""

from __future__ import annotations

from ...access.decisions.roles import Action
from .row import Check, Family, Ref, Silent, Stamp, Thing, Use

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_assessments = Family("/api/3.0/mlflow/traces/{trace_id}/assessments")
_datasets = Family("/api/3.0/mlflow/datasets/")
_scorers = Family("/api/3.0/mlflow/scorers/")
_schemas = Family("/api/3.0/mlflow/label-schemas/")
_queues = Family("/api/3.0/mlflow/review-queues/")
_issues = Family("/api/3.0/mlflow/issues")

_assessed = (Check.ASSESSMENT,)
_one_id = (Check.PATH_ID_IN_BODY,)
_filter = (Check.FILTER,)
_in_experiments = (Ref(Thing.EXPERIMENT, "experiment_ids.*"),)
_no_assessment = Silent(there="/api/3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}")
_no_dataset = Silent(there="/api/3.0/mlflow/datasets/{dataset_id}")
_no_record = Silent(count="deleted_count")
_no_schema = Silent(there="/api/3.0/mlflow/label-schemas/get?schema_id={schema_id}")
_no_queue = Silent(there="/api/3.0/mlflow/review-queues/get?queue_id={queue_id}")
_no_item = Silent(traces="item_ids.*")
# MLflow answers an HTML page with 500 for a dataset that is not there.
_dataset = (Ref(Thing.DATASET, "dataset_id"),)

EVALUATION = (
    _assessments("POST", "", LOG, checks=_assessed, stamp=Stamp.ASSESSMENT, uses=Use.TEXT),
    _assessments("GET", "/{assessment_id}", READ),
    _assessments("PATCH", "/{assessment_id}", LOG, checks=_assessed, uses=Use.TEXT),
    _assessments("DELETE", "/{assessment_id}", LOG, silent=_no_assessment),
    _datasets("POST", "create", LOG, names=_in_experiments, stamp=Stamp.DATASET, uses=Use.TEXT),
    _datasets("GET", "search", READ, checks=_filter),
    _datasets("POST", "search", READ, checks=_filter),
    _datasets("GET", "{dataset_id}", READ),
    _datasets("DELETE", "{dataset_id}", DELETE, silent=_no_dataset),
    _datasets(
        "PATCH",
        "{dataset_id}/tags",
        LOG,
        checks=_one_id,
        stamp=Stamp.DATASET_TAGS,
        uses=Use.TEXT,
    ),
    _datasets("DELETE", "{dataset_id}/tags/{key}", LOG, stamp=Stamp.KEEP, silent=_no_dataset),
    _datasets("GET", "{dataset_id}/records", READ, names=_dataset),
    _datasets(
        "POST",
        "{dataset_id}/records",
        LOG,
        checks=_one_id,
        stamp=Stamp.RECORDS,
        uses=Use.TEXT,
        large=4,
        texts=("records",),
    ),
    _datasets("DELETE", "{dataset_id}/records", DELETE, checks=_one_id, silent=_no_record),
    _datasets("GET", "{dataset_id}/experiment-ids", READ, names=_dataset),
    _datasets("POST", "{dataset_id}/add-experiments", LOG, names=_in_experiments, checks=_one_id),
    _datasets(
        "POST", "{dataset_id}/remove-experiments", LOG, names=_in_experiments, checks=_one_id
    ),
    # The code of a scorer is text here: MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS is off.
    _scorers("POST", "register", LOG, uses=Use.TEXT),
    _scorers("GET", "list", READ),
    _scorers("GET", "versions", READ),
    _scorers("GET", "get", READ),
    _scorers("GET", "online-configs", READ),
    _scorers("DELETE", "delete", DELETE),
    _schemas("POST", "create", LOG, uses=Use.TEXT),
    _schemas("GET", "get", READ),
    _schemas("GET", "get-by-name", READ),
    _schemas("GET", "list", READ),
    _schemas("PATCH", "update", LOG, uses=Use.TEXT),
    _schemas("DELETE", "delete", DELETE, silent=_no_schema),
    _queues("POST", "create", LOG, stamp=Stamp.CREATOR),
    _queues("POST", "get-or-create-user", LOG, stamp=Stamp.CREATOR),
    _queues("GET", "get", READ),
    _queues("GET", "get-by-name", READ),
    _queues("GET", "list", READ),
    _queues("POST", "update", LOG, stamp=Stamp.OWNER),
    _queues("POST", "delete", DELETE, silent=_no_queue),
    _queues("POST", "items/add", LOG),
    _queues("POST", "items/remove", LOG, silent=_no_item),
    _queues("GET", "items/list", READ),
    _queues("POST", "items/set-status", LOG, stamp=Stamp.REVIEWER),
    _issues(
        "POST",
        "",
        LOG,
        names=(Ref(Thing.RUN, "source_run_id"),),
        checks=(Check.NEW_ISSUE,),
        stamp=Stamp.CREATOR,
        uses=Use.TEXT,
    ),
    _issues("GET", "/{issue_id}", READ),
    _issues("PATCH", "/{issue_id}", LOG, checks=_one_id, stamp=Stamp.EDITOR, uses=Use.TEXT),
    _issues("POST", "/search", READ, checks=_filter),
)
