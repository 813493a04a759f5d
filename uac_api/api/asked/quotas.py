"""What clients send about quotas and their use."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...settings import MOST_REQUESTS, MOST_RUNS, MOST_STORAGE_MB
from . import Asked, Page


class QuotaAsked(Asked):
    """The limits of a project, all three at once: null is the default for all, 0 no limit."""

    storage_mb: int | None = Field(None, ge=0, le=MOST_STORAGE_MB, strict=True)
    runs_per_day: int | None = Field(None, ge=0, le=MOST_RUNS, strict=True)
    requests_per_minute: int | None = Field(None, ge=0, le=MOST_REQUESTS, strict=True)


class UsagePage(Page):
    """The query of the list of what all projects use."""

    order: Literal["storage", "slug"] = "storage"
