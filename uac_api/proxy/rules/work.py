"""What a row of THE TABLE makes MLflow do, for the places that its calls take (`traffic.py`)."""

from __future__ import annotations

from ...traffic import Work
from .artifacts import ARTIFACTS
from .row import Rule

# They read as many rows as there are, by filters and in an order of the caller's.
SEARCHES = frozenset(
    {
        "GET /api/2.0/mlflow/experiments/search",
        "POST /api/2.0/mlflow/experiments/search",
        "POST /api/2.0/mlflow/experiments/search-datasets",
        "POST /api/2.0/mlflow/runs/search",
        "GET /api/2.0/mlflow/metrics/get-history",
        "GET /api/2.0/mlflow/metrics/get-history-bulk",
        "GET /api/2.0/mlflow/metrics/get-history-bulk-interval",
        "POST /api/2.0/mlflow/logged-models/search",
        "GET /api/2.0/mlflow/registered-models/search",
        "GET /api/2.0/mlflow/model-versions/search",
        "GET /api/2.0/mlflow/traces",
        "POST /api/3.0/mlflow/traces/search",
        "POST /api/3.0/mlflow/traces/metrics",
        "POST /api/3.0/mlflow/traces/calculate-filter-correlation",
        "GET /api/3.0/mlflow/traces/batchGet",
        "POST /api/3.0/mlflow/traces/batchGetInfos",
        "GET /api/3.0/mlflow/datasets/search",
        "POST /api/3.0/mlflow/datasets/search",
        "GET /api/3.0/mlflow/datasets/{dataset_id}/records",
        "GET /api/3.0/mlflow/scorers/list",
        "POST /api/3.0/mlflow/issues/search",
        "GET /api/3.0/mlflow/skills",
        "POST /graphql",
    }
)
FILES = frozenset(rule.operation for rule in ARTIFACTS)


def work_of(rule: Rule) -> Work:
    """What a call of this row makes MLflow do."""
    if rule.operation in SEARCHES:
        return Work.SEARCHES
    return Work.FILES if rule.operation in FILES or rule.form else Work.CALLS
