"""Counts and times of requests for Prometheus; every process counts for itself, any one answers.

Labels come from our tables (rows, operations, reasons), never from what a client sent: a project's
or a person's name in a metric would be readable by whoever may read metrics.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from .access.audit import events
from .request_facts import RequestFacts

# From a cached read to an upload that takes a minute.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
NOT_JUDGED = "none"
UPSTREAM_TROUBLE = (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
SIGN_INS = ("sessions.start", "sessions.exchange", "invitations.accept")
REQUESTS = Counter(
    "studio_requests_total", "Requests by row of the table or operation.", ("row", "status")
)
SECONDS = Histogram(
    "studio_request_seconds", "Time until the answer was handed back.", ("row",), buckets=BUCKETS
)
WAITED = Histogram(
    "studio_upstream_seconds", "Of that, until MLflow had begun to answer.", buckets=BUCKETS
)
REFUSED_CONNECTIONS = Counter(
    "studio_refused_connections_total",
    "Connections that were ended before a request of theirs was answered, or while it was.",
    ("reason",),
)
DENIED = Counter("studio_denials_total", "Refused requests by reason.", ("reason",))
UPSTREAM = Counter("studio_upstream_errors_total", "Calls that MLflow failed.", ("reason",))
SIGNED_IN = Counter("studio_sign_ins_total", "Attempts to sign in.", ("operation", "outcome"))


def count(facts: RequestFacts, status: int, seconds: float, *, waited: float | None) -> None:
    """Take one answered request down; `waited` are the seconds that it waited for MLflow."""
    row = NOT_JUDGED if facts.row is None else facts.row
    reason = facts.reason or ""
    REQUESTS.labels(row, str(status)).inc()
    SECONDS.labels(row).observe(seconds)
    if waited is not None:
        WAITED.observe(waited)
    if facts.decision == events.DENIED:
        DENIED.labels(reason or NOT_JUDGED).inc()
    if status in UPSTREAM_TROUBLE or reason.startswith("mlflow"):
        UPSTREAM.labels(reason or NOT_JUDGED).inc()
    if row in SIGN_INS:
        outcome = "allowed" if status < HTTPStatus.BAD_REQUEST else "denied"
        SIGNED_IN.labels(row, outcome).inc()


def exposition(more: Iterable[Metric] = ()) -> bytes:
    """All processes' numbers, and more, in Prometheus' text format (version 0.0.4)."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:
        # One process alone, without gunicorn: its own numbers are all there are.
        registry = REGISTRY
    return generate_latest(registry) + generate_latest(_Found(more))


class _Found(CollectorRegistry):
    """Numbers that were read somewhere else."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics
