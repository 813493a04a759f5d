"""What the tables keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from access.conftest import Fraud
from databases import every_database
from uac_api.access.models import now
from uac_api.access.projects import projects

pytestmark = every_database


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 22, 27, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_the_same_to_the_microsecond_in_utc(
    fraud: Fraud, moment: datetime
) -> None:
    def work(session: object) -> None:
        projects.get(session, "fraud").created_at = moment  # type: ignore[arg-type]

    fraud.database.write(work)
    project = fraud.database.write(lambda session: projects.get(session, "fraud"))
    assert project.created_at == moment
    assert project.created_at.utcoffset() == timedelta()


def test_now_is_aware() -> None:
    assert now().tzinfo is UTC
