"""Audit: what is asked, and what is answered."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from .queries import Asked, AskedMoment, Page
from .responses import Moment


class AuditFilter(Asked):
    """Which events are meant; empty means any. `about` is a person or group that one touched."""

    user: str = ""
    about: str = ""
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


class EventOut(BaseModel):
    """One entry of the audit trail."""

    id: int
    at: Moment
    request_id: str
    user: str
    token: str
    project: str
    action: str
    operation: str
    target: str
    outcome: str
    reason: str
    status: int
    count: int
    address: str


class EventsOut(BaseModel):
    """Events, the newest first."""

    events: list[EventOut]
    next_page_token: str


class CountOut(BaseModel):
    """How often something was allowed, denied or failed in the hour or day that begins there."""

    at: Moment
    outcome: str
    count: int


class TimelineOut(BaseModel):
    """Counts by time; hours and days in which nothing happened are left out."""

    per: str
    since: Moment
    counts: list[CountOut]


class FindingOut(BaseModel):
    """An event or a seal that is not as it was written."""

    what: str
    id: int
    message: str


class VerifyOut(BaseModel):
    """What was looked at, and what is wrong; `head` and `head_mark` are the newest seal."""

    right: bool
    whole: bool
    from_seal: int
    seals: int
    events: int
    unmarked: int
    pruned: int
    waiting: int
    head: int
    head_mark: str
    findings: list[FindingOut]
