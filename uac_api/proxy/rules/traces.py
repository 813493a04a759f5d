"""Traces, in both dialects of MLflow's REST and by OpenTelemetry."""

from __future__ import annotations

from ...access.roles import Action
from .row import Check, Family, Rule, Stamp

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_v2 = Family("/api/2.0/mlflow/traces")
_v3 = Family("/api/3.0/mlflow/traces")

_tags = (Check.TRACE_TAGS,)

TRACES = (
    _v2("GET", "", READ),
    _v2("POST", "", LOG, checks=_tags, stamp=Stamp.TRACE_V2),
    _v2("PATCH", "/{trace_id}", LOG, checks=_tags, stamp=Stamp.TAGS),
    _v2("GET", "/{trace_id}/info", READ),
    _v2("PATCH", "/{trace_id}/tags", LOG, checks=_tags, stamp=Stamp.TAGS),
    _v2("DELETE", "/{trace_id}/tags", LOG, stamp=Stamp.KEEP),
    # Traces that are not in the project are left out, or linked when they arrive (trace_links.py).
    _v2("POST", "/link-to-run", LOG),
    # A prompt is named here as one of the project's own: MLflow looks the name up in no other.
    _v2("POST", "/link-prompts", LOG),
    _v2("POST", "/delete-traces", DELETE),
    _v3("POST", "", LOG, checks=(Check.TRACE_TAGS, Check.ASSESSMENT), stamp=Stamp.TRACE),
    _v3("POST", "/search", READ),
    _v3("POST", "/metrics", READ),
    _v3("POST", "/calculate-filter-correlation", READ),
    _v3("GET", "/get", READ),
    _v3("GET", "/batchGet", READ),
    _v3("POST", "/batchGetInfos", READ),
    _v3("GET", "/{trace_id}", READ),
    _v3("PATCH", "/{trace_id}/tags", LOG, checks=_tags, stamp=Stamp.TAGS),
    _v3("DELETE", "/{trace_id}/tags", LOG, stamp=Stamp.KEEP),
    _v3("POST", "/delete-traces", DELETE),
    Rule("POST", "/v1/traces", LOG, spans=True),
)
