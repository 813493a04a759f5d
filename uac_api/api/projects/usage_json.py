"""From what projects use to the JSON that leaves."""

from __future__ import annotations

from ...access.models import Quota
from ...access.quotas.limits import Level, Limits, own
from ...access.quotas.usage import Standing
from ..schemas.projects.usage import LevelOut, LimitsOut, ProjectUsageOut, QuotaOut


def standing_json(standing: Standing) -> ProjectUsageOut:
    """What one project uses."""
    return ProjectUsageOut(
        project=standing.project.slug,
        name=standing.project.name,
        storage=_level(standing.storage),
        runs=_level(standing.runs),
        requests=_level(standing.requests),
        files=standing.files,
        measured_at=standing.measured_at,
        quota=quota_json(standing.quota),
    )


def quota_json(quota: Quota | None) -> QuotaOut:
    """The limits of a project's own; version 0 of one that never had any."""
    given = own(quota)
    return QuotaOut(
        storage_mb=given.storage_mb,
        runs_per_day=given.runs_per_day,
        requests_per_minute=given.requests_per_minute,
        updated_by=quota.updated_by if quota else "",
        updated_at=quota.updated_at if quota else None,
        version=quota.version if quota else 0,
    )


def limits_json(limits: Limits) -> LimitsOut:
    """The limits for all."""
    return LimitsOut(
        storage_mb=limits.storage_mb,
        runs_per_day=limits.runs_per_day,
        requests_per_minute=limits.requests_per_minute,
    )


def _level(level: Level) -> LevelOut:
    return LevelOut(
        used=level.used, limit=level.limit or None, percent=level.percent, state=level.state
    )
