"""MLflow is away for a moment: changes wait for it, and what was not sent is told as that."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from people import CAST, Person, add_people, session_of
from processes import Program, free_port, uac_program
from recording import API, SLUG, Recorder, Said
from uac_api.access.database import Database
from uac_api.errors import BadUpstream
from uac_api.migrations import upgrade
from uac_api.mlflow import server_info
from uac_api.mlflow.upstream import RESTARTING_HEADER, Upstream

WAIT, WAITERS = 2.0, 2
METRIC = {"run_id": "a", "key": "loss", "value": 1.0, "timestamp": 1, "step": 0}
LOG = f"{API}/runs/log-metric"


@dataclass(frozen=True)
class Away:
    """uac_api whose MLflow is away, and comes when it is told to."""

    uac: Program
    alice: Person
    port: int

    @contextmanager
    def back(self) -> Iterator[Recorder]:
        """MLflow is there for so long."""
        upstream = Recorder(self.port)
        upstream.start()
        try:
            yield upstream
        finally:
            upstream.stop()


@contextmanager
def without_mlflow(folder: Path, **limits: str) -> Iterator[Away]:
    """uac_api with alice's project, whose MLflow has gone."""
    port, url = free_port(), f"sqlite:///{folder}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    limits = {"UAC_WORKERS": "1", "STUDIO_UPSTREAM_WAIT_SECONDS": str(WAIT), **limits}
    uac = uac_program(folder, url, f"http://127.0.0.1:{port}", **limits)
    uac.start()
    made = Away(uac, session_of(database, "alice", uac.url), port)
    with made.back():
        project = {"slug": SLUG, "name": "Fraud"}
        assert made.alice.studio("POST", "/projects", project).status == 201
    yield made
    uac.stop()
    database.close()


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    """Two changes may wait for two seconds."""
    # Alice has a session: every thread may be with MLflow for pages.
    threads = {"UAC_THREADS": str(4 * WAITERS), "STUDIO_MAX_PAGE_CALLS": str(4 * WAITERS)}
    with without_mlflow(tmp_path_factory.mktemp("away"), **threads) as made:
        yield made


def took(began: float) -> float:
    return time.monotonic() - began


def test_a_change_waits_for_mlflow_and_is_sent_once(away: Away) -> None:
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(away.alice.ask, "POST", LOG, METRIC)
        path = f"{API}-artifacts/artifacts/1/r/artifacts/f"
        upload = pool.submit(away.alice.ask, "PUT", path, raw=b"x" * 300_000)
        time.sleep(WAIT / 4)
        assert not waiting.done()
        with away.back() as upstream:
            assert (waiting.result().status, upload.result().status) == (200, 200)
    # Whose folder it is was asked before the upload.
    assert sorted((one.method, len(one.body) > 99_999) for one in upstream.seen) == [
        ("GET", False),
        ("POST", False),
        ("PUT", True),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [("runs/log-metric", METRIC), ("runs/create", {"experiment_id": "0"})],
    ids=["the change itself", "a question before it"],
)
def test_a_change_that_was_never_sent_is_what_every_client_repeats(
    away: Away, path: str, body: dict[str, object]
) -> None:
    reply = away.alice.ask("POST", f"{API}/{path}", body)
    assert (reply.status, reply.headers["retry-after"]) == (429, "10")
    assert (reply.json["reason"], reply.json["error_code"]) == (
        "mlflow_unavailable",
        "TEMPORARILY_UNAVAILABLE",
    )
    assert "MLflow cannot be reached" in reply.json["message"]


ENDING = Said(503, {RESTARTING_HEADER: "1", "Connection": "close"})


def test_a_change_that_an_ending_mlflow_did_not_begin_goes_to_the_next_one_once(
    away: Away,
) -> None:
    with ThreadPoolExecutor(1) as pool, away.back() as upstream:
        assert away.alice.ask("POST", LOG, METRIC).status == 200
        upstream.said = upstream.health = ENDING
        waiting = pool.submit(away.alice.ask, "POST", LOG, METRIC)
        time.sleep(WAIT / 4)
        assert not waiting.done()
        assert len(upstream.seen) == 2, "it asks whether MLflow is well, and sends nothing else"
        upstream.said = upstream.health = Said()
        assert waiting.result().status == 200
        assert len(upstream.seen) == 3


def test_what_an_ending_mlflow_did_not_begin_is_never_told_as_begun(away: Away) -> None:
    path = f"{API}-artifacts/artifacts/1/r/artifacts/f"
    with away.back() as upstream:
        assert away.alice.ask("PUT", path, raw=b"x" * 300_000).status == 200
        # What was sent in pieces cannot be sent again.
        upstream.by_path = {upstream.last().target: ENDING}
        upload = away.alice.ask("PUT", path, raw=b"x" * 300_000)
        assert (upload.status, upload.json["reason"]) == (429, "mlflow_unavailable")
        upstream.said = upstream.health = ENDING
        change = away.alice.ask("POST", LOG, METRIC)
        assert (change.status, change.json["reason"]) == (429, "mlflow_unavailable")
        read = away.alice.ask("GET", f"{API}/runs/get?run_id=a")
        assert (read.status, read.json["reason"]) == (503, "mlflow_unavailable")


def test_a_change_never_goes_out_on_a_connection_that_leads_to_nobody(away: Away) -> None:
    # As where the parent of MLflow's processes still listens, and they have gone.
    with socket.create_server(("127.0.0.1", away.port)), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(away.alice.ask, "POST", LOG, METRIC)
        reply = waiting.result(30)
    assert (reply.status, reply.json["reason"]) == (429, "mlflow_unavailable")


def test_many_changes_at_once_reach_an_mlflow_that_is_well_while_one_waits(away: Away) -> None:
    with away.back() as upstream, ThreadPoolExecutor(4 * WAITERS) as pool:
        upstream.said = Said(delay=0.2)
        changes = [pool.submit(away.alice.ask, "POST", LOG, METRIC) for _ in range(4 * WAITERS)]
        assert {one.result().status for one in changes} == {200}


def test_the_wait_has_an_end(away: Away) -> None:
    began = time.monotonic()
    assert away.alice.ask("POST", LOG, METRIC).status == 429
    assert WAIT <= took(began) < WAIT + 5


def test_a_read_is_told_at_once_that_mlflow_is_down(away: Away) -> None:
    for method, path, body in (
        ("GET", "runs/get?run_id=a", None),
        ("POST", "runs/search", {"experiment_ids": ["1"]}),
    ):
        began = time.monotonic()
        reply = away.alice.ask(method, f"{API}/{path}", body)
        assert (reply.status, reply.json["reason"]) == (503, "mlflow_unavailable")
        assert (reply.headers["retry-after"], took(began) < WAIT) == ("10", True)


def test_few_wait_and_everything_else_goes_on(away: Away) -> None:
    with ThreadPoolExecutor(4 * WAITERS) as pool:
        changes = [pool.submit(away.alice.ask, "POST", LOG, METRIC) for _ in range(4 * WAITERS)]
        time.sleep(WAIT / 2)
        told = [change for change in changes if change.done()]
        began = time.monotonic()
        alive = urllib3.request("GET", f"{away.uac.url}/healthz", retries=False)
        mine = away.alice.studio("GET", "/projects")
        assert (alive.status, mine.status, took(began) < WAIT / 2) == (200, 200, True)
        assert len(told) == 3 * WAITERS, "the others do not wait"
        assert {change.result().status for change in changes} == {429}


def test_who_has_no_place_since_mlflow_is_away_comes_again_when_it_may_be_back(
    tmp_path: Path,
) -> None:
    # One is under way, and one waits for it.
    with without_mlflow(tmp_path, STUDIO_MAX_PARALLEL_CALLS="1") as away:
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(away.alice.ask, "POST", LOG, METRIC) for _ in range(2)]
            time.sleep(WAIT / 4)
            reply = away.alice.ask("POST", LOG, METRIC)
            assert (reply.status, reply.json["reason"]) == (429, "too_many_calls")
            assert reply.headers["retry-after"] == "10"
            assert {one.result().json["reason"] for one in waiting} == {"mlflow_unavailable"}
        with away.back() as upstream, ThreadPoolExecutor(2) as pool:
            upstream.said = Said(delay=WAIT)
            busy = [pool.submit(away.alice.ask, "POST", LOG, METRIC) for _ in range(2)]
            time.sleep(WAIT / 4)
            reply = away.alice.ask("POST", LOG, METRIC)
            assert (reply.status, reply.headers["retry-after"]) == (429, "1")
            assert {one.result().status for one in busy} == {200}


def test_a_change_that_went_out_is_never_sent_again_and_never_told_as_unsent(away: Away) -> None:
    with away.back() as upstream:
        assert away.alice.ask("POST", LOG, METRIC).status == 200
        upstream.said = Said(raw=b"")
        reply = away.alice.ask("POST", LOG, METRIC)
        assert (reply.status, reply.json["reason"]) == (502, "mlflow_bad_answer")
        assert len(upstream.seen) == 2


def test_a_script_and_a_page_that_begin_meanwhile_learn_what_the_server_can_do(away: Away) -> None:
    path = f"/projects/{SLUG}{server_info.TARGET}"
    page = {
        "Sec-Fetch-Site": "same-origin",
        "Cookie": away.alice.cookie,
    }
    assert away.alice.ask("GET", path).status == 503, "nobody knows it yet"
    said = Said(body=b'{"store_type": "SqlStore", "workspaces_enabled": true}')
    with away.back() as upstream:
        upstream.by_path[server_info.TARGET] = said
        assert away.alice.ask("GET", path).json == json.loads(said.body)
    began = time.monotonic()
    assert away.alice.ask("GET", path).json == json.loads(said.body)
    seen = urllib3.request("GET", f"{away.uac.url}{path}", headers=page)
    assert seen.json() == {"store_type": "SqlStore", "workspaces_enabled": False}
    assert took(began) < server_info.PATIENCE_SECONDS
    with away.back() as upstream:
        upstream.by_path[server_info.TARGET] = Said(body=b'{"store_type": "New"}')
        assert away.alice.ask("GET", path).json == {"store_type": "New"}, "what it says now counts"


@pytest.mark.parametrize("trouble", [Said(hang=True), Said(raw=b"what?"), Said(status=500)])
def test_a_server_that_is_in_trouble_is_no_reason_to_forget(trouble: Said) -> None:
    upstream, known = Recorder(), server_info.ServerInfo()
    upstream.start()
    asked = Upstream(upstream.url, "secret", timeout=30.0)
    upstream.said = Said(status=500)
    with pytest.raises(BadUpstream):
        known.ask(asked)
    upstream.said = Said(body=b'{"store_type": "SqlStore"}')
    assert known.ask(asked) == {"store_type": "SqlStore"}
    upstream.said = trouble
    assert known.ask(asked) == {"store_type": "SqlStore"}
    asked.close()
    upstream.stop()
