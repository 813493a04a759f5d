"""THE TABLE: which MLflow request is which action, and what else must be looked at.

A row is method, path, action. No row here and none in `closed.py` means no. Paths are MLflow's
own without `/ajax-api`, which is folded onto `/api`; `{name}` is one segment, `{name:path}` the
rest. `checks` name functions of `references.py`, `stamp` one of `authorship.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..access.roles import Action

READ, LOG, REGISTER = Action.READ, Action.LOG, Action.REGISTER
PROMOTE, DELETE = Action.PROMOTE, Action.DELETE


class Check(StrEnum):
    """A look at ids named beside the main one; each is a function in `references.py`."""

    MODEL_ID = "model_id"
    METRIC_MODELS = "metric_models"
    LINKED_MODELS = "linked_models"
    SOURCE_RUN = "source_run"
    VERSION_SOURCE = "version_source"
    TRACE_IDS = "trace_ids"
    OWN_ARTIFACTS = "own_artifacts"
    SAFE_PATH = "safe_path"
    PATH_ID_IN_BODY = "path_id_in_body"


class Stamp(StrEnum):
    """How authorship is written into a body; each is a function in `authorship.py`."""

    RUN = "run"
    TAGS = "tags"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `action` None means any signed-in person; `streamed` bodies are never held.

    `ajax` marks what MLflow serves under `/ajax-api` only.
    """

    method: str
    path: str
    action: Action | None
    checks: tuple[Check, ...] = ()
    stamp: Stamp | None = None
    streamed: bool = False
    ajax: bool = False

    @property
    def operation(self) -> str:
        """The row's name in logs and the audit trail."""
        return f"{self.method} {self.path}"


def _rows(prefix: str, *rows: tuple[object, ...]) -> tuple[Rule, ...]:
    return tuple(Rule(str(m), prefix + str(p), *rest) for m, p, *rest in rows)  # type: ignore[arg-type]


TRACKING = _rows(
    "/api/2.0/mlflow/experiments/",
    ("GET", "get", READ),
    ("GET", "get-by-name", READ),
    ("GET", "search", READ),
    ("POST", "search", READ),
    ("POST", "search-datasets", READ, (), None, False, True),
    ("POST", "create", LOG),
    ("POST", "update", LOG),
    ("POST", "set-experiment-tag", LOG),
    ("POST", "delete-experiment-tag", LOG),
    ("POST", "delete", DELETE),
    ("POST", "restore", DELETE),
) + _rows(
    "/api/2.0/mlflow/runs/",
    ("GET", "get", READ),
    ("POST", "search", READ),
    ("POST", "create", LOG, (), Stamp.RUN),
    ("POST", "update", LOG),
    ("POST", "delete", LOG),
    ("POST", "restore", LOG),
    ("POST", "log-metric", LOG, (Check.MODEL_ID,)),
    ("POST", "log-parameter", LOG),
    ("POST", "set-tag", LOG, (), Stamp.TAGS),
    ("POST", "delete-tag", LOG, (), Stamp.KEEP),
    ("POST", "log-batch", LOG, (Check.METRIC_MODELS,), Stamp.TAGS),
    ("POST", "log-model", LOG),
    ("POST", "log-inputs", LOG, (Check.LINKED_MODELS,)),
    ("POST", "outputs", LOG, (Check.LINKED_MODELS,)),
)

METRICS = _rows(
    "/api/2.0/mlflow/metrics/",
    ("GET", "get-history", READ),
    ("GET", "get-history-bulk", READ, (), None, False, True),
    ("GET", "get-history-bulk-interval", READ),
)

ARTIFACTS = (
    Rule("GET", "/api/2.0/mlflow/artifacts/list", READ, (Check.SAFE_PATH,)),
    Rule("GET", "/get-artifact", READ, (Check.SAFE_PATH,)),
    Rule("GET", "/model-versions/get-artifact", READ, (Check.SAFE_PATH,)),
    *_rows(
        "/api/2.0/mlflow-artifacts/artifacts",
        ("GET", "", READ, (Check.OWN_ARTIFACTS,)),
        ("GET", "/{artifact_path:path}", READ, (Check.OWN_ARTIFACTS,)),
        ("PUT", "/{artifact_path:path}", LOG, (Check.OWN_ARTIFACTS,), None, True),
        ("DELETE", "/{artifact_path:path}", DELETE, (Check.OWN_ARTIFACTS,)),
    ),
)

REGISTRY = _rows(
    "/api/2.0/mlflow/registered-models/",
    ("GET", "get", READ),
    ("GET", "search", READ),
    ("GET", "alias", READ),
    ("GET", "get-latest-versions", READ),
    ("POST", "get-latest-versions", READ),
    ("POST", "create", REGISTER),
    ("PATCH", "update", REGISTER),
    ("POST", "set-tag", REGISTER),
    ("DELETE", "delete-tag", REGISTER),
    ("POST", "rename", PROMOTE),
    ("POST", "alias", PROMOTE),
    ("DELETE", "alias", PROMOTE),
    ("DELETE", "delete", DELETE),
) + _rows(
    "/api/2.0/mlflow/model-versions/",
    ("GET", "get", READ),
    ("GET", "search", READ),
    ("GET", "get-download-uri", READ),
    ("POST", "create", REGISTER, (Check.VERSION_SOURCE,)),
    ("PATCH", "update", REGISTER),
    ("POST", "set-tag", PROMOTE),
    ("DELETE", "delete-tag", PROMOTE),
    ("POST", "transition-stage", PROMOTE),
    ("DELETE", "delete", DELETE),
)

LOGGED_MODELS = _rows(
    "/api/2.0/mlflow/logged-models",
    ("POST", "", LOG, (Check.SOURCE_RUN,), Stamp.TAGS),
    ("POST", "/search", READ),
    ("GET", "/{model_id}", READ),
    ("PATCH", "/{model_id}", LOG, (Check.PATH_ID_IN_BODY,)),
    ("DELETE", "/{model_id}", DELETE),
    ("PATCH", "/{model_id}/tags", LOG, (), Stamp.TAGS),
    ("DELETE", "/{model_id}/tags/{tag_key}", LOG, (), Stamp.KEEP),
    ("POST", "/{model_id}/params", LOG, (Check.PATH_ID_IN_BODY,)),
    ("GET", "/{model_id}/artifacts/directories", READ, (Check.SAFE_PATH,)),
    ("GET", "/{model_id}/artifacts/files", READ, (Check.SAFE_PATH,), None, False, True),
)

TRACES = (
    *_rows(
        "/api/2.0/mlflow/traces",
        ("GET", "", READ),
        ("POST", "", LOG, (), Stamp.TAGS),
        ("PATCH", "/{trace_id}", LOG, (), Stamp.TAGS),
        ("GET", "/{trace_id}/info", READ),
        ("PATCH", "/{trace_id}/tags", LOG, (), Stamp.TAGS),
        ("DELETE", "/{trace_id}/tags", LOG),
        ("POST", "/link-to-run", LOG, (Check.TRACE_IDS,)),
        ("POST", "/delete-traces", DELETE),
    ),
    *_rows(
        "/api/3.0/mlflow/traces",
        ("POST", "", LOG, (), Stamp.TAGS),
        ("POST", "/search", READ),
        ("GET", "/get", READ),
        ("GET", "/batchGet", READ),
        ("POST", "/batchGetInfos", READ),
        ("GET", "/{trace_id}", READ),
        ("PATCH", "/{trace_id}/tags", LOG, (), Stamp.TAGS),
        ("DELETE", "/{trace_id}/tags", LOG),
        ("POST", "/delete-traces", DELETE),
    ),
    Rule("GET", "/api/2.0/mlflow/get-trace-artifact", READ, (Check.SAFE_PATH,), ajax=True),
    Rule("GET", "/api/3.0/mlflow/get-trace-artifact", READ, (Check.SAFE_PATH,), ajax=True),
    Rule("POST", "/v1/traces", LOG, streamed=True),
)

# What a client asks before it knows a project; the answers hold nothing of any project.
SERVER = (
    Rule("GET", "/api/3.0/mlflow/server-info", None),
    Rule("GET", "/version", None),
)

RULES: tuple[Rule, ...] = (
    TRACKING + METRICS + ARTIFACTS + REGISTRY + LOGGED_MODELS + TRACES + SERVER
)
