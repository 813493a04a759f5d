"""Times in words."""

from datetime import UTC, datetime, timedelta

import pytest

from studio_app.ui import times

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=40), "40 seconds ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=45), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(days=-2), "in 2 days"),
    ],
)
def test_a_distance_is_told_in_one_unit(distance: timedelta, words: str) -> None:
    assert times.ago(NOW - distance, NOW) == words


def test_a_day_is_written_out() -> None:
    assert times.day("2026-11-03T22:27:00Z") == "3 Nov 2026"


def test_milliseconds_of_mlflow_are_utc() -> None:
    assert times.from_milliseconds(0) == datetime(1970, 1, 1, tzinfo=UTC)


def test_days_until_counts_the_day_that_has_begun() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert times.days_until(now + timedelta(days=30), now) == 30
    assert times.days_until(now + timedelta(days=29, seconds=1), now) == 30
    assert times.days_until(now + timedelta(seconds=1), now) == 1
    assert times.days_until(now, now) == 0
    assert times.days_until(now - timedelta(days=2), now) == -2
