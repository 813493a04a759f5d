"""Scripts, pages and lists have places of their own, and a spray of passwords has few."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import pytest

from people import CAST, Person, Reply, add_people, basic, session_of, token_of
from processes import uac_program
from recording import SLUG, Recorder, Said
from uac_api import identity, settings, traffic
from uac_api.access.audit.recorder import AuditRecorder
from uac_api.access.credentials.origins import Origin
from uac_api.access.credentials.throttle import Throttle
from uac_api.access.database import Database
from uac_api.access.decisions.principals import Principal, Via
from uac_api.access.errors import WrongCredentials
from uac_api.errors import TooMany
from uac_api.migrations import upgrade
from uac_api.proxy.rules import RULES
from uac_api.proxy.rules.work import SEARCHES, work_of
from uac_api.request_body import PACE
from uac_api.traffic import SPARE_THREADS, PersonShares, Places, Traffic, Work

PLACES = Places(scripts=4, pages=4, lists=3, readings=4)
READING = "/mlstudio/reading/runs/query"
LIST = "/mlstudio/reading/lists/experiments"
EMPTY = b'{"rows": [], "next": null}'
RUN = "/api/2.0/mlflow/runs/get?run_id={}"
QUICK = 1.5


@dataclass(frozen=True)
class Busy:
    """uac_api with few places, before the stand-in; alice as a script and as a person."""

    upstream: Recorder
    script: Person
    person: Person
    # No one person has all the places of the reading room, or of the lists.
    readers: Iterator[Person]

    def ask(self, kind: Traffic) -> Reply:
        """One call of a kind."""
        if kind is Traffic.LISTS:
            return next(self.readers).studio("GET", "/experiments")
        if kind is Traffic.READINGS:
            return next(self.readers).studio("POST", "/runs/query", {})
        who = self.script if kind is Traffic.SCRIPTS else self.person
        return who.ask("GET", f"/projects/{SLUG}{RUN.format(kind)}")

    def says(self, kind: Traffic, said: Said) -> None:
        """What MLflow answers to calls of a kind from now on."""
        if kind is Traffic.LISTS:
            self.upstream.by_path[LIST] = replace(said, body=EMPTY)
        elif kind is Traffic.READINGS:
            self.upstream.by_path[READING] = said
        else:
            self.upstream.by_path[RUN.format(kind)] = said


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    folder = tmp_path_factory.mktemp("busy")
    url = f"sqlite:///{folder}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    upstream = Recorder()
    upstream.start()
    uac = uac_program(
        folder,
        url,
        upstream.url,
        UAC_WORKERS="1",
        UAC_THREADS="40",
        STUDIO_UPSTREAM_TIMEOUT_SECONDS="4",
        STUDIO_MAX_PARALLEL_CALLS="40",
        STUDIO_MAX_SCRIPT_CALLS=str(PLACES.scripts),
        STUDIO_MAX_PAGE_CALLS=str(PLACES.pages),
        STUDIO_MAX_LISTS=str(PLACES.lists),
        STUDIO_MAX_READINGS=str(PLACES.readings),
    )
    uac.start()
    script, person = (make(database, "alice", uac.url) for make in (token_of, session_of))
    made = person.studio("POST", "/projects", {"slug": SLUG, "name": "Fraud"})
    assert made.status == 201, made.body
    readers = cycle([session_of(database, name, uac.url) for name in CAST])
    yield Busy(upstream, script, person, readers)
    uac.stop()
    upstream.stop()
    database.close()


@pytest.fixture
def busy(running: Busy) -> Busy:
    """The same, with a stand-in that answers everything at once."""
    running.upstream.by_path.clear()
    running.upstream.by_path[LIST] = Said(body=EMPTY)
    running.upstream.said = Said()
    return running


def at_once(pool: ThreadPoolExecutor, count: int, ask: Callable[[], Reply]) -> list[Future[Reply]]:
    return [pool.submit(ask) for _ in range(count)]


def number(kind: Traffic) -> int:
    """How many places a kind has."""
    return int(getattr(PLACES, kind))


@pytest.mark.parametrize("hanging", Traffic)
def test_what_hangs_costs_the_others_no_single_place(busy: Busy, hanging: Traffic) -> None:
    busy.says(hanging, Said(hang=True))
    others = [kind for kind in Traffic if kind is not hanging]
    with ThreadPoolExecutor(40) as pool:
        stuck = at_once(pool, 2 * number(hanging) + 2, partial(busy.ask, hanging))
        time.sleep(0.5)
        for kind in others:
            # So slow that every place is taken at the same time.
            busy.says(kind, Said(delay=0.3))
            began = time.monotonic()
            replies = [one.result() for one in at_once(pool, number(kind), partial(busy.ask, kind))]
            assert [reply.status for reply in replies] == [200] * number(kind), kind
            assert time.monotonic() - began < QUICK, kind
        refused = [one.result() for one in stuck if one.result().status == 503]
    assert refused, "and of its own kind not all may wait"
    for reply in refused:
        assert (reply.json["reason"], reply.headers["retry-after"]) == ("mlflow_unavailable", "1")


SEARCH = "/api/2.0/mlflow/runs/search"
FILE = "/api/2.0/mlflow-artifacts/artifacts/7/run-1/artifacts/large.bin"


# Places for files are fewer still of one person than of all.
@pytest.mark.parametrize(("slow", "refusal"), [(SEARCH, 503), (FILE, 429)])
def test_one_slow_kind_of_work_leaves_places_to_the_others(
    busy: Busy, slow: str, refusal: int
) -> None:
    busy.upstream.by_path[slow] = Said(hang=True)
    method, body = ("POST", {"experiment_ids": ["7"]}) if slow == SEARCH else ("GET", None)

    def stuck() -> Reply:
        return busy.script.ask(method, f"/projects/{SLUG}{slow}", body)

    with ThreadPoolExecutor(40) as pool:
        hanging = at_once(pool, 3 * PLACES.scripts, stuck)
        time.sleep(0.5)
        for _ in range(3):
            began = time.monotonic()
            quick = at_once(pool, PLACES.scripts // 2, partial(busy.ask, Traffic.SCRIPTS))
            assert [one.result().status for one in quick] == [200] * (PLACES.scripts // 2)
            assert time.monotonic() - began < QUICK
        statuses = {one.result().status for one in hanging}
    # One of its own kind waits for a place, and is refused in the end like those that may not wait.
    assert refusal in statuses
    assert len(busy.upstream.seen) > 0


def test_small_things_take_all_the_places_while_there_are_few() -> None:
    limits = PLACES.limits(Traffic.SCRIPTS)
    assert {work: limit.most for work, limit in limits.items()} == {
        Work.SEARCHES: 2,
        Work.FILES: 2,
        Work.CALLS: 4,
    }
    many = Places(scripts=23, pages=8, lists=3).limits(Traffic.SCRIPTS)
    assert [many[work].most for work in Work] == [12, 12, 22]


def test_rows_are_of_the_work_that_they_are() -> None:
    assert {rule.operation for rule in RULES} >= SEARCHES
    of = {rule.operation: work_of(rule) for rule in RULES}
    assert of["POST /api/2.0/mlflow/runs/search"] is Work.SEARCHES
    assert of["GET /get-artifact"] is Work.FILES
    assert of["POST /api/2.0/mlflow/runs/log-batch"] is Work.CALLS
    named = {operation for operation in of if operation.endswith(("/search", "history"))}
    assert {of[one] for one in named} == {Work.SEARCHES, Work.CALLS}
    # A job is few, and closed as a rule.
    assert {one for one in named if of[one] is Work.CALLS} == {
        "GET /api/3.0/mlflow/prompt-optimization/jobs/search",
        "POST /api/3.0/mlflow/prompt-optimization/jobs/search",
        "POST /api/3.0/jobs/search",
    }


def test_who_tries_passwords_by_the_thousand_leaves_tokens_and_sessions_alone(busy: Busy) -> None:
    address = busy.script.address

    def guess(n: int) -> Reply:
        return Person("", address, basic(f"nobody-{n}", "wrong")).studio("GET", "/me")

    with ThreadPoolExecutor(36) as pool:
        guesses = [pool.submit(guess, n) for n in range(90)]
        for kind in (Traffic.SCRIPTS, Traffic.PAGES) * 3:
            assert busy.ask(kind).status == 200
        replies = [one.result() for one in guesses]
    said = {(reply.status, reply.json["reason"]) for reply in replies}
    assert said == {(401, "wrong_credentials"), (429, "too_many_sign_ins")}
    for reply in replies:
        assert reply.status == 401 or reply.headers["retry-after"] == "1"


def test_few_threads_check_passwords_and_few_wait_for_that(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(identity, "CHECK_SECONDS", 0.05)
    database = Database(f"sqlite:///{tmp_path}/uac.db")
    upgrade(database)
    trail = AuditRecorder(database)
    known = identity.Identity(
        database, trail, Throttle(database, "k" * 40), idle=timedelta(hours=1)
    )
    go_on, checking = threading.Event(), threading.Semaphore(0)

    def check(_password: str, _kept: str) -> bool:
        checking.release()
        return not go_on.wait(20)

    monkeypatch.setattr(known, "_password_is_right", check)

    def guess(n: int) -> type[Exception] | None:
        try:
            known.by_password(f"nobody-{n}", "wrong", Origin("127.0.0.1"))
        except (WrongCredentials, TooMany) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(24) as pool:
        guesses = [pool.submit(guess, n) for n in range(24)]
        for _ in range(identity.CHECKS_AT_ONCE):
            assert checking.acquire(timeout=10)
        answered = [one.result() for one in islice(as_completed(guesses), 20)]
        assert answered == [TooMany] * 20, "while no check has ended"
        go_on.set()
        assert [one.result() for one in guesses].count(WrongCredentials) == 4
    trail.stop()
    database.close()


def principal(username: str, via: Via, credential: str) -> Principal:
    return Principal(1, username, False, via, credential)


def test_all_tokens_of_a_person_have_one_share_and_pages_another() -> None:
    shares = PersonShares(3, PLACES)
    bob = [principal("bob", Via.TOKEN, f"token-{n}") for n in range(3)]
    with ExitStack() as held:
        for one in bob:
            held.enter_context(shares.hold(one, {}))
        for one in (*bob, principal("bob", Via.PASSWORD, ""), principal("bob", Via.PROVIDER, "")):
            with pytest.raises(TooMany) as refused:
                held.enter_context(shares.hold(one, {}))
            assert refused.value.reason == "too_many_calls"
        for other in (principal("bob", Via.SESSION, "s"), principal("alice", Via.TOKEN, "t")):
            held.enter_context(shares.hold(other, {}))
    with shares.hold(bob[0], {}):
        pass


class Client:
    """What the server knows of a client; the test says when it is slow."""

    def __init__(self) -> None:
        self.on_slow: Callable[[], None] | None = None

    def is_slow(self) -> None:
        assert self.on_slow is not None
        self.on_slow()


def test_slow_transfers_have_half_of_the_places_and_one_person_most_of_those() -> None:
    # Of 16 places 8 may be slow, 6 of one person.
    shares = PersonShares(100, Places(scripts=16, pages=4, lists=1))
    bob, alice = (principal(name, Via.TOKEN, "t") for name in ("bob", "alice"))
    with ExitStack() as held:

        def transfer(whose: Principal) -> Client:
            client = Client()
            held.enter_context(shares.hold(whose, {PACE: client}))
            return client

        for _ in range(6):
            transfer(bob).is_slow()
        quick = [transfer(bob) for _ in range(10)]
        with pytest.raises(TooMany, match="of yours"):
            quick[0].is_slow()
        with pytest.raises(TooMany):
            shares.check_slow(bob)
        shares.check_slow(alice)
        transfer(alice).is_slow()
        transfer(alice).is_slow()
        with pytest.raises(TooMany, match="Too many slow"):
            transfer(alice).is_slow()
    shares.check_slow(bob)
    shares.check_slow(alice)


def test_one_person_moves_three_quarters_of_the_files_and_pages_count_apart() -> None:
    # Of 16 places 8 are for files, 6 of one person; of 4 of pages 2 and 1.
    shares = PersonShares(100, Places(scripts=16, pages=4, lists=1))
    bob, alice = (principal(name, Via.TOKEN, "t") for name in ("bob", "alice"))
    with ExitStack() as held, ThreadPoolExecutor(5) as pool:
        for _ in range(6):
            held.enter_context(shares.hold_file(bob))
        # Four may wait for one of theirs to end; the next is refused at once.
        asked = [pool.submit(shares.hold_file(bob).__enter__) for _ in range(5)]
        first = next(as_completed(asked, timeout=30))
        assert isinstance(first.exception(), TooMany)
        held.enter_context(shares.hold_file(alice))
        held.enter_context(shares.hold_file(principal("bob", Via.SESSION, "s")))


def test_when_a_call_is_over_its_client_is_nobodys_slow_one_any_more() -> None:
    shares, client = PersonShares(1, PLACES), Client()
    with shares.hold(principal("bob", Via.TOKEN, "t"), {PACE: client}):
        pass
    assert client.on_slow is None


@pytest.mark.parametrize("threads", [2, 8, 16, 32, 64, 128])
def test_places_and_those_who_wait_leave_threads_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setenv("STUDIO_DATABASE_URL", "sqlite:///uac.db")
    monkeypatch.setenv("STUDIO_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("STUDIO_UPSTREAM_SECRET", "s" * 40)
    monkeypatch.setenv("UAC_THREADS", str(threads))
    found = traffic.places(settings.load())
    each = (found.scripts, found.pages, found.readings, found.lists)
    assert min(each) >= 1
    assert found.scripts >= found.pages >= found.readings >= found.lists
    if threads > 2 * SPARE_THREADS:
        waiting = sum(most // 2 for most in each)
        own = sum(traffic.personal_queue(most) for most in (found.scripts, found.pages))
        # Answers with all rows have queues of their own.
        own += 3 * traffic.personal_queue(found.readings)
        assert sum(each) + waiting + own + SPARE_THREADS <= threads
