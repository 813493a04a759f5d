"""A project's own default experiment, for scripts that never name one.

The mlflow client then sends the experiment id "0" (`DEFAULT_EXPERIMENT_ID` in
mlflow.tracking.default_experiment). That id is of MLflow's workspace `default`, which nobody
reaches here, so in every project it means an experiment of that project. The first write that says
"0" takes the one named "Default", or makes it, and binds its *id* to the project in the UAC
database, where every process reads it with the caller's role. From then on it is the same one under
whatever name, as MLflow's own default experiment is; a deleted one refuses runs until it is
restored, as MLflow's does. Only when MLflow has no experiment of that id any more, which a purge
does, the next write that says "0" binds another.

Before the first write a call that reads looks the name up each time.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from ...access.database import Database
from ...access.decisions.principals import Grant
from ...access.decisions.roles import Action
from ...access.projects import projects
from ...mlflow.upstream import Upstream
from ..request.call import Call
from ..rules import Rule

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

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_in(self, upstream: Upstream, call: Call, rule: Rule, grant: Grant) -> Call:
        """The call with the default experiment's id, if its rule is one of ROWS and it means that.

        Else the same call; raises what Upstream and Database raise.
        """
        if rule.operation not in ROWS or not _means_default(call, rule):
            return call
        found = grant.default_experiment_id or self._find(
            upstream, grant, bind=rule.action is Action.LOG
        )
        if found is None:
            return call
        environ = call.environ
        if environ.get(OTLP_HEADER) == CLIENT_DEFAULT:
            environ = {**environ, OTLP_HEADER: found}
        query = tuple((name, _swapped(name, value, found)) for name, value in call.query)
        made = replace(call, environ=environ, query=query)
        if call.body and not rule.spans:
            return made.with_json(_rewritten(call.json(), found))
        return made

    def release_if_gone(self, upstream: Upstream, grant: Grant) -> None:
        """MLflow found nothing: release the bound experiment, if that is what is gone for good."""
        bound = grant.default_experiment_id
        if not bound:
            return
        target = f"/api/2.0/mlflow/experiments/get?{urlencode({'experiment_id': bound})}"
        status, _ = upstream.ask("GET", target, workspace=grant.slug)
        if status == HTTPStatus.NOT_FOUND:
            self._database.write(
                lambda session: projects.release_default_experiment(
                    session, grant.project_id, bound
                )
            )

    def _find(self, upstream: Upstream, grant: Grant, *, bind: bool) -> str | None:
        found = _by_name(upstream, grant.slug)
        if not bind:
            return found
        # Two first runs at once: the loser's creation fails, and the name is there by then.
        found = found or _create(upstream, grant.slug) or _by_name(upstream, grant.slug)
        if found is None:
            return None
        experiment_id = found
        return self._database.write(
            lambda session: projects.bind_default_experiment(
                session, grant.project_id, experiment_id
            )
        )


def _by_name(upstream: Upstream, slug: str) -> str | None:
    query = urlencode({"experiment_name": NAME})
    target = f"/api/2.0/mlflow/experiments/get-by-name?{query}"
    status, document = upstream.ask("GET", target, workspace=slug)
    experiment = document.get("experiment") if status == HTTPStatus.OK else None
    return str(experiment["experiment_id"]) if experiment else None


def _create(upstream: Upstream, slug: str) -> str | None:
    target = "/api/2.0/mlflow/experiments/create"
    status, document = upstream.ask("POST", target, workspace=slug, body={"name": NAME})
    return document.get("experiment_id") if status == HTTPStatus.OK else None


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
