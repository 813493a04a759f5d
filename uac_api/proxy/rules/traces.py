"""Traces, in both dialects of MLflow's REST and by OpenTelemetry."""

from __future__ import annotations

from ...access.decisions.roles import Action
from .row import Check, Family, Rule, Silent, Stamp, Use

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_v2 = Family("/api/2.0/mlflow/traces")
_v3 = Family("/api/3.0/mlflow/traces")

_deleted = Silent(count="traces_deleted")
# Spans of a trace that is there go to it, whatever experiment they name.
_experiment = Silent(
    there="/api/2.0/mlflow/experiments/get?experiment_id={X-Mlflow-Experiment-Id}", stays=True
)
_tags = (Check.TRACE_TAGS,)
_filter = (Check.FILTER,)
_logged = (Check.TRACE_TAGS, Check.ASSESSMENT)

TRACES = (
    _v2("GET", "", READ, checks=_filter),
    _v2("POST", "", LOG, checks=_tags, stamp=Stamp.TRACE_V2, uses=Use.TEXT, large=5),
    _v2("PATCH", "/{trace_id}", LOG, checks=_tags, stamp=Stamp.TAGS, uses=Use.TEXT, large=5),
    _v2("GET", "/{trace_id}/info", READ),
    _v2("PATCH", "/{trace_id}/tags", LOG, checks=_tags, stamp=Stamp.TAGS, uses=Use.TEXT),
    _v2("DELETE", "/{trace_id}/tags", LOG, stamp=Stamp.KEEP),
    # Traces that are not in the project are left out, or linked when they arrive (trace_links.py).
    _v2("POST", "/link-to-run", LOG),
    # A prompt is named here as one of the project's own: MLflow looks the name up in no other.
    _v2("POST", "/link-prompts", LOG),
    _v2("POST", "/delete-traces", DELETE, silent=_deleted),
    _v3("POST", "", LOG, checks=_logged, stamp=Stamp.TRACE, uses=Use.TEXT, large=5),
    _v3("POST", "/search", READ, checks=_filter),
    _v3("POST", "/metrics", READ, checks=_filter),
    _v3("POST", "/calculate-filter-correlation", READ, checks=_filter),
    _v3("GET", "/get", READ),
    _v3("GET", "/batchGet", READ),
    _v3("POST", "/batchGetInfos", READ),
    _v3("GET", "/{trace_id}", READ),
    _v3("PATCH", "/{trace_id}/tags", LOG, checks=_tags, stamp=Stamp.TAGS, uses=Use.TEXT),
    _v3("DELETE", "/{trace_id}/tags", LOG, stamp=Stamp.KEEP),
    _v3("POST", "/delete-traces", DELETE, silent=_deleted),
    Rule("POST", "/v1/traces", LOG, spans=True, uses=Use.TEXT, silent=_experiment, large=24),
)
