"""The numbers of the whole installation, read when they are asked for and kept some seconds.

Every replica reads the same ones: the dashboard takes the highest, not their sum.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from threading import Lock

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from ...access import clock
from ...access.audit import lag as seal_lag
from ...access.audit.signatures import Signer
from ...access.errors import DatabaseUnavailable
from ...access.installation import backups, jobs, stats, system
from ...version import __version__
from ..services import Services
from .health import mlflow_check

SECONDS = 5.0
HELP = {
    "studio_people": "Accounts of people that are not disabled.",
    "studio_service_accounts": "Service accounts that are not disabled.",
    "studio_groups": "Groups.",
    "studio_projects": "Projects that are not deleted.",
    "studio_sessions": "Sessions that are not over.",
    "studio_tokens": "Tokens that are in force.",
    "studio_tokens_expiring": "Of these, tokens that end within 14 days.",
    "studio_open_requests": "Requests for access that nobody has answered.",
    "studio_storage_bytes": "What the files of all projects took when they were last measured.",
    "studio_runs_today": "Runs that were made today (UTC).",
}


@dataclass(frozen=True)
class Kept:
    """What was read, and from where: a test may have another database."""

    services: Services
    until: float
    metrics: list[Metric]


class _Memory:
    lock = Lock()
    kept: Kept | None = None


def installation(here: Services) -> list[Metric]:
    """The numbers of at most five seconds ago."""
    with _Memory.lock:
        kept = _Memory.kept
        if kept is None or kept.services is not here or kept.until < time.monotonic():
            kept = Kept(here, time.monotonic() + SECONDS, list(_read(here)))
            _Memory.kept = kept
        return kept.metrics


def _read(here: Services) -> Iterator[Metric]:
    version = GaugeMetricFamily("studio_info", "The version that runs.", labels=("version",))
    version.add_metric([__version__], 1)
    yield version
    mlflow = float(mlflow_check(here).ok)
    yield GaugeMetricFamily("studio_mlflow_up", "Whether MLflow answers us.", value=mlflow)
    up = "studio_database_up", "Whether the UAC database answers."
    try:
        found = here.database.read(lambda session: _rows(session, here.marks))
    except DatabaseUnavailable:
        yield GaugeMetricFamily(*up, value=0)
        return
    yield GaugeMetricFamily(*up, value=1)
    yield from found


def _rows(session: Session, marks: Signer) -> list[Metric]:
    counted = asdict(stats.read(session))
    return [
        *(
            GaugeMetricFamily(f"studio_{name}", HELP[f"studio_{name}"], value=value)
            for name, value in counted.items()
        ),
        *_audit(seal_lag.read(session, marks)),
        *_jobs(session),
        *_backups(session),
    ]


def _audit(lag: seal_lag.SealLag) -> Iterator[Metric]:
    oldest = "Age of the oldest event of the audit trail that no seal covers."
    yield GaugeMetricFamily("studio_audit_lag_seconds", oldest, value=lag.seconds)
    waiting = "Events of the audit trail after the newest seal."
    yield GaugeMetricFamily("studio_audit_waiting", waiting, value=lag.waiting)
    whole = "Whether the newest seals are ours and follow one another."
    yield GaugeMetricFamily("studio_audit_seals_ok", whole, value=float(lag.whole))


def _backups(session: Session) -> Iterator[Metric]:
    found = backups.newest(session)
    small = "Whether the newest backup holds much less than those before it."
    lacking = float(bool(backups.shortfall(found)))
    yield GaugeMetricFamily("studio_backup_small", small, value=lacking)


def _jobs(session: Session) -> Iterator[Metric]:
    label = ("name",)
    told = GaugeMetricFamily(
        "studio_job_succeeded_timestamp_seconds", "When it last succeeded; 0: never.", labels=label
    )
    ok = GaugeMetricFamily("studio_job_ok", "Whether it did not fail last time.", labels=label)
    late = GaugeMetricFamily(
        "studio_job_late_seconds", "How long it has been due, and nobody does it.", labels=label
    )
    moment = clock.read(session)
    for job in jobs.every(session):
        told.add_metric([job.name], job.succeeded_at.timestamp() if job.succeeded_at else 0)
        ok.add_metric([job.name], float(job.outcome != jobs.FAILED))
        late.add_metric([job.name], system.late_seconds(job, moment))
    return iter((told, ok, late))
