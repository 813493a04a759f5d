"""What clients ask of the audit trail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from . import Asked, AskedMoment, Page


class AuditFilter(Asked):
    """Which events are meant; empty means any."""

    user: str = ""
    project: str = ""
    action: str = ""
    outcome: str = ""
    operation: str = ""
    request_id: str = ""
    since: AskedMoment | None = None
    until: AskedMoment | None = None


class AuditSearch(AuditFilter, Page):
    """The query of the audit trail."""


class AuditTimeline(AuditFilter):
    """The query of the counts over time; without `since` they go back a week, or 90 days."""

    per: Literal["hour", "day"] = "hour"


class AuditVerify(Asked):
    """How much of the trail to verify, and the seal and mark that were kept elsewhere."""

    max_events: int = Field(10_000, ge=1, le=100_000)
    expect: str = Field("", pattern=r"^([1-9][0-9]{0,17}:[0-9a-f]{64})?$")
