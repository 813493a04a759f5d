"""Traces for tests of Studio's pages, logged by OpenTelemetry as MLflow's own client logs them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from laboratory import Lab
from people import Person

T0 = 1_790_000_000_000_000_000
SECOND = 1_000_000_000

HOSTILE = "<img src=x onerror=alert(1)> **bold** $(touch x)"


@dataclass(frozen=True)
class LoggedSpan:
    """A span to log; times are seconds since the trace began."""

    name: str
    kind: str = "CHAIN"
    parent: int | None = None
    start: float = 0.0
    seconds: float = 1.0
    inputs: object = None
    outputs: object = None
    error: str = ""


QUESTION = (
    LoggedSpan("answer", inputs={"question": "Why?", "seed": 12345678901234567890}, seconds=1.5),
    LoggedSpan("find", "RETRIEVER", 0, 0.1, 0.4, {"query": HOSTILE}, ["a", "b"]),
    LoggedSpan("write", "LLM", 0, 0.6, 0.8, {"prompt": "Because"}, None, "No model answered."),
)


def log_trace(
    person: Person,
    lab: Lab,
    spans: tuple[LoggedSpan, ...] = QUESTION,
    metadata: Mapping[str, str] | None = None,
) -> str:
    """The id of a new trace of the lab's experiment, with its spans."""
    number = secrets.token_bytes(16)
    trace_id = f"tr-{number.hex()}"
    failed = any(span.error for span in spans)
    info: dict[str, Any] = {
        "trace_id": trace_id,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": lab.experiment_id},
        },
        "request_time": datetime.fromtimestamp(T0 / SECOND, UTC).isoformat(),
        "execution_duration": f"{max(span.start + span.seconds for span in spans)}s",
        "state": "ERROR" if failed else "OK",
        "request_preview": json.dumps(spans[0].inputs),
        "response_preview": json.dumps(spans[0].outputs),
        "trace_metadata": {"mlflow.trace_schema.version": "3", **(metadata or {})},
        "tags": {"mlflow.traceName": spans[0].name, "mlflow.trace.spansLocation": "TRACKING_STORE"},
    }
    reply = person.ask(
        "POST",
        f"/projects/{lab.project}/api/3.0/mlflow/traces",
        {"trace": {"trace_info": info}},
    )
    assert reply.status == 200, reply.body
    sent = ExportTraceServiceRequest()
    scope = sent.resource_spans.add().scope_spans.add()
    ids = [secrets.token_bytes(8) for _ in spans]
    scope.spans.extend(_span(number, ids, at, one, trace_id) for at, one in enumerate(spans))
    reply = person.ask(
        "POST",
        f"/projects/{lab.project}/v1/traces",
        raw=sent.SerializeToString(),
        headers={
            "Content-Type": "application/x-protobuf",
            "X-Mlflow-Experiment-Id": lab.experiment_id,
        },
    )
    assert reply.status == 200, reply.body
    return trace_id


def _span(number: bytes, ids: list[bytes], at: int, one: LoggedSpan, trace_id: str) -> Span:
    begin = T0 + int(one.start * SECOND)
    span = Span(
        trace_id=number,
        span_id=ids[at],
        parent_span_id=b"" if one.parent is None else ids[one.parent],
        name=one.name,
        start_time_unix_nano=begin,
        end_time_unix_nano=begin + int(one.seconds * SECOND),
        status=Status(
            code=Status.STATUS_CODE_ERROR if one.error else Status.STATUS_CODE_OK,
            message=one.error,
        ),
    )
    for name, value in (
        ("mlflow.traceRequestId", trace_id),
        ("mlflow.spanType", one.kind),
        ("mlflow.spanInputs", one.inputs),
        ("mlflow.spanOutputs", one.outputs),
    ):
        if value is not None:
            text = AnyValue(string_value=json.dumps(value))
            span.attributes.append(KeyValue(key=name, value=text))
    return span
