"""The meter: refuses what is over, warns before, and agrees with other processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from access.conftest import Fraud
from api.conftest import at_once
from databases import every_database
from logs import lines_of
from uac_api.access.decisions.principals import Grant
from uac_api.access.decisions.roles import Role
from uac_api.access.errors import DatabaseUnavailable, Exhausted, TooFast
from uac_api.access.models import now
from uac_api.access.projects import projects
from uac_api.access.quotas import limiter as meter_module
from uac_api.access.quotas import limits as quotas
from uac_api.access.quotas import usage
from uac_api.access.quotas.limiter import UsageLimiter
from uac_api.access.quotas.limits import Limits, Own
from uac_api.access.quotas.usage import What

pytestmark = every_database

NOON = datetime(2026, 1, 31, 12, 0, 10, tzinfo=UTC)
MB = quotas.MB


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = NOON.timestamp()

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock()


@pytest.fixture
def grant(fraud: Fraud) -> Grant:
    """Bob's role in `fraud`."""
    return Grant(fraud.project_id(), "fraud", Role.CONTRIBUTOR)


Process = Callable[..., UsageLimiter]


@pytest.fixture
def process(fraud: Fraud, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Process:
    """Makes meters of several processes; they write and read when a test says so."""
    monkeypatch.setattr(UsageLimiter, "_start", lambda _: None)
    return lambda **limits: UsageLimiter(fraud.database, Limits(**limits), clock=clock)


def known(meter: UsageLimiter, grant: Grant) -> UsageLimiter:
    """The meter, once it has read what there is of the project."""
    meter.request(grant)
    meter.once()
    return meter


def run(meter: UsageLimiter, grant: Grant) -> None:
    meter.commit(meter.reserve(grant, What.RUNS, 1), 1, done=True)


def upload(meter: UsageLimiter, grant: Grant, size: int) -> None:
    meter.commit(meter.reserve(grant, What.UNMEASURED, size), size, done=True)


def test_without_limits_nothing_is_refused_and_everything_is_counted(
    fraud: Fraud, process: Process, grant: Grant, clock: Clock
) -> None:
    meter = process()
    for _ in range(50):
        assert meter.request(grant) == ""
        run(meter, grant)
        upload(meter, grant, 1000)
    meter.once()
    standing = fraud.database.read(
        lambda session: usage.standings(
            session, Limits(), ids=[grant.project_id], moment=datetime.fromtimestamp(clock(), UTC)
        )
    )[grant.project_id]
    assert (standing.requests.used, standing.runs.used, standing.storage.used) == (50, 50, 50_000)


def test_the_request_over_the_limit_of_a_minute_is_refused_and_the_next_minute_is_new(
    process: Process, grant: Grant, clock: Clock
) -> None:
    meter = known(process(requests_per_minute=3), grant)
    meter.request(grant)
    meter.request(grant)
    with pytest.raises(TooFast) as refused:
        meter.request(grant)
    assert refused.value.retry_after == 50
    clock.seconds += 50
    meter.request(grant)


def test_the_eleventh_run_of_ten_is_refused_until_midnight(
    process: Process, grant: Grant, clock: Clock
) -> None:
    meter = known(process(runs_per_day=10), grant)
    for _ in range(10):
        run(meter, grant)
    with pytest.raises(Exhausted, match="10 runs a day"):
        run(meter, grant)
    assert meter.request(grant) == "runs 100 %"
    clock.seconds += 12 * 3600
    run(meter, grant)


def test_a_run_that_failed_does_not_count(process: Process, grant: Grant) -> None:
    meter = known(process(runs_per_day=1), grant)
    for _ in range(5):
        meter.commit(meter.reserve(grant, What.RUNS, 1), 1, done=False)
    run(meter, grant)
    with pytest.raises(Exhausted):
        run(meter, grant)


def test_uploads_under_way_at_once_share_the_room(process: Process, grant: Grant) -> None:
    meter = known(process(storage_mb=10), grant)
    first = meter.reserve(grant, What.UNMEASURED, 6 * MB)
    with pytest.raises(Exhausted, match=r"has 6\.0 MB"):
        meter.reserve(grant, What.UNMEASURED, 6 * MB)
    meter.commit(first, 6 * MB, done=False)
    upload(meter, grant, 6 * MB)
    upload(meter, grant, 4 * MB)
    with pytest.raises(Exhausted):
        meter.reserve(grant, What.UNMEASURED, 0)


def test_of_many_threads_exactly_the_limit_gets_through(process: Process, grant: Grant) -> None:
    meter = known(process(runs_per_day=20), grant)

    def begin() -> int:
        try:
            run(meter, grant)
        except Exhausted:
            return 0
        return 1

    assert sum(at_once([begin] * 40)) == 20


def test_it_warns_from_80_per_cent(process: Process, grant: Grant) -> None:
    meter = known(process(storage_mb=10, runs_per_day=10), grant)
    for _ in range(7):
        run(meter, grant)
    assert meter.request(grant) == ""
    run(meter, grant)
    upload(meter, grant, 9 * MB)
    assert meter.request(grant) == "storage 90 %, runs 80 %"


def test_two_processes_share_what_they_count(process: Process, grant: Grant) -> None:
    one = known(process(runs_per_day=10), grant)
    other = known(process(runs_per_day=10), grant)
    for _ in range(6):
        run(one, grant)
    for _ in range(4):
        run(other, grant)
    for meter in (one, other, one):
        meter.once()
    for meter in (one, other):
        with pytest.raises(Exhausted):
            run(meter, grant)


def test_limits_of_a_projects_own_are_known_after_the_next_look(
    fraud: Fraud, process: Process, grant: Grant
) -> None:
    meter = known(process(runs_per_day=1), grant)
    run(meter, grant)
    with pytest.raises(Exhausted):
        run(meter, grant)

    def give(limits: Own) -> None:
        fraud.database.write(lambda s: quotas.put(s, projects.get(s, "fraud"), limits, by="admin"))
        meter.once()

    give(Own(runs_per_day=0))
    run(meter, grant)
    give(Own())
    with pytest.raises(Exhausted):
        run(meter, grant)


def test_a_measurement_makes_room(fraud: Fraud, process: Process, grant: Grant) -> None:
    meter = known(process(storage_mb=10), grant)
    upload(meter, grant, 10 * MB)
    meter.once()
    with pytest.raises(Exhausted):
        upload(meter, grant, 1)
    before = fraud.database.read(lambda s: usage.unmeasured(s, grant.project_id))
    fraud.database.write(
        lambda s: usage.measured(s, grant.project_id, size=3 * MB, files=1, before=before, at=now())
    )
    meter.once()
    upload(meter, grant, 7 * MB)
    with pytest.raises(Exhausted):
        upload(meter, grant, 1)


def test_while_the_database_is_away_counts_wait_and_nothing_new_is_refused(
    fraud: Fraud, process: Process, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = process(runs_per_day=10)

    def away(*_: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as cut:
        cut.setattr(fraud.database, "write", away)
        cut.setattr(fraud.database, "read", away)
        for _ in range(3):
            run(meter, grant)
            with pytest.raises(DatabaseUnavailable):
                meter.once()
    meter.once()
    found = fraud.database.read(
        lambda s: usage.standings(s, Limits(), ids=[grant.project_id], moment=NOON)
    )
    assert found[grant.project_id].runs.used == 3


@every_database
def test_counts_of_a_project_that_is_gone_cost_no_other_project_its_counts(
    fraud: Fraud, process: Process, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = lines_of(meter_module, monkeypatch)
    fraud.create("churn")
    grants = [grant, Grant(fraud.project_id("churn"), "churn", Role.OWNER)]
    gone = [Grant(number, "gone", Role.OWNER) for number in (999_998, 999_999)]
    meter = process()
    for one in (gone[0], grants[0], gone[1], grants[1]):
        meter.request(one)
        run(meter, one)
        upload(meter, one, 1000)
    meter.once()
    meter.once()
    refused = {line["project"] for line in said if line["event"] == "usage_counts_refused"}
    assert refused == {one.project_id for one in gone}
    ids = [one.project_id for one in grants]
    found = fraud.database.read(lambda s: usage.standings(s, Limits(), ids=ids, moment=NOON))
    used = [(found[one].requests.used, found[one].runs.used) for one in ids]
    assert used == [(1, 1), (1, 1)]
    assert [found[one].storage.used for one in ids] == [1000, 1000]


@every_database
def test_counts_that_no_column_takes_cost_no_other_project_its_counts(
    fraud: Fraud, process: Process, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines_of(meter_module, monkeypatch)
    fraud.create("churn")
    meter = process()
    upload(meter, grant, 2**63)
    upload(meter, Grant(fraud.project_id("churn"), "churn", Role.OWNER), 1000)
    meter.once()
    id_ = fraud.project_id("churn")
    found = fraud.database.read(lambda s: usage.standings(s, Limits(), ids=[id_], moment=NOON))
    assert found[id_].storage.used == 1000


def used_up(fraud: Fraud, grant: Grant, **limits: int) -> None:
    """Give the project limits, and let another process have used all of them."""
    fraud.database.write(
        lambda s: quotas.put(s, projects.get(s, "fraud"), Own(**limits), by="admin")
    )
    day, minute = usage.day_of(NOON), usage.minute_of(NOON)
    counts = {
        (grant.project_id, What.RUNS, day): 10,
        (grant.project_id, What.UNMEASURED, ""): 10 * MB,
        (grant.project_id, What.REQUESTS, minute): 10,
    }
    fraud.database.write(lambda session: usage.add(session, counts))


@pytest.mark.parametrize("what", [What.RUNS, What.UNMEASURED])
def test_the_first_call_of_a_process_meets_the_limits_of_its_project(
    fraud: Fraud, process: Process, grant: Grant, what: What
) -> None:
    used_up(fraud, grant, runs_per_day=10, storage_mb=10)
    meter = process()
    meter.start()
    with pytest.raises(Exhausted):
        meter.reserve(grant, what, 1)


@pytest.mark.parametrize("defaults", [{}, {"runs_per_day": 10}])
def test_who_calls_seldom_meets_the_limits_each_time(
    fraud: Fraud, process: Process, grant: Grant, clock: Clock, defaults: dict[str, int]
) -> None:
    meter = process(**defaults)
    meter.start()
    if not defaults:
        used_up(fraud, grant, runs_per_day=10)
    begun = 0
    for _ in range(20):
        # Longer than a project is read that nobody asks for.
        clock.seconds += 60 * (meter_module.MINUTES_KEPT + 2)
        meter.once()
        try:
            run(meter, grant)
        except Exhausted:
            continue
        begun += 1
    assert begun == (10 if defaults else 0)


def test_the_limits_of_many_projects_are_read_in_parts(
    fraud: Fraud, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter_module, "READ_AT_ONCE", 2)
    for number in range(5):
        fraud.create(f"p{number}")
    meter = process(runs_per_day=10)
    meter.start()
    assert len(meter._tallies) == 6
    assert {tally.limits.runs_per_day for tally in meter._tallies.values()} == {10}


def test_no_call_asks_the_database_however_old_the_counts_are(
    fraud: Fraud,
    process: Process,
    grant: Grant,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meter = known(process(runs_per_day=1000, storage_mb=1000), grant)
    new = Grant(grant.project_id + 1, "never-seen", Role.OWNER)

    def asked(*_: object) -> None:
        raise AssertionError("a call asked the database")

    for name in ("read", "write", "rows"):
        monkeypatch.setattr(fraud.database, name, asked)
    for seconds in (0, 3, 61, 3600, 24 * 3600):
        clock.seconds += seconds
        for one in (grant, new):
            meter.request(one)
            run(meter, one)
            upload(meter, one, 1)


def test_a_project_that_nobody_asks_for_is_read_no_more(
    process: Process, grant: Grant, clock: Clock
) -> None:
    meter = known(process(), grant)
    for _ in range(meter_module.MINUTES_KEPT):
        clock.seconds += 60
        meter.once()
        assert list(meter._tallies) == [grant.project_id]
    clock.seconds += 60
    meter.once()
    assert not meter._tallies


def with_limits(grant: Grant, **limits: int) -> Grant:
    """The grant as a call brings it, with the limits of its project."""
    return replace(grant, quota=Own(**limits))


def test_the_first_burst_of_a_project_that_was_never_read_meets_its_limits(
    fraud: Fraud, process: Process, grant: Grant
) -> None:
    # Nobody has looked at this project yet: neither at a start nor since.
    meter = process()
    mine = with_limits(grant, requests_per_minute=5, runs_per_day=3, storage_mb=10)

    def passed(work: Callable[[], object]) -> int:
        try:
            work()
        except (TooFast, Exhausted):
            return 0
        return 1

    assert sum(at_once([lambda: passed(lambda: meter.request(mine))] * 40)) == 5
    assert sum(at_once([lambda: passed(lambda: run(meter, mine))] * 20)) == 3
    assert sum(at_once([lambda: passed(lambda: upload(meter, mine, 3 * MB))] * 20)) == 3
    # All of it counts, and goes on counting once others are known too.
    fraud.database.write(
        lambda s: quotas.put(s, projects.get(s, "fraud"), Own(10, 3, 5), by="admin")
    )
    meter.once()
    with pytest.raises(TooFast):
        meter.request(mine)
    with pytest.raises(Exhausted):
        run(meter, mine)


def test_a_project_opened_a_moment_ago_has_the_limits_of_all(process: Process) -> None:
    meter = process(runs_per_day=2)
    meter.start()
    new = Grant(999, "opened-now", Role.OWNER, quota=Own())
    for _ in range(2):
        run(meter, new)
    with pytest.raises(Exhausted, match="2 runs a day"):
        run(meter, new)
    # Its own limits go before those of all, be they higher.
    for _ in range(8):
        run(meter, with_limits(new, runs_per_day=10))
    with pytest.raises(Exhausted, match="10 runs a day"):
        run(meter, with_limits(new, runs_per_day=10))
    run(meter, with_limits(new, runs_per_day=0))


def test_a_changed_limit_counts_from_the_next_call_on(process: Process, grant: Grant) -> None:
    meter = known(process(), grant)
    for _ in range(5):
        run(meter, with_limits(grant, runs_per_day=5))
    with pytest.raises(Exhausted):
        run(meter, with_limits(grant, runs_per_day=5))
    run(meter, with_limits(grant, runs_per_day=6))
    with pytest.raises(Exhausted):
        run(meter, with_limits(grant, runs_per_day=5))


def test_texts_take_room_like_files_and_small_ones_are_only_counted(
    fraud: Fraud, process: Process, grant: Grant
) -> None:
    meter = known(process(storage_mb=10), grant)
    upload(meter, grant, 6 * MB)
    meter.commit(meter.reserve(grant, What.TEXTS, 4 * MB), 4 * MB, done=True)
    for what in (What.TEXTS, What.UNMEASURED):
        with pytest.raises(Exhausted):
            meter.reserve(grant, what, 1)
    meter.commit(meter.reserve(grant, What.TEXTS, 500, refuses=False), 500, done=True)
    # What MLflow refused takes none.
    meter.commit(meter.reserve(grant, What.TEXTS, MB, refuses=False), MB, done=False)
    meter.once()
    other = known(process(storage_mb=10), grant)
    assert other.request(grant) == "storage 100 %"
    standing = fraud.database.read(
        lambda s: usage.standings(s, Limits(), ids=[grant.project_id], moment=NOON)
    )[grant.project_id]
    assert standing.storage.used == 10 * MB + 500


def test_a_measurement_takes_off_the_texts_that_it_has_seen(
    fraud: Fraud, process: Process, grant: Grant
) -> None:
    meter = known(process(storage_mb=10), grant)
    meter.commit(meter.reserve(grant, What.TEXTS, 9 * MB), 9 * MB, done=True)
    meter.once()
    before = fraud.database.read(usage.unmeasured_texts)
    assert before == {grant.project_id: 9 * MB}
    meter.commit(meter.reserve(grant, What.TEXTS, 1000), 1000, done=True)
    meter.once()
    fraud.database.write(
        lambda s: usage.measured(
            s,
            grant.project_id,
            size=2 * MB,
            files=0,
            before=0,
            texts_before=before[grant.project_id],
            at=now(),
        )
    )
    assert fraud.database.read(usage.unmeasured_texts) == {grant.project_id: 1000}
    meter.once()
    meter.reserve(grant, What.TEXTS, 7 * MB)
