"""Sixteen clients at once, each with a run of its own: reads and writes by turns."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count

from tools.bench import content
from tools.bench.content import API
from tools.bench.figures import Block, Figure, ratio
from tools.bench.plan import Plan
from tools.bench.stage import Stage
from tools.bench.wire import BenchError, Way, Wire


def crowd(stage: Stage, plan: Plan) -> Figure:
    """The proxy's throughput to MLflow's own, in calls a second; both go by turns."""
    blocks: list[Block] = []
    for way in (stage.direct, stage.through):
        _throughput(stage, way, 0.5)
    for number in range(plan.crowd_rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        ways = (stage.direct, stage.through)
        found = {side: _throughput(stage, ways[side], plan.crowd_seconds) for side in order}
        blocks.append(([found[0]], [found[1]]))
    return ratio(blocks)


class _Client(threading.Thread):
    def __init__(self, way: Way, there: content.Content, run: str, until: float) -> None:
        super().__init__(daemon=True)
        self._way, self._there, self._run, self._until = way, there, run, until
        self.calls = 0
        self.trouble = ""

    def run(self) -> None:
        """Ask until the time is over."""
        try:
            with Wire(self._way) as wire:
                for request in self._requests():
                    if time.monotonic() >= self._until:
                        return
                    wire.ask(request)
                    self.calls += 1
        except (BenchError, OSError) as error:
            self.trouble = str(error)

    def _requests(self) -> Iterator[bytes]:
        get = self._way.request("GET", f"{API}/runs/get?run_id={self._there.read}")
        for step in count(1):
            yield get
            metric = {"run_id": self._run, **content.metrics(1, step)[0]}
            yield self._way.request("POST", f"{API}/runs/log-metric", metric)
            yield get
            batch = {"run_id": self._run, "metrics": content.metrics(10, step)}
            yield self._way.request("POST", f"{API}/runs/log-batch", batch)


def _throughput(stage: Stage, way: Way, seconds: float) -> float:
    start = time.monotonic()
    there = stage.content
    clients = [_Client(way, there, run, start + seconds) for run in there.crowd]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    # The last answers come after the time is over: they count, and so does their time.
    passed = time.monotonic() - start
    for client in clients:
        if client.trouble:
            raise BenchError(client.trouble)
    return sum(client.calls for client in clients) / passed
