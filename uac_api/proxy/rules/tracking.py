"""Experiments, runs, metrics and logged models."""

from __future__ import annotations

from ...access.roles import Action
from .row import Check, Family, Ref, Stamp, Thing

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_experiments = Family("/api/2.0/mlflow/experiments/")
_runs = Family("/api/2.0/mlflow/runs/")
_metrics = Family("/api/2.0/mlflow/metrics/")
_models = Family("/api/2.0/mlflow/logged-models")

TRACKING = (
    _experiments("GET", "get", READ),
    _experiments("GET", "get-by-name", READ),
    _experiments("GET", "search", READ),
    _experiments("POST", "search", READ),
    _experiments("POST", "search-datasets", READ, ajax=True),
    _experiments("POST", "create", LOG, stamp=Stamp.TAGS),
    _experiments("POST", "update", LOG),
    _experiments("POST", "set-experiment-tag", LOG, stamp=Stamp.TAGS),
    _experiments("POST", "delete-experiment-tag", LOG, stamp=Stamp.KEEP),
    _experiments("POST", "delete", DELETE),
    _experiments("POST", "restore", DELETE),
    _runs("GET", "get", READ),
    _runs("POST", "search", READ),
    _runs("POST", "create", LOG, stamp=Stamp.RUN),
    _runs("POST", "update", LOG),
    _runs("POST", "delete", LOG),
    _runs("POST", "restore", LOG),
    _runs("POST", "log-metric", LOG, names=(Ref(Thing.MODEL, "model_id"),)),
    _runs("POST", "log-parameter", LOG),
    _runs("POST", "set-tag", LOG, stamp=Stamp.TAGS),
    _runs("POST", "delete-tag", LOG, stamp=Stamp.KEEP),
    _runs(
        "POST",
        "log-batch",
        LOG,
        names=(Ref(Thing.MODEL, "metrics.*.model_id"),),
        stamp=Stamp.TAGS,
    ),
    _runs("POST", "log-model", LOG),
    _runs("POST", "log-inputs", LOG, names=(Ref(Thing.MODEL, "models.*.model_id"),)),
    _runs("POST", "outputs", LOG, names=(Ref(Thing.MODEL, "models.*.model_id"),)),
    _metrics("GET", "get-history", READ),
    _metrics("GET", "get-history-bulk", READ, ajax=True),
    _metrics("GET", "get-history-bulk-interval", READ),
    _models("POST", "", LOG, names=(Ref(Thing.RUN, "source_run_id"),), stamp=Stamp.TAGS),
    _models("POST", "/search", READ),
    _models("GET", "/{model_id}", READ),
    _models("PATCH", "/{model_id}", LOG, checks=(Check.PATH_ID_IN_BODY,)),
    _models("DELETE", "/{model_id}", DELETE),
    _models("PATCH", "/{model_id}/tags", LOG, stamp=Stamp.TAGS),
    _models("DELETE", "/{model_id}/tags/{tag_key}", LOG, stamp=Stamp.KEEP),
    _models("POST", "/{model_id}/params", LOG, checks=(Check.PATH_ID_IN_BODY,)),
)
