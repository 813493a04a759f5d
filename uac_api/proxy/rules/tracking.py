"""Experiments, runs, metrics and logged models."""

from __future__ import annotations

from ...access.decisions.roles import Action
from .row import Check, Family, Ref, RunAt, Stamp, Thing, Use

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_experiments = Family("/api/2.0/mlflow/experiments/")
_runs = Family("/api/2.0/mlflow/runs/")
_metrics = Family("/api/2.0/mlflow/metrics/")
_models = Family("/api/2.0/mlflow/logged-models")

_one = RunAt.FIELDS
# A metric with a model's id is stored at the model as well.
_of_model = Ref(Thing.MODEL, "model_id", written=True)
_of_models = Ref(Thing.MODEL, "metrics.*.model_id", written=True)
_tags = (Check.EXPERIMENT_TAGS,)
_filter = (Check.FILTER,)
# People choose experiments by their names. Of a run the name is its author's own affair.
_named = (Check.SEEN_NAME,)
_new = (*_tags, *_named)
_linked = (Ref(Thing.MODEL, "models.*.model_id"),)

TRACKING = (
    _experiments("GET", "get", READ),
    _experiments("GET", "get-by-name", READ),
    _experiments("GET", "search", READ, checks=_filter),
    _experiments("POST", "search", READ, checks=_filter),
    _experiments("POST", "search-datasets", READ, ajax=True),
    _experiments("POST", "create", LOG, checks=_new, stamp=Stamp.TAGS, uses=Use.TAGS),
    _experiments("POST", "update", LOG, checks=_named),
    _experiments("POST", "set-experiment-tag", LOG, checks=_tags, stamp=Stamp.TAGS, uses=Use.TEXT),
    _experiments("POST", "delete-experiment-tag", LOG, stamp=Stamp.KEEP),
    _experiments("POST", "delete", DELETE),
    _experiments("POST", "restore", DELETE),
    _runs("GET", "get", READ, run=_one),
    _runs("POST", "search", READ, checks=_filter),
    _runs("POST", "create", LOG, stamp=Stamp.RUN, uses=Use.RUN),
    _runs("POST", "update", LOG, run=_one),
    _runs("POST", "delete", LOG),
    _runs("POST", "restore", LOG),
    _runs("POST", "log-metric", LOG, names=(_of_model,), run=_one),
    _runs("POST", "log-parameter", LOG, run=_one),
    _runs("POST", "set-tag", LOG, stamp=Stamp.TAGS, run=_one, uses=Use.TEXT),
    _runs("POST", "delete-tag", LOG, stamp=Stamp.KEEP, run=_one),
    _runs(
        "POST",
        "log-batch",
        LOG,
        names=(_of_models,),
        stamp=Stamp.TAGS,
        run=_one,
        uses=Use.TAGS,
        large=8,
    ),
    # The description of a model, with its signature; the profile of a dataset, up to 16 MiB.
    _runs("POST", "log-model", LOG, run=_one, uses=Use.TEXT, large=8, texts=("model_json",)),
    _runs("POST", "log-inputs", LOG, names=_linked, run=_one, uses=Use.TEXT, large=16),
    _runs("POST", "outputs", LOG, names=_linked, run=_one),
    _metrics("GET", "get-history", READ, run=_one),
    _metrics("GET", "get-history-bulk", READ, ajax=True, run=_one),
    _metrics("GET", "get-history-bulk-interval", READ, run=RunAt.LIST),
    _models(
        "POST",
        "",
        LOG,
        names=(Ref(Thing.RUN, "source_run_id"),),
        stamp=Stamp.TAGS,
        uses=Use.TEXT,
    ),
    _models("POST", "/search", READ, checks=_filter),
    _models("GET", "/{model_id}", READ),
    _models("PATCH", "/{model_id}", LOG, checks=(Check.PATH_ID_IN_BODY,)),
    _models("DELETE", "/{model_id}", DELETE),
    _models("PATCH", "/{model_id}/tags", LOG, stamp=Stamp.TAGS, uses=Use.TEXT),
    _models("DELETE", "/{model_id}/tags/{tag_key}", LOG, stamp=Stamp.KEEP),
    _models("POST", "/{model_id}/params", LOG, checks=(Check.PATH_ID_IN_BODY,), uses=Use.TEXT),
)
