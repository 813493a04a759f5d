"""Requests that name own and foreign things together give the own ones, or nothing at all."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from conftest import Stack
from content import METRIC, Content, done
from evaluation import root_span
from people import Person


def place(experiment: str) -> dict[str, Any]:
    """Where a trace is, as the newer REST takes it."""
    return {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}


def questions(*ids: Content) -> dict[str, tuple[str, str, Any]]:
    """Each reading request that takes several ids: method, path, and body if any."""
    experiments = [c.experiment for c in ids]
    runs, traces = [c.run for c in ids], [c.trace for c in ids]
    history = {"metric_key": METRIC, "max_results": 10}
    listed = {"experiment_ids": experiments}

    def query(path: str, **fields: object) -> str:
        return f"{path}?{urlencode(fields, doseq=True)}"

    return {
        "runs": ("POST", "api/2.0/mlflow/runs/search", listed),
        "models": ("POST", "api/2.0/mlflow/logged-models/search", listed),
        "run datasets": ("POST", "ajax-api/2.0/mlflow/experiments/search-datasets", listed),
        "history": (
            "GET",
            query("ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id=runs, **history),
            None,
        ),
        "interval": (
            "GET",
            query("api/2.0/mlflow/metrics/get-history-bulk-interval", run_ids=runs, **history),
            None,
        ),
        "old traces": ("GET", query("api/2.0/mlflow/traces", **listed), None),
        "traces": (
            "POST",
            "api/3.0/mlflow/traces/search",
            {"locations": [place(one) for one in experiments]},
        ),
        "whole traces": ("GET", query("api/3.0/mlflow/traces/batchGet", trace_ids=traces), None),
        "trace infos": ("POST", "api/3.0/mlflow/traces/batchGetInfos", {"trace_ids": traces}),
        "scorers": ("GET", query("api/3.0/mlflow/scorers/list", **listed), None),
        "datasets": ("POST", "api/3.0/mlflow/datasets/search", listed),
    }


@pytest.fixture(scope="module", autouse=True)
def _spans(stack: Stack, filled: Content, own: Content) -> None:
    """Whole traces: MLflow answers 500 to a batch with one that has no spans."""
    for username, c in (("alice", filled), ("erin", own)):
        headers = {"X-Mlflow-Experiment-Id": c.experiment}
        path = f"/projects/{c.slug}/v1/traces"
        sent = stack.person(username).ask("POST", path, root_span(c.trace), headers=headers)
        assert sent.status == 200, sent.body


@pytest.mark.parametrize("question", questions())
def test_several_ids_give_only_what_is_the_callers(
    alice: Person, erin: Person, filled: Content, own: Content, question: str
) -> None:
    def asked(person: Person, slug: str, *ids: Content) -> Any:
        method, path, body = questions(*ids)[question]
        return person.ask(method, f"/projects/{slug}/{path}", body)

    alone, mixed = asked(erin, own.slug, own), asked(erin, own.slug, own, filled)
    assert alone.status == 200
    if mixed.status != 404:
        assert done(mixed) == alone.json
    if question != "run datasets":
        assert asked(alice, filled.slug, filled).json != alone.json, "there is something to find"
