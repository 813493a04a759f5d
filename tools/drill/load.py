"""Workers that read and write at a steady rate, and try a failed request again as mlflow does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any

from tools.drill.record import Point, Record, Try
from tools.drill.stage import Desk

# Answers after which mlflow's client sends a request again, writes too.
AGAIN = {"429", "500", "502", "503", "504"}
LONGEST_PAUSE = 2.0
BATCH = 10
Call = tuple[str, str, str, object, tuple[Point, ...]]


class Clock:
    """Gives out moments at a steady rate; who comes late goes at once."""

    def __init__(self, rate: float) -> None:
        self._pause = 1 / rate
        self._numbers = count()
        self.started = time.monotonic()
        self.stopping = threading.Event()

    def now(self) -> float:
        """Seconds since the load began."""
        return time.monotonic() - self.started

    def wait(self) -> bool:
        """Wait for the next moment; false if the load is over."""
        left = next(self._numbers) * self._pause - self.now()
        return not self.stopping.wait(max(0.0, left))


class Worker(threading.Thread):
    """One client with one kept-alive connection and a run of its own."""

    def __init__(self, desk: Desk, clock: Clock, record: Record, patience: float) -> None:
        super().__init__(daemon=True)
        self._desk, self._clock, self._record = desk, clock, record
        self._patience = patience
        self._connection: HTTPConnection | None = None

    def run(self) -> None:
        """Call until the clock says that it is over."""
        calls = self._calls()
        while self._clock.wait():
            self._until_good(next(calls))
        if self._connection is not None:
            self._connection.close()

    def _calls(self) -> Iterator[Call]:
        run, number = self._desk.run_id, self._desk.number
        for step in count():
            point = {"value": float(step), "timestamp": 1_700_000_000_000 + step, "step": step}
            one = {"run_id": run, "key": "one", **point}
            yield "log-metric", "POST", "runs/log-metric", one, ((number, "one", step),)
            yield "get-run", "GET", f"runs/get?run_id={run}", None, ()
            if step % 4 == 0:
                yield self._batch(step, point)
            search = {"max_results": 5}
            yield "search", "POST", "experiments/search", search, ()

    def _batch(self, step: int, point: dict[str, Any]) -> Call:
        keys = [f"batch-{key}" for key in range(BATCH)]
        body = {"run_id": self._desk.run_id, "metrics": [{"key": key, **point} for key in keys]}
        points = tuple((self._desk.number, key, step) for key in keys)
        return "log-batch", "POST", "runs/log-batch", body, points

    def _until_good(self, call: Call) -> None:
        *_, points = call
        until, pause = time.monotonic() + self._patience, 0.05
        while (outcome := self._once(call)) != "200":
            certain = outcome.isdecimal() and outcome not in AGAIN
            if certain or time.monotonic() > until:
                self._record.give_up(points)
                return
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            self._record.repeat()

    def _once(self, call: Call) -> str:
        kind, method, path, body, points = call
        began = self._clock.now()
        if self._connection is None:
            self._connection = self._desk.connect()
        try:
            status, _ = self._desk.send(self._connection, method, path, body)
            outcome = str(status)
        except (OSError, HTTPException) as error:
            outcome = type(error).__name__
            self._connection.close()
            self._connection = None
        ended = self._clock.now()
        self._record.note(Try(ended, ended - began, kind, outcome), points)
        return outcome
