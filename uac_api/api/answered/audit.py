"""What the audit trail answers: events, counts over time, and whether it is as it was written."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


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
