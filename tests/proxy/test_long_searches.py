"""A search that takes too long is ended in the database, and nobody else notices."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest

from conftest import Stack, stack_on
from content import Content, done, fill, tags
from people import Person, Reply
from processes import Program, mlflow_program
from uac_api.concurrency import PersonalLimit
from uac_api.errors import TooMany

SECONDS = "0.4"
RUNS, LETTERS = 3000, 4000
# Compared with each letter of each text, and found at none.
SLOW = f"tags.x LIKE '%{'a' * 480}b%'"


@dataclass(frozen=True)
class Scene:
    """alice's project, with runs whose tags take long to search, and who may see it."""

    content: Content
    alice: Person
    bob: Person
    carol: Person

    def search(self, person: Person, condition: str) -> Reply:
        body = {"experiment_ids": [self.content.experiment], "filter": condition, "max_results": 1}
        return person.mlflow(self.content.slug, "POST", "runs/search", body)


def file_of(mlflow: Program) -> str:
    return mlflow.environment["MLFLOW_BACKEND_STORE_URI"].removeprefix("sqlite:///")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A stack whose MLflow has little patience."""
    folder = tmp_path_factory.mktemp("long-searches")
    hasty = mlflow_program(folder)
    hasty.environment["STUDIO_READ_SECONDS"] = SECONDS
    hasty.start()
    with stack_on(f"sqlite:///{folder}/uac.db", hasty, folder) as stack:
        content = fill(stack.person("alice"), stack.new_project())
        add_runs(stack, content)
        yield Scene(content, *(stack.person(name) for name in ("alice", "bob", "carol")))
    hasty.stop()


def add_runs(stack: Stack, content: Content) -> None:
    """Copies of a run, with a tag each; by SQL, since by REST it would take minutes."""
    with closing(sqlite3.connect(file_of(stack.mlflow), timeout=30)) as database, database:
        found = database.execute("SELECT * FROM runs WHERE run_uuid = ?", (content.run,))
        names = [column[0] for column in found.description]
        row = dict(zip(names, found.fetchone(), strict=True))
        places = ", ".join("?" * len(row))
        for number in range(RUNS):
            row["run_uuid"] = f"{number:032x}"
            insert = f"INSERT INTO runs VALUES ({places})"  # noqa: S608 - question marks
            database.execute(insert, list(row.values()))
            tag = ("x", "a" * LETTERS, row["run_uuid"])
            database.execute("INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", tag)


def test_a_search_that_takes_too_long_is_400_and_says_what_to_do(scene: Scene) -> None:
    reply = scene.search(scene.carol, SLOW)
    assert reply.status == 400
    assert reply.json["error_code"] == "INVALID_PARAMETER_VALUE"
    assert reply.json["reason"] == "search_too_slow"
    assert f"took longer than {SECONDS} s" in reply.json["message"]
    assert "narrow the filter" in reply.json["message"]
    assert reply.json["request_id"]
    assert b"SELECT" not in reply.body


def test_the_next_search_is_answered(scene: Scene) -> None:
    assert scene.search(scene.carol, SLOW).status == 400
    found = done(scene.search(scene.carol, "tags.x LIKE 'aaa%'"))
    assert len(found["runs"]) == 1


def test_graphql_tells_it_too(scene: Scene) -> None:
    query = (
        "query Q($filter: String, $experiments: [String]) { mlflowSearchRuns(input:"
        " {experimentIds: $experiments, filter: $filter}) { runs { info { runId } } } }"
    )
    asked = {"filter": SLOW, "experiments": [scene.content.experiment]}
    address = f"/projects/{scene.content.slug}/graphql"
    reply = scene.carol.ask("POST", address, {"query": query, "variables": asked})
    assert b"took longer than" in reply.body
    assert b"SELECT" not in reply.body


def test_a_list_over_projects_tells_it_too(scene: Scene) -> None:
    slow = SLOW.replace("%", "%25").replace(" ", "+").replace("'", "%27")
    reply = scene.carol.studio("GET", f"/runs?project={scene.content.slug}&filter={slow}")
    assert (reply.status, reply.json["reason"]) == (504, "too_slow")


def test_others_write_while_searches_run(scene: Scene) -> None:
    slug, run = scene.content.slug, scene.content.run
    with ThreadPoolExecutor(6) as pool:
        searches = [pool.submit(scene.search, scene.carol, SLOW) for _ in range(6)]
        for number in range(10):
            named = {"run_id": run, "key": f"during-{number}", "value": "yes"}
            done(scene.bob.mlflow(slug, "POST", "runs/set-tag", named))
            assert scene.alice.ask("GET", "/healthz").status == 200
        ended = [search.result() for search in searches]
    assert {(one.status, one.json["reason"]) for one in ended} <= {
        (400, "search_too_slow"),
        (429, "too_many_calls"),
    }
    written = tags(scene.alice, slug, run)
    assert [name for name in written if name.startswith("during-")] != []
    assert all(f"during-{number}" in written for number in range(10))


def test_a_change_is_not_ended(scene: Scene) -> None:
    # Deleting an experiment marks each of its runs: far longer than a search may take is allowed.
    slug, experiment = scene.content.slug, scene.content.experiment
    done(scene.alice.mlflow(slug, "POST", "experiments/delete", {"experiment_id": experiment}))
    done(scene.alice.mlflow(slug, "POST", "experiments/restore", {"experiment_id": experiment}))
    assert len(done(scene.search(scene.alice, "tags.x LIKE 'aaa%'"))["runs"]) == 1


def full() -> Exception:
    return TooMany("No place.")


def require_full(limit: PersonalLimit) -> None:
    with pytest.raises(TooMany), limit.hold("carol"):
        pass


def test_a_person_has_so_many_searches_at_once_and_one_after_a_long_one() -> None:
    now = [100.0]
    limit = PersonalLimit(2, queue=1, seconds=0, restrained=60, refusal=full, clock=lambda: now[0])
    with limit.hold("carol"), limit.hold("carol"), limit.hold("bob"):
        require_full(limit)
    limit.restrain("carol")
    with limit.hold("carol"), limit.hold("bob"), limit.hold("bob"):
        require_full(limit)
    now[0] += 61
    with limit.hold("carol"), limit.hold("carol"):
        pass


def test_who_waits_for_a_place_gets_it_when_one_is_free() -> None:
    limit = PersonalLimit(1, queue=1, seconds=60, refusal=full)
    with ThreadPoolExecutor(1) as pool:

        def search() -> float:
            with limit.hold("carol"):
                return time.monotonic()

        with limit.hold("carol"):
            waiting = pool.submit(search)
            time.sleep(0.1)
            left = time.monotonic()
        assert waiting.result(30) >= left


def test_few_wait_for_places_since_each_holds_a_thread() -> None:
    limit = PersonalLimit(1, queue=1, seconds=60, refusal=full)
    begun = threading.Event()

    def search() -> None:
        begun.set()
        with limit.hold("carol"):
            pass

    with ThreadPoolExecutor(1) as pool, limit.hold("carol"), limit.hold("bob"):
        waiting = pool.submit(search)
        begun.wait(30)
        time.sleep(0.1)
        began = time.monotonic()
        require_full(limit)
        with pytest.raises(TooMany), limit.hold("bob"):
            pass
        # At once, not after the 60 s of who waits.
        assert time.monotonic() - began < 30
        assert not waiting.done()
    waiting.result(30)
    with limit.hold("carol"):
        pass
