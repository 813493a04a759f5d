"""Scripts, pages and lists have places of their own, and a spray of passwords has few."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from people import CAST, Person, Reply, add_people, basic, session_of, token_of
from processes import uac_program
from recording import SLUG, Recorder, Said
from uac_api import identity, settings, traffic
from uac_api.access.database import Database
from uac_api.access.errors import WrongCredentials
from uac_api.access.origins import Origin
from uac_api.access.throttle import Throttle
from uac_api.access.trail import Trail
from uac_api.errors import TooMany
from uac_api.migrations import upgrade
from uac_api.traffic import SPARE_THREADS, Places, Traffic

PLACES = Places(scripts=4, pages=4, lists=3)
RUN = "/api/2.0/mlflow/runs/get?run_id={}"
QUICK = 1.5


@dataclass(frozen=True)
class Busy:
    """uac_api with few places, before the stand-in; alice as a script and as a person."""

    upstream: Recorder
    script: Person
    person: Person

    def ask(self, kind: Traffic) -> Reply:
        """One call of a kind."""
        if kind is Traffic.LISTS:
            return self.person.studio("GET", "/experiments")
        who = self.script if kind is Traffic.SCRIPTS else self.person
        return who.ask("GET", f"/projects/{SLUG}{RUN.format(kind)}")

    def says(self, kind: Traffic, said: Said) -> None:
        """What MLflow answers to calls of a kind from now on."""
        if kind is Traffic.LISTS:
            self.upstream.said = said
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
    )
    uac.start()
    script, person = (make(database, "alice", uac.url) for make in (token_of, session_of))
    made = person.studio("POST", "/projects", {"slug": SLUG, "name": "Fraud"})
    assert made.status == 201, made.body
    yield Busy(upstream, script, person)
    uac.stop()
    upstream.stop()
    database.close()


@pytest.fixture
def busy(running: Busy) -> Busy:
    """The same, with a stand-in that answers everything at once."""
    running.upstream.by_path.clear()
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
    trail = Trail(database)
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


@pytest.mark.parametrize("threads", [2, 8, 16, 32, 64, 128])
def test_places_and_those_who_wait_leave_threads_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    monkeypatch.setenv("STUDIO_DATABASE_URL", "sqlite:///uac.db")
    monkeypatch.setenv("STUDIO_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("STUDIO_UPSTREAM_SECRET", "s" * 40)
    monkeypatch.setenv("UAC_THREADS", str(threads))
    found = traffic.places(settings.load())
    each = (found.scripts, found.pages, found.lists)
    assert min(each) >= 1
    assert found.scripts >= found.pages >= found.lists
    if threads > 2 * SPARE_THREADS:
        assert sum(most + most // 2 for most in each) + SPARE_THREADS <= threads
