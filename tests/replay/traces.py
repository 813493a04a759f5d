"""How the rows of traces are asked."""

from __future__ import annotations

from typing import Any

from evaluation import root_span

from .ask import Way, Ways, asked, told
from .estate import OTHER_TAG, TAG, Estate

V2, V3 = "/api/2.0/mlflow/traces", "/api/3.0/mlflow/traces"
NEW = {"key": "fresh", "value": "1"}
OTHER_NEW = {"key": "fresher", "value": "1"}
COUNTED = {
    "metric_name": "assessment_count",
    "view_type": "ASSESSMENTS",
    "aggregations": [{"aggregation_type": "COUNT"}],
    "dimensions": ["assessment_name"],
}
OK = "attributes.status = 'OK'"
MOMENT = "2026-01-01T00:00:00Z"


def place(c: Estate) -> dict[str, Any]:
    """Where a trace is, as the newer REST takes it."""
    return {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": c.experiment}}


def _info(c: Estate, trace: str) -> Way:
    info = {"trace_id": trace, "trace_location": place(c), "request_time": MOMENT, "state": "OK"}
    return told(trace={"trace_info": {**info, "tags": {"fresh": "1"}}})


def _spans(c: Estate, trace: str) -> Way:
    return Way(body=root_span(trace), headers={"X-Mlflow-Experiment-Id": c.experiment})


TRACES: Ways = {
    f"GET {V2}": lambda c: [asked(experiment_ids=[c.experiment], max_results=100)],
    f"POST {V2}": lambda c: [
        told(
            experiment_id=c.experiment,
            timestamp_ms=1,
            request_metadata=[NEW],
            tags=[NEW],
        )
    ],
    f"PATCH {V2}/{{trace_id}}": lambda c: [
        told(request_id=c.trace, timestamp_ms=7, status="ERROR", request_metadata=[NEW], tags=[NEW])
    ],
    f"GET {V2}/{{trace_id}}/info": lambda _: [asked()],
    f"PATCH {V2}/{{trace_id}}/tags": lambda _: [told(**OTHER_NEW)],
    f"DELETE {V2}/{{trace_id}}/tags": lambda _: [told(key=TAG)],
    f"POST {V2}/link-to-run": lambda c: [told(trace_ids=[c.trace], run_id=c.run)],
    f"POST {V2}/link-prompts": lambda c: [
        told(trace_id=c.trace, prompt_versions=[{"name": c.prompt, "version": "1"}])
    ],
    f"POST {V2}/delete-traces": lambda c: [
        told(experiment_id=c.experiment, request_ids=[c.trace]),
        told(experiment_id=c.experiment, max_timestamp_millis=2**50),
    ],
    f"POST {V3}": lambda c: [_info(c, c.new_trace), _info(c, c.trace)],
    f"POST {V3}/search": lambda c: [
        told(locations=[place(c)], max_results=100),
        told(locations=[place(c)], filter=f"attributes.run_id = '{c.run}'"),
        told(locations=[place(c)], filter=f"prompt = '{c.prompt}/1'"),
    ],
    f"POST {V3}/metrics": lambda c: [told(experiment_ids=[c.experiment], **COUNTED)],
    f"POST {V3}/calculate-filter-correlation": lambda c: [
        told(experiment_ids=[c.experiment], filter_string1=OK, filter_string2=OK)
    ],
    f"GET {V3}/get": lambda c: [asked(trace_id=c.trace)],
    f"GET {V3}/batchGet": lambda c: [asked(trace_ids=[c.trace])],
    f"POST {V3}/batchGetInfos": lambda c: [told(trace_ids=[c.trace])],
    f"GET {V3}/{{trace_id}}": lambda _: [asked()],
    f"PATCH {V3}/{{trace_id}}/tags": lambda _: [told(key="freshest", value="1")],
    f"DELETE {V3}/{{trace_id}}/tags": lambda _: [told(key=OTHER_TAG)],
    f"POST {V3}/delete-traces": lambda c: [
        told(experiment_id=c.experiment, request_ids=[c.trace]),
        told(experiment_id=c.experiment, max_timestamp_millis=2**50),
    ],
    "POST /v1/traces": lambda c: [_spans(c, f"{c.new_trace[:-1]}0"), _spans(c, c.trace)],
}
