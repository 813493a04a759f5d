"""A drill counts what was acknowledged, and finds what is lost."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from rich.console import Console

from served import Served
from tools.drill.__main__ import _report, _verdict
from tools.drill.load import Clock, Worker
from tools.drill.moments import Moment
from tools.drill.proof import read_back
from tools.drill.record import Record, Try
from tools.drill.stage import Desk


class Store:
    """Keeps metrics as MLflow does, refuses at times, and forgets what it is told to."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[int, float]] = {}
        self.refusals: list[str] = []
        self.forgets: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = environ["PATH_INFO"].partition("/mlflow/")[2]
        with self._lock:
            refusal = self.refusals.pop() if self.refusals and path == "runs/log-metric" else ""
            answer = self._answer(path, json.loads(body or b"{}"), environ["QUERY_STRING"])
        content = json.dumps({} if refusal else answer).encode()
        start(refusal or "200 OK", [("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, path: str, body: dict[str, Any], query: str) -> dict[str, Any]:
        if path == "metrics/get-history":
            key = parse_qs(query)["metric_key"][0]
            metrics = [
                {"step": step, "value": value}
                for step, value in self.kept.get(key, {}).items()
                if (key, step) not in self.forgets
            ]
            return {"metrics": metrics}
        for metric in body.get("metrics", [body] if "key" in body else []):
            self.kept.setdefault(metric["key"], {})[metric["step"]] = metric["value"]
        return {}


@pytest.fixture
def store() -> Iterator[tuple[Store, Desk]]:
    """A server that stands for ML Studio, and a place to work from."""
    kept = Store()
    served = Served(kept)
    served.start()
    yield kept, Desk(0, served.url, None, "token", "run")
    served.stop()


def load(desk: Desk, calls: int, patience: float = 20) -> Record:
    """What one worker recorded while it made some calls."""
    record, clock = Record(), Clock(1000)
    worker = Worker(desk, clock, record, patience)
    worker.start()
    while len(record.tries) < calls:
        clock.stopping.wait(0.01)
    clock.stopping.set()
    worker.join(20)
    return record


def said(record: Record, there: set[tuple[int, str, int]]) -> tuple[int, str]:
    """The exit code of a drill and what it reports."""
    text = io.StringIO()
    console = Console(file=text, width=200)
    _report(console, record, [])
    code = _verdict(console, record, there)
    return code, text.getvalue()


def test_everything_acknowledged_is_found_again(store: tuple[Store, Desk]) -> None:
    _, desk = store
    record = load(desk, 40)
    assert len(record.acknowledged) > 20
    there = read_back([desk])
    assert record.acknowledged == there
    code, text = said(record, there)
    assert code == 0
    assert "0 of them are lost" in text


def test_a_lost_write_is_named_and_the_drill_fails(store: tuple[Store, Desk]) -> None:
    kept, desk = store
    record = load(desk, 40)
    kept.forgets.add(("batch-3", 0))
    code, text = said(record, read_back([desk]))
    assert code == 1
    assert "1 of them are lost" in text
    assert "worker 0, batch-3, step 0" in text


def test_a_value_that_is_not_what_was_logged_is_lost(store: tuple[Store, Desk]) -> None:
    kept, desk = store
    record = load(desk, 40)
    kept.kept["one"][1] = 17.0
    assert sorted(record.acknowledged - read_back([desk])) == [(0, "one", 1)]


def test_a_failed_write_is_sent_again_and_counted(store: tuple[Store, Desk]) -> None:
    kept, desk = store
    kept.refusals = ["503 Service Unavailable", "502 Bad Gateway"]
    record = load(desk, 20)
    outcomes = record.outcomes()
    assert outcomes["log-metric", "503"] == outcomes["log-metric", "502"] == 1
    assert record.repeats == 2
    assert record.given_up == []
    assert (0, "one", 0) in record.acknowledged


def test_a_refusal_is_given_up_at_once(store: tuple[Store, Desk]) -> None:
    kept, desk = store
    kept.refusals = ["403 Forbidden"]
    record = load(desk, 20)
    assert record.given_up == [(0, "one", 0)]
    assert record.repeats == 0
    assert (0, "one", 0) not in record.acknowledged


def test_a_connection_that_breaks_is_a_failure_with_a_name() -> None:
    nobody = Desk(0, "http://127.0.0.1:9", None, "token", "run")
    record = load(nobody, 3, patience=0.2)
    assert {outcome for _, outcome in record.outcomes()} == {"ConnectionRefusedError"}
    assert record.acknowledged == set()


def test_the_longest_silence_is_between_good_answers() -> None:
    record = Record()
    for at, outcome in ((1.0, "200"), (2.0, "502"), (7.0, "200"), (7.5, "200")):
        record.note(Try(at, 0.1, "get-run", outcome))
    assert record.silences(1) == [(1.0, 6.0)]
    assert record.troubles() == {2: {"502": 1}}
    assert list(record.times()) == pytest.approx([100, 100])


def test_a_command_runs_at_its_moment_and_tells_its_end() -> None:
    clock = Clock(1)
    done = Moment(0.0, "sh -c 'exit 3'").on(clock)
    missing = Moment(0.0, "no-such-program").on(clock)
    done.join(20)
    missing.join(20)
    assert (done.code, missing.code) == (3, 127)
    assert re.search("no-such-program", missing.said)
