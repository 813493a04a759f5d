"""What projects use, and the limits of each: what is asked, and what is answered."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ....access.quotas.limits import State
from ....settings import MOST_REQUESTS, MOST_RUNS, MOST_STORAGE_MB
from ..queries import Asked, Page
from ..responses import Moment


class LevelOut(BaseModel):
    """How far one limit is used up; without a limit it and `percent` are null.

    `state` is fine, warning (from 80 %) or full.
    """

    used: int
    limit: int | None
    percent: int | None
    state: State


class QuotaOut(BaseModel):
    """The limits that a project has been given: null is the default for all, 0 no limit.

    Send `version` as If-Match to change just what was seen.
    """

    storage_mb: int | None
    runs_per_day: int | None
    requests_per_minute: int | None
    updated_by: str
    updated_at: Moment | None
    version: int


class LimitsOut(BaseModel):
    """The limits of every project that has been given no others; 0 is no limit."""

    storage_mb: int
    runs_per_day: int
    requests_per_minute: int


class ProjectUsageOut(BaseModel):
    """What a project uses: bytes of files, runs begun today, requests of this minute, in UTC.

    `measured_at` is null until the files were measured; what was uploaded since is added.
    """

    project: str
    name: str
    storage: LevelOut
    runs: LevelOut
    requests: LevelOut
    files: int
    measured_at: Moment | None
    quota: QuotaOut


class DayOut(BaseModel):
    """What was counted in one day, in UTC."""

    day: str
    runs: int
    requests: int
    bytes: int


class UsageOut(ProjectUsageOut):
    """What a project uses, and its last 30 days, the oldest first."""

    defaults: LimitsOut
    days: list[DayOut]


class UsagesOut(BaseModel):
    """What every project uses."""

    usage: list[ProjectUsageOut]
    defaults: LimitsOut
    next_page_token: str


class UsageNearOut(BaseModel):
    """What projects use that are near a limit, or at it."""

    usage: list[ProjectUsageOut]


class QuotaAsked(Asked):
    """The limits of a project, all three at once: null is the default for all, 0 no limit."""

    storage_mb: int | None = Field(None, ge=0, le=MOST_STORAGE_MB, strict=True)
    runs_per_day: int | None = Field(None, ge=0, le=MOST_RUNS, strict=True)
    requests_per_minute: int | None = Field(None, ge=0, le=MOST_REQUESTS, strict=True)


class UsagePage(Page):
    """The query of the list of what all projects use."""

    order: Literal["storage", "slug"] = "storage"
