"""Counts and measurements on each kind of database: nothing is counted twice, or missed."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from access.conftest import Fraud
from api.conftest import at_once
from databases import every_database
from uac_api.access.models import UsageCount, now
from uac_api.access.quotas import usage
from uac_api.access.quotas.limits import Limits
from uac_api.access.quotas.usage import Key, Standing, What

pytestmark = every_database

NONE = Limits()


def add(fraud: Fraud, counts: dict[Key, int]) -> None:
    fraud.database.write(lambda session: usage.add(session, counts))


def standing(fraud: Fraud) -> Standing:
    (found,) = fraud.database.read(
        lambda session: usage.standings(session, NONE, ids=[fraud.project_id()])
    ).values()
    return found


def fresh(fraud: Fraud) -> Key:
    return fraud.project_id(), What.UNMEASURED, ""


def measure(fraud: Fraud, *, size: int, before: int) -> None:
    project_id = fraud.project_id()
    fraud.database.write(
        lambda session: usage.measured(
            session, project_id, size=size, files=1, before=before, at=now()
        )
    )


def test_counts_of_many_processes_at_once_add_up(fraud: Fraud) -> None:
    fraud.create("other")
    ids = (fraud.project_id(), fraud.project_id("other"))
    day = usage.day_of(now())
    # Each in an order of its own: two must not wait for each other for ever.
    orders = [ids, ids[::-1]]

    def count(order: tuple[int, ...]) -> None:
        for _ in range(10):
            add(fraud, {(one, What.RUNS, day): 1 for one in order})

    at_once([partial(count, orders[number % 2]) for number in range(6)])
    found = fraud.database.read(lambda session: usage.standings(session, NONE, ids=ids))
    assert [found[one].runs.used for one in ids] == [60, 60]


def test_only_today_and_this_minute_are_used(fraud: Fraud) -> None:
    one, moment = fraud.project_id(), now()
    earlier = moment - timedelta(days=1)
    add(
        fraud,
        {
            (one, What.RUNS, usage.day_of(earlier)): 5,
            (one, What.RUNS, usage.day_of(moment)): 2,
            (one, What.REQUESTS, usage.minute_of(moment - timedelta(minutes=1))): 50,
            (one, What.REQUESTS, usage.minute_of(moment)): 3,
            (one, What.REQUESTS, usage.day_of(moment)): 53,
        },
    )
    found = fraud.database.read(
        lambda session: usage.standings(session, NONE, ids=[one], moment=moment)
    )[one]
    assert (found.runs.used, found.requests.used) == (2, 3)


def test_files_are_what_was_measured_and_what_came_since(fraud: Fraud) -> None:
    add(fraud, {fresh(fraud): 100})
    assert standing(fraud).storage.used == 100
    assert standing(fraud).measured_at is None
    measure(fraud, size=90, before=100)
    assert (standing(fraud).storage.used, standing(fraud).files) == (90, 1)
    add(fraud, {fresh(fraud): 7})
    assert standing(fraud).storage.used == 97


def test_what_is_uploaded_while_it_is_measured_is_never_missed(fraud: Fraud) -> None:
    add(fraud, {fresh(fraud): 100})
    before = fraud.database.read(lambda session: usage.unmeasured(session, fraud.project_id()))
    add(fraud, {fresh(fraud): 30})
    measure(fraud, size=100, before=before)
    assert standing(fraud).storage.used == 130
    measure(fraud, size=130, before=30)
    assert standing(fraud).storage.used == 130


def test_of_two_measurements_at_once_only_one_takes_off_what_it_saw(fraud: Fraud) -> None:
    add(fraud, {fresh(fraud): 100})
    measure(fraud, size=100, before=100)
    measure(fraud, size=100, before=100)
    assert standing(fraud).storage.used == 100


def test_a_project_without_any_upload_can_be_measured(fraud: Fraud) -> None:
    assert fraud.database.read(lambda s: usage.unmeasured(s, fraud.project_id())) == 0
    measure(fraud, size=5, before=0)
    assert standing(fraud).storage.used == 5


def test_the_last_days_are_whole_also_those_without_anything(fraud: Fraud) -> None:
    one, moment = fraud.project_id(), now()
    names = [usage.day_of(moment - timedelta(days=back)) for back in (3, 1, 0)]
    add(fraud, {(one, What.RUNS, names[0]): 9, (one, What.RUNS, names[1]): 2})
    add(fraud, {(one, What.BYTES, names[2]): 70, (one, What.REQUESTS, names[2]): 4})
    found = fraud.database.read(lambda session: usage.days(session, one, count=3))
    assert [(day.runs, day.requests, day.bytes) for day in found] == [
        (0, 0, 0),
        (2, 0, 0),
        (0, 4, 70),
    ]
    assert [day.day for day in found] == sorted(day.day for day in found)


def test_old_minutes_and_days_are_forgotten_and_the_bytes_since_the_measure_are_not(
    fraud: Fraud,
) -> None:
    one, moment = fraud.project_id(), now()
    kept = {
        (one, What.UNMEASURED, ""),
        (one, What.RUNS, usage.day_of(moment - timedelta(days=89))),
        (one, What.REQUESTS, usage.minute_of(moment - timedelta(hours=23))),
    }
    old = {
        (one, What.RUNS, usage.day_of(moment - timedelta(days=91))),
        (one, What.REQUESTS, usage.minute_of(moment - timedelta(hours=25))),
    }
    add(fraud, dict.fromkeys(kept | old, 1))
    fraud.database.write(usage.prune)
    rows = fraud.database.read(lambda session: session.scalars(select(UsageCount)).all())
    assert {(row.project_id, row.what, row.period) for row in rows} == kept


@pytest.mark.parametrize("largest_first", [True, False])
def test_the_list_of_all_comes_in_pages_in_its_order(fraud: Fraud, largest_first: bool) -> None:
    sizes = {"a-small": 5, "b-large": 500, "c-small": 5, "fraud": 50}
    for slug, size in sizes.items():
        if slug != "fraud":
            fraud.create(slug)
        add(fraud, {(fraud.project_id(slug), What.UNMEASURED, ""): size})
    seen: list[str] = []
    after: tuple[int, str] | None = None

    def one(session: Session) -> Standing:
        (found,) = usage.page(session, NONE, largest_first=largest_first, after=after, limit=1)
        return found

    for _ in sizes:
        found = fraud.database.read(one)
        seen.append(found.project.slug)
        after = (found.storage.used, found.project.slug)
    expected = ["b-large", "fraud", "a-small", "c-small"] if largest_first else sorted(sizes)
    assert seen == expected
