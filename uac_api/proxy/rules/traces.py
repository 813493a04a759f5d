"""Traces, in both dialects of MLflow's REST and by OpenTelemetry."""

from __future__ import annotations

from ...access.roles import Action
from .row import Family, Ref, Rule, Stamp, Thing

READ, LOG, DELETE = Action.READ, Action.LOG, Action.DELETE

_v2 = Family("/api/2.0/mlflow/traces")
_v3 = Family("/api/3.0/mlflow/traces")

TRACES = (
    _v2("GET", "", READ),
    _v2("POST", "", LOG, stamp=Stamp.TAGS),
    _v2("PATCH", "/{trace_id}", LOG, stamp=Stamp.TAGS),
    _v2("GET", "/{trace_id}/info", READ),
    _v2("PATCH", "/{trace_id}/tags", LOG, stamp=Stamp.TAGS),
    _v2("DELETE", "/{trace_id}/tags", LOG),
    _v2("POST", "/link-to-run", LOG, names=(Ref(Thing.TRACE, "trace_ids.*"),)),
    _v2("POST", "/delete-traces", DELETE),
    _v3("POST", "", LOG, stamp=Stamp.TAGS),
    _v3("POST", "/search", READ),
    _v3("GET", "/get", READ),
    _v3("GET", "/batchGet", READ),
    _v3("POST", "/batchGetInfos", READ),
    _v3("GET", "/{trace_id}", READ),
    _v3("PATCH", "/{trace_id}/tags", LOG, stamp=Stamp.TAGS),
    _v3("DELETE", "/{trace_id}/tags", LOG),
    _v3("POST", "/delete-traces", DELETE),
    Rule("POST", "/v1/traces", LOG, streamed=True),
)
