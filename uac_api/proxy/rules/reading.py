"""How MLflow reads the rows that its protobuf interface does not describe.

Every other row is read as a protobuf message, whose fields stand in `messages/<version>.json`. A
row that is in neither, or in both, is a red test (tests/proxy/test_messages.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .row import Rule


class Reads(StrEnum):
    """What MLflow makes of a request's body, or of its query where it has no body.

    NOTHING  it looks at neither
    FILE     the body is a file
    SPANS    OpenTelemetry, protobuf or JSON: taken or refused as a whole
    JSON     a pydantic model of FastAPI, which refuses with 422 what does not fit, or a document
             that goes on to a provider
    GRAPHQL  `graphql.py` reads it before MLflow does
    """

    NOTHING = "nothing"
    FILE = "file"
    SPANS = "spans"
    JSON = "json"
    GRAPHQL = "graphql"


@dataclass(frozen=True, slots=True)
class Named:
    """A message that the descriptors name at another address: MLflow reads it here as well."""

    message: str


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields that MLflow picks out of the query by hand, in the kinds of protobuf."""

    kinds: Mapping[str, str]


# Fields that clients of other versions send in these messages, which neither of `VERSIONS` reads:
# compared were the descriptors of mlflow 2.16, 2.22, 3.1, 3.5, 3.10 and 3.14. Every other field
# that the newest message does not have is refused.
OF_OTHERS: Mapping[str, tuple[str, ...]] = {
    # MLflow's own pages, where a warehouse of Databricks keeps the traces.
    "mlflow.SearchTracesV3": ("model_id", "sql_warehouse_id"),
    "mlflow.DeleteTraceTag": ("trace_id",),
    "mlflow.DeleteTraceTagV3": ("request_id",),
}
_RUN_FILE = Fields({"run_id": "string", "run_uuid": "string", "path": "string"})
_TRACE_FILE = Fields({"request_id": "string", "path": "string"})
_PROVIDER = Fields({"provider": "string"})

READING: Mapping[str, Reads | Named | Fields] = {
    # Tracking. The descriptor of the first spells its path without a slash.
    "POST /api/2.0/mlflow/experiments/search-datasets": Named("mlflow.SearchDatasets"),
    "GET /api/2.0/mlflow/metrics/get-history-bulk": Fields(
        {"run_id": "repeated string", "metric_key": "string", "max_results": "int32"}
    ),
    # Files.
    "GET /get-artifact": _RUN_FILE,
    "GET /model-versions/get-artifact": Fields(
        {"name": "string", "version": "string", "path": "string"}
    ),
    "GET /api/2.0/mlflow/get-trace-artifact": _TRACE_FILE,
    "GET /api/3.0/mlflow/get-trace-artifact": _TRACE_FILE,
    "GET /api/2.0/mlflow/logged-models/{model_id}/artifacts/files": Fields(
        {"artifact_file_path": "string"}
    ),
    "POST /api/2.0/mlflow/upload-artifact": Reads.FILE,
    # Traces.
    "POST /v1/traces": Reads.SPANS,
    # Evaluation.
    "GET /api/3.0/mlflow/scorers/online-configs": Fields({"scorer_ids": "repeated string"}),
    # The configuration of the gateway.
    "GET /api/3.0/mlflow/gateway/supported-providers": Reads.NOTHING,
    "GET /api/3.0/mlflow/gateway/supported-models": _PROVIDER,
    "GET /api/3.0/mlflow/gateway/provider-config": _PROVIDER,
    "GET /api/3.0/mlflow/gateway/secrets/config": Reads.NOTHING,
    # Jobs.
    "GET /api/3.0/mlflow/jobs/{job_id}": Reads.NOTHING,
    "PATCH /api/3.0/mlflow/jobs/cancel/{job_id}": Reads.NOTHING,
    "GET /api/3.0/jobs/{job_id}": Reads.NOTHING,
    "POST /api/3.0/jobs/search": Reads.JSON,
    "PATCH /api/3.0/jobs/cancel/{job_id}": Reads.NOTHING,
    # The server and its interface.
    "GET /api/3.0/mlflow/server-info": Reads.NOTHING,
    "GET /version": Reads.NOTHING,
    "GET /": Reads.NOTHING,
    "GET /static-files/{path:path}": Reads.NOTHING,
    "GET /api/2.0/mlflow/users/current": Reads.NOTHING,
    "POST /graphql": Reads.GRAPHQL,
}
# The families that FastAPI serves, by the beginning of their paths.
FAMILIES: Mapping[str, Reads] = {
    "/gateway/": Reads.JSON,
    "/api/3.0/mlflow/skills": Reads.JSON,
}


def reading(rule: Rule) -> Reads | Named | Fields | None:
    """How MLflow reads a row without a message of its own; None if nobody has said."""
    known = READING.get(rule.operation)
    if known is not None:
        return known
    return next((how for path, how in FAMILIES.items() if rule.path.startswith(path)), None)
