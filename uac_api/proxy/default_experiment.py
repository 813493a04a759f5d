"""A project's own default experiment, for scripts that never name one.

The mlflow client then sends the experiment id "0" (`DEFAULT_EXPERIMENT_ID` in
mlflow.tracking.default_experiment). That id is of MLflow's workspace `default`, which nobody
reaches here, so in every project it means that project's experiment named "Default". It is made
at the first write.
"""

from __future__ import annotations

from threading import Lock
from typing import Any
from urllib.parse import urlencode

from ..access.roles import Action
from .call import Call
from .rules import Rule
from .upstream import Upstream

CLIENT_DEFAULT = "0"
NAME = "Default"
OTLP_HEADER = "HTTP_X_MLFLOW_EXPERIMENT_ID"
JSON_KEYS = ("experiment_id", "experimentId", "experiment_ids", "experimentIds")

# The rows in which a client sends the id of an experiment that it never made itself.
ROWS = frozenset(
    {
        "POST /api/3.0/mlflow/datasets/create",
        "GET /api/3.0/mlflow/datasets/search",
        "POST /api/3.0/mlflow/datasets/search",
        "POST /api/3.0/mlflow/datasets/{dataset_id}/add-experiments",
        "POST /api/3.0/mlflow/datasets/{dataset_id}/remove-experiments",
        "POST /api/3.0/mlflow/scorers/register",
        "GET /api/3.0/mlflow/scorers/list",
        "GET /api/3.0/mlflow/scorers/versions",
        "GET /api/3.0/mlflow/scorers/get",
        "DELETE /api/3.0/mlflow/scorers/delete",
        "POST /api/3.0/mlflow/label-schemas/create",
        "GET /api/3.0/mlflow/label-schemas/get-by-name",
        "GET /api/3.0/mlflow/label-schemas/list",
        "POST /api/3.0/mlflow/review-queues/create",
        "POST /api/3.0/mlflow/review-queues/get-or-create-user",
        "GET /api/3.0/mlflow/review-queues/get-by-name",
        "GET /api/3.0/mlflow/review-queues/list",
        "POST /api/3.0/mlflow/issues",
        "POST /api/3.0/mlflow/issues/search",
        "POST /api/2.0/mlflow/traces/delete-traces",
        "POST /api/3.0/mlflow/traces/delete-traces",
        "POST /api/3.0/mlflow/traces/metrics",
        "POST /api/3.0/mlflow/traces/calculate-filter-correlation",
        "GET /api/2.0/mlflow/experiments/get",
        "POST /api/2.0/mlflow/experiments/set-experiment-tag",
        "POST /api/2.0/mlflow/runs/create",
        "POST /api/2.0/mlflow/runs/search",
        "POST /api/2.0/mlflow/logged-models",
        "POST /api/2.0/mlflow/logged-models/search",
        "POST /api/2.0/mlflow/traces",
        "GET /api/2.0/mlflow/traces",
        "POST /api/3.0/mlflow/traces",
        "POST /api/3.0/mlflow/traces/search",
        "POST /v1/traces",
    }
)


class DefaultExperiment:
    """Puts the id of the project's default experiment where a call says "0"."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._known: dict[str, str] = {}
        self._lock = Lock()

    def put_in(self, call: Call, rule: Rule, slug: str) -> None:
        """Rewrite the call, if its rule is one of ROWS and it means the default experiment."""
        if rule.operation not in ROWS or not _means_default(call, rule):
            return
        found = self._id(slug, create=rule.action is Action.LOG)
        if found is None:
            return
        if call.environ.get(OTLP_HEADER) == CLIENT_DEFAULT:
            call.environ[OTLP_HEADER] = found
        call.query = [(name, _swapped(name, value, found)) for name, value in call.query]
        if call.body and not rule.spans:
            call.replace_json(_rewritten(call.json(), found))

    def forget(self, slug: str) -> None:
        """Look for the project's default experiment again: MLflow said that something is gone."""
        with self._lock:
            self._known.pop(slug, None)

    def _id(self, slug: str, *, create: bool) -> str | None:
        with self._lock:
            if slug in self._known:
                return self._known[slug]
        found = self._by_name(slug)
        if found is None and create:
            # Two first runs at once: the loser's creation fails, and the name is there by then.
            found = self._create(slug) or self._by_name(slug)
        if found is not None:
            with self._lock:
                self._known[slug] = found
        return found

    def _by_name(self, slug: str) -> str | None:
        query = urlencode({"experiment_name": NAME})
        target = f"/api/2.0/mlflow/experiments/get-by-name?{query}"
        status, document = self._upstream.ask("GET", target, workspace=slug)
        experiment = document.get("experiment") if status == 200 else None
        return str(experiment["experiment_id"]) if experiment else None

    def _create(self, slug: str) -> str | None:
        target = "/api/2.0/mlflow/experiments/create"
        status, document = self._upstream.ask("POST", target, workspace=slug, body={"name": NAME})
        return document.get("experiment_id") if status == 200 else None


def _means_default(call: Call, rule: Rule) -> bool:
    if call.environ.get(OTLP_HEADER) == CLIENT_DEFAULT:
        return True
    if any(name in JSON_KEYS and value == CLIENT_DEFAULT for name, value in call.query):
        return True
    return not rule.spans and b'"0"' in (call.body or b"") and _holds_default(call.json())


def _holds_default(value: Any, key: str = "") -> bool:
    if isinstance(value, dict):
        return any(_holds_default(one, name) for name, one in value.items())
    if isinstance(value, list):
        return any(_holds_default(one, key) for one in value)
    return key in JSON_KEYS and value == CLIENT_DEFAULT


def _swapped(key: str, value: Any, found: str) -> Any:
    return found if key in JSON_KEYS and value == CLIENT_DEFAULT else value


def _rewritten(value: Any, found: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _rewritten(one, found, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_rewritten(one, found, key) for one in value]
    return _swapped(key, value, found)
