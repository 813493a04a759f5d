"""Traces of a project as MLflow has them: who asked what, how long it took, what it said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio_app.api.base import segment
from studio_app.api.client import Client, Json
from studio_app.api.errors import if_there

API = "api/3.0/mlflow/traces"

# What MLflow notes on a trace, in its tags and its metadata (mlflow.tracing.constant of 3.17).
NAME = "mlflow.traceName"
USER = "mlflow.trace.user"
SESSION = "mlflow.trace.session"
RUN = "mlflow.sourceRun"
_TOKENS = "mlflow.trace.tokenUsage"
_COST = "mlflow.trace.cost"
_PROMPTS = "mlflow.linkedPrompts"

# How a trace ended, as MLflow writes it and as a page says it.
STATES = {"OK": "Finished", "ERROR": "Failed", "IN_PROGRESS": "Running"}


@dataclass(frozen=True)
class Trace:
    """One trace without its spans.

    `seconds` is None while it runs, `tokens` and `cost` (US dollars) where none were logged.
    """

    trace_id: str
    project: str
    experiment_id: str
    name: str
    state: str
    requested: datetime | None
    seconds: float | None
    request: str
    response: str
    tags: Mapping[str, str]
    metadata: Mapping[str, str]
    assessments: Sequence[Json]

    @property
    def session(self) -> str:
        """The session (a conversation, for instance) that it is a part of, or an empty text."""
        return self.metadata.get(SESSION, "")

    @property
    def run_id(self) -> str:
        """The run in which it was made, or an empty text."""
        return self.metadata.get(RUN, "")

    @property
    def tokens(self) -> int | None:
        """How many tokens models read and wrote for it."""
        return _whole(_document(self.metadata.get(_TOKENS)).get("total_tokens"))

    @property
    def cost(self) -> float | None:
        """What models took for it, in US dollars."""
        found = _document(self.metadata.get(_COST)).get("total_cost")
        return float(found) if isinstance(found, int | float) else None

    @property
    def prompts(self) -> list[tuple[str, str]]:
        """The versions of prompts that it used, as (name, version)."""
        try:
            found = json.loads(self.tags.get(_PROMPTS) or "[]")
            return [(str(one["name"]), str(one["version"])) for one in found]
        except (ValueError, TypeError, KeyError):
            return []


def read_trace(client: Client, project: str, trace_id: str) -> Trace:
    """One trace with its assessments. Raises ApiError 404."""
    answer = client.mlflow(project, "GET", f"{API}/{segment(trace_id)}")
    info: Json = answer["trace"]["trace_info"]
    place = info.get("trace_location", {}).get("mlflow_experiment", {})
    return trace_of(info | {"project": project, "experiment_id": place.get("experiment_id", "")})


def read_spans(client: Client, project: str, trace_id: str) -> list[Json]:
    """The spans of a trace as MLflow keeps them, wherever they lie; none where none came."""
    # A trace can begin, and end, before its spans are there.
    written = if_there(lambda: read_file(client, project, trace_id))
    found = None if written is None else json.loads(written)
    spans = found.get("spans") if isinstance(found, dict) else None
    return [one for one in spans if isinstance(one, dict)] if isinstance(spans, list) else []


def read_file(client: Client, project: str, trace_id: str) -> bytes:
    """The file of a trace's spans, a JSON document. Raises ApiError 404."""
    path = "ajax-api/3.0/mlflow/get-trace-artifact"
    return client.download(project, path, query={"request_id": trace_id}).content


def assess(
    client: Client,
    project: str,
    trace_id: str,
    *,
    name: str,
    kind: str,
    value: str | float | bool,
    rationale: str,
    username: str,
) -> None:
    """Adds what a person thinks of a trace; `kind` is `feedback` or `expectation`."""
    assessment: Json = {
        "assessment_name": name,
        "source": {"source_type": "HUMAN", "source_id": username},
        kind: {"value": value},
    }
    if rationale:
        assessment["rationale"] = rationale
    path = f"{API}/{segment(trace_id)}/assessments"
    client.mlflow(project, "POST", path, body={"assessment": assessment})


def take_back(client: Client, project: str, trace_id: str, assessment_id: str) -> None:
    """Removes an assessment."""
    path = f"{API}/{segment(trace_id)}/assessments/{segment(assessment_id)}"
    client.mlflow(project, "DELETE", path)


def delete(client: Client, project: str, experiment_id: str, trace_ids: Sequence[str]) -> None:
    """Deletes traces with their spans."""
    body = {"experiment_id": experiment_id, "request_ids": list(trace_ids)}
    client.mlflow(project, "POST", f"{API}/delete-traces", body=body)


def trace_of(info: Json) -> Trace:
    """A trace of a list, or of MLflow's own answer with its project and experiment."""
    tags, metadata = dict(info.get("tags") or {}), dict(info.get("trace_metadata") or {})
    requested = info.get("request_time")
    return Trace(
        trace_id=str(info["trace_id"]),
        project=str(info["project"]),
        experiment_id=str(info.get("experiment_id", "")),
        name=tags.get(NAME) or str(info["trace_id"]),
        state=str(info.get("state") or ""),
        requested=datetime.fromisoformat(requested) if requested else None,
        seconds=_seconds(info.get("execution_duration")),
        request=str(info.get("request_preview") or ""),
        response=str(info.get("response_preview") or ""),
        tags=tags,
        metadata=metadata,
        assessments=list(info.get("assessments") or []),
    )


def _seconds(duration: str | None) -> float | None:
    """A duration as protobuf writes it in JSON: `0.250s`."""
    return float(duration.removesuffix("s")) if duration else None


def _document(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
