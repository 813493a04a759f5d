"""Limits: a project's own over those for all, versions, levels, and what refusals say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from access.conftest import Fraud
from databases import every_database
from uac_api.access.errors import Stale
from uac_api.access.models import Quota
from uac_api.access.projects import projects
from uac_api.access.quotas import limits
from uac_api.access.quotas.limits import Level, Limits, Own, State

pytestmark = every_database

DEFAULTS = Limits(storage_mb=100, runs_per_day=10, requests_per_minute=60)
EVENING = datetime(2026, 1, 31, 22, 30, 15, tzinfo=UTC)


def put(fraud: Fraud, given: Own, expected: int | None = None) -> Quota:
    return fraud.database.write(
        lambda session: limits.put(
            session, projects.get(session, "fraud"), given, by="admin", expected=expected
        )
    )


def test_what_a_project_has_not_been_given_is_the_default_and_0_is_no_limit() -> None:
    assert Own().over(DEFAULTS) == DEFAULTS
    assert Own(storage_mb=0, runs_per_day=3).over(DEFAULTS) == Limits(0, 3, 60)


def test_a_change_counts_only_for_the_version_that_was_seen(fraud: Fraud) -> None:
    assert put(fraud, Own(runs_per_day=5), expected=0).version == 1
    with pytest.raises(Stale):
        put(fraud, Own(runs_per_day=6), expected=0)
    assert put(fraud, Own(runs_per_day=6), expected=1).version == 2


def test_a_version_never_comes_twice_also_after_the_defaults_came_back(fraud: Fraud) -> None:
    put(fraud, Own(runs_per_day=5))
    back = put(fraud, Own())
    assert (limits.own(back), back.version) == (Own(), 2)


@pytest.mark.parametrize(
    ("used", "limit", "percent", "state"),
    [
        (5, 0, None, State.FINE),
        (79, 100, 79, State.FINE),
        (80, 100, 80, State.WARNING),
        (999, 1000, 99, State.WARNING),
        (1000, 1000, 100, State.FULL),
        (1500, 1000, 150, State.FULL),
    ],
)
def test_a_level_warns_from_80_per_cent_and_is_full_at_100(
    used: int, limit: int, percent: int | None, state: State
) -> None:
    level = Level(used, limit)
    assert (level.percent, level.state) == (percent, state)


def test_a_refusal_says_the_limit_when_it_ends_and_whom_to_ask() -> None:
    fast = limits.too_fast("fraud", 60, EVENING)
    assert (fast.reason, fast.retry_after) == ("quota_requests", 45)
    assert "60 times a minute" in fast.message
    assert "45 s" in fast.message
    runs = limits.no_more_runs("fraud", 10, EVENING)
    assert runs.reason == "quota_runs"
    assert "10 runs a day" in runs.message
    assert "in 1 h 30 min" in runs.message
    room = limits.no_room("fraud", Level(90_000_000, 100_000_000), 20_000_000)
    assert room.reason == "quota_storage"
    assert "100.0 MB of files and has 90.0 MB, and this would be 20.0 MB more" in room.message
    assert "Delete artifacts" in room.message
    for error in (fast, runs, room):
        assert "'fraud'" in error.message
        assert "ask an administrator" in error.message.lower()
