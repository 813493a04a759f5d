"""A large artifact up and down, and what the UAC API's memory does meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

from tools.bench.budgets import DOWNLOAD, GROWTH, UPLOAD, Work
from tools.bench.figures import Block, Figure, growth, ratio
from tools.bench.plan import MIB, Plan
from tools.bench.stage import Stage
from tools.bench.wire import PIECE, BenchError, Wire

LOOK_SECONDS = 0.02
WARM_UP = 8 * MIB


def streams(stage: Stage, plan: Plan) -> dict[Work, Figure]:
    """Throughput of the proxy to MLflow's own, both ways, and the growth of its memory."""
    with Wire(stage.direct) as direct, Wire(stage.through) as through:
        wires = (direct, through)
        for wire in wires:
            _up(stage, wire, WARM_UP)
            _down(stage, wire, WARM_UP)
        with Memory(stage.uac_process) as memory:
            up: list[Block] = []
            down: list[Block] = []
            for number in range(plan.stream_rounds):
                order = (0, 1) if number % 2 == 0 else (1, 0)
                up.append(_round(wires, order, lambda w: _up(stage, w, plan.stream_bytes)))
                down.append(_round(wires, order, lambda w: _down(stage, w, plan.stream_bytes)))
                memory.next_round()
    return {UPLOAD: ratio(up), DOWNLOAD: ratio(down), GROWTH: memory.growth()}


def _round(
    wires: tuple[Wire, Wire], order: tuple[int, int], speed: Callable[[Wire], float]
) -> Block:
    found = {side: speed(wires[side]) for side in order}
    return [found[0]], [found[1]]


def _up(stage: Stage, wire: Wire, size: int) -> float:
    piece = os.urandom(PIECE)
    start = time.perf_counter()
    wire.upload(stage.content.file("large.bin"), repeat(piece, size // PIECE), size)
    return size / MIB / (time.perf_counter() - start)


def _down(stage: Stage, wire: Wire, size: int) -> float:
    start = time.perf_counter()
    came = wire.download(stage.content.file("large.bin"))
    if came != size:
        raise BenchError(f"of {size} bytes {came} came down")
    return size / MIB / (time.perf_counter() - start)


class Memory:
    """Watches the resident memory of processes and of all that they started, together."""

    def __init__(self, *process_ids: int) -> None:
        self._process_ids = process_ids
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._before = self._peak = self._now()
        self._peaks: list[float] = []

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def next_round(self) -> None:
        """A round is over; the next one has a peak of its own."""
        self._peaks.append(self._peak)
        self._peak = 0.0

    def growth(self) -> Figure:
        """How much more memory there was at the worst moment than at the start."""
        return growth(self._before, self._peaks)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self._peak = max(self._peak, self._now())

    def _now(self) -> float:
        return sum(map(resident_mib, self._process_ids))


def resident_mib(process_id: int) -> float:
    """The resident memory of a process and of all below it, in MiB."""
    page = os.sysconf("SC_PAGE_SIZE")
    statm = [Path(f"/proc/{one}/statm").read_text().split() for one in _family(process_id)]
    return sum(int(fields[1]) for fields in statm) * page / MIB


def _family(process_id: int) -> Iterator[int]:
    yield process_id
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text()
    for child in children.split():
        yield from _family(int(child))
