"""Limits for an unmodified mlflow client, and two replicas that share their counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from urllib3.exceptions import HTTPError

from conftest import Stack
from content import done
from databases import drop_database, needed_database
from people import CAST, Person, add_people, session_of
from processes import uac_program
from proxy.test_quotas import until
from recording import API, SLUG, Recorder
from system.conftest import Running
from uac_api.access.database import Database
from uac_api.migrations import upgrade
from uac_api.proxy.quotas import HEADER

RUNS = f"{API}/runs/create"
SEARCH = f"{API}/experiments/search?max_results=1"


_limited: list[tuple[Person, str]] = []


def limit(admin: Person, slug: str, **limits: int) -> None:
    _limited.append((admin, slug))
    done(admin.studio("PUT", f"/projects/{slug}/quota", limits))


@pytest.fixture(autouse=True)
def without_limits_afterwards() -> Iterator[None]:
    """A project that is at its limit refuses what others here ask of all their projects."""
    yield
    for admin, slug in _limited:
        with suppress(HTTPError):
            admin.studio("DELETE", f"/projects/{slug}/quota")
    _limited.clear()


def test_the_eleventh_run_of_ten_ends_the_script_at_once_with_our_sentence(
    stack: Stack, project: str, admin: Person, tmp_path: Path
) -> None:
    limit(admin, project, runs_per_day=10, storage_mb=1)
    token = stack.with_token("bob").credential.split()[1]
    seen = (
        Running(
            project,
            "log_many.py",
            tmp_path / "script",
            MLFLOW_TRACKING_URI=f"{stack.uac.url}/projects/{project}",
            MLFLOW_TRACKING_TOKEN=token,
            TRIES="12",
            SIZE="1200000",
        )
        .end()
        .seen
    )
    assert seen["runs"] == 10
    # After a 429 the client would try again for minutes, and then keep our sentence to itself.
    assert f"Project '{project}' may begin 10 runs a day" in seen["said"]
    assert "Ask an administrator of ML Studio" in seen["said"]
    assert seen["found"] == 10, "reading goes on"
    assert f"Project '{project}' may keep 1.0 MB of files" in seen["file"]


def is_warned(person: Person) -> bool:
    return person.ask("GET", SEARCH).headers.get(HEADER.lower()) == "runs 100 %"


@dataclass(frozen=True)
class Replicas:
    """Alice at one replica and at another over one MariaDB, and an administrator."""

    one: Person
    other: Person
    admin: Person

    def usage(self) -> Any:
        """What the project uses, as the first replica tells it."""
        return done(self.admin.studio("GET", f"/projects/{SLUG}/usage"))


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Two replicas and a project of alice's."""
    folder = tmp_path_factory.mktemp("quotas")
    url = needed_database("mysql", folder)
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    upstream = Recorder()
    upstream.start()
    programs = [uac_program(folder, url, upstream.url, UAC_WORKERS="1") for _ in range(2)]
    for program in programs:
        program.start()
    one, other = (session_of(database, "alice", program.url) for program in programs)
    made = one.studio("POST", "/projects", {"slug": SLUG, "name": "Fraud"})
    assert made.status == 201, made.body
    yield Replicas(one, other, session_of(database, "admin", programs[0].url))
    for program in programs:
        program.stop()
    upstream.stop()
    database.close()
    drop_database(url)


def test_two_replicas_share_their_counts(replicas: Replicas) -> None:
    limit(replicas.admin, SLUG, runs_per_day=10)
    for number in range(10):
        person = replicas.one if number % 3 else replicas.other
        assert person.ask("POST", RUNS, {"experiment_id": "1"}).status == 200
    for person in (replicas.one, replicas.other):
        until(partial(is_warned, person))
        reply = person.ask("POST", RUNS, {"experiment_id": "1"})
        assert (reply.status, reply.json["reason"]) == (403, "quota_runs")
    usage = replicas.usage()
    assert usage["runs"] == {"used": 10, "limit": 10, "percent": 100, "state": "full"}
    assert usage["days"][-1]["runs"] == 10
