"""`kill -9` of each process in turn while metrics are logged: every acknowledged one is there."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from content import done, new_experiment, new_run
from people import CAST, Person, add_people, session_of
from processes import Program, mlflow_program, studio_program, uac_program
from uac_api.access.database import Database
from uac_api.migrations import upgrade

WRITERS = 3
ENOUGH = 40
PATIENCE = 60.0


class Writer(threading.Thread):
    """Logs one metric after the other, and notes those that were acknowledged."""

    def __init__(self, person: Person, slug: str, run: str, number: int) -> None:
        super().__init__(daemon=True)
        self._person, self._slug, self._run, self._number = person, slug, run, number
        self.acknowledged: list[tuple[str, int]] = []
        self.refused = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        """Log until told to stop; what was not acknowledged is not tried again."""
        step = 0
        while not self.stopping.is_set():
            step += 1
            key = f"writer-{self._number}"
            body = {"run_id": self._run, "key": key, "value": step, "timestamp": step, "step": step}
            try:
                reply = self._person.mlflow(self._slug, "POST", "runs/log-metric", body)
            except urllib3.exceptions.HTTPError:
                self.refused += 1
                time.sleep(0.02)
                continue
            if reply.status == 200:
                self.acknowledged.append((key, step))
            else:
                self.refused += 1
                time.sleep(0.02)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Program]]:
    """MLflow, uac_api and Studio of this test's own, to be killed."""
    folder = tmp_path_factory.mktemp("durable")
    url = f"sqlite:///{folder}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    database.close()
    mlflow = mlflow_program(folder)
    uac = uac_program(folder, url, mlflow.url, STUDIO_LOG_LEVEL="ERROR")
    running = {"mlflow": mlflow, "uac": uac, "studio": studio_program(folder, uac.url)}
    # None of them needs another one to start.
    with ThreadPoolExecutor() as pool:
        list(pool.map(Program.start, running.values()))
    yield running
    for program in reversed(running.values()):
        program.stop()


def wait_for(writers: list[Writer], more: int) -> None:
    """Wait until every writer has that many acknowledgements more than now."""
    goals = [len(writer.acknowledged) + more for writer in writers]
    until = time.monotonic() + PATIENCE
    while any(len(w.acknowledged) < goal for w, goal in zip(writers, goals, strict=True)):
        assert time.monotonic() < until, "the writers are stuck"
        time.sleep(0.02)


def test_every_acknowledged_metric_survives_kill_9_of_each_process(
    programs: dict[str, Program], tmp_path: Path
) -> None:
    uac = programs["uac"]
    database = Database(uac.environment["STUDIO_DATABASE_URL"])
    alice = session_of(database, "alice", uac.url)
    database.close()
    slug = f"durable-{tmp_path.name[-1]}"
    assert alice.studio("POST", "/projects", {"slug": slug, "name": slug}).status == 201
    run = new_run(alice, slug, new_experiment(alice, slug))["info"]["run_id"]
    writers = [Writer(alice, slug, run, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    refused = {}
    for name, program in programs.items():
        wait_for(writers, ENOUGH)
        before = sum(writer.refused for writer in writers)
        program.stop(signal.SIGKILL)
        program.start()
        wait_for(writers, ENOUGH)
        refused[name] = sum(writer.refused for writer in writers) - before
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join(timeout=PATIENCE)
        assert not writer.is_alive()
    assert refused["mlflow"] > 0, "the kill was felt"
    assert refused["uac"] > 0, "the kill was felt"
    assert refused["studio"] == 0, "Studio is not in the way of data"
    for number, writer in enumerate(writers):
        path = f"metrics/get-history?run_id={run}&metric_key=writer-{number}&max_results=25000"
        there = {metric["step"] for metric in done(alice.mlflow(slug, "GET", path))["metrics"]}
        lost = [step for _, step in writer.acknowledged if step not in there]
        assert lost == []
        assert len(writer.acknowledged) >= 2 * ENOUGH * len(programs)
