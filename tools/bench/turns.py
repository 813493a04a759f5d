"""Two sides are measured in turn, so that whatever the machine does meets both alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count

from tools.bench import content
from tools.bench.budgets import BATCH, GET, METRIC, SEARCH, Work
from tools.bench.content import API, Content
from tools.bench.figures import Block, Figure, ratio
from tools.bench.plan import Plan
from tools.bench.stage import Stage
from tools.bench.wire import Way, Wire

WARM_UP = 5

Do = Callable[[], object]
# Makes the bytes of the next request of a work.
Requests = Callable[[Way], bytes]


def in_turn(first: Do, second: Do, *, blocks: int, pairs: int, warm_up: int = WARM_UP) -> Figure:
    """The ratio of the times of `second` to those of `first`; each goes first half the time."""
    for _ in range(warm_up):
        first()
        second()
    found: list[Block] = []
    for _ in range(blocks):
        sides: tuple[list[float], list[float]] = ([], [])
        for number in range(pairs):
            order = (0, 1) if number % 2 == 0 else (1, 0)
            for side in order:
                sides[side].append(timed((first, second)[side]))
        found.append(sides)
    return ratio(found)


def timed(do: Do) -> float:
    """How many milliseconds it takes."""
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


def calls(stage: Stage, plan: Plan, work: Work) -> Figure:
    """The proxy against MLflow itself."""
    pairs = {GET: plan.gets, METRIC: plan.metrics, BATCH: plan.batches, SEARCH: plan.searches}
    return _compared(stage, stage.through, work, blocks=plan.blocks, pairs=pairs[work])


def peer_calls(stage: Stage, plan: Plan, work: Work) -> Figure:
    """MLflow's basic-auth against MLflow itself; it is slow, so not often."""
    return _compared(stage, stage.peer, work, blocks=plan.peers, pairs=2, warm_up=1)


def _compared(
    stage: Stage, way: Way, work: Work, *, blocks: int, pairs: int, warm_up: int = WARM_UP
) -> Figure:
    requests = requests_of(work, stage.content)
    with Wire(stage.direct) as direct, Wire(way) as other:

        def asked(wire: Wire) -> Do:
            # The request is made before the clock starts: next to nothing, but not nothing.
            return lambda: wire.ask(requests(wire.way))

        return in_turn(asked(direct), asked(other), blocks=blocks, pairs=pairs, warm_up=warm_up)


def requests_of(work: Work, there: Content) -> Requests:
    """What is sent for a work; a write has a new step each time."""
    steps = count(1)
    metric, batch = f"{API}/runs/log-metric", f"{API}/runs/log-batch"
    run = {"run_id": there.written}
    search = {"experiment_ids": [there.experiment], "max_results": content.SEARCHED_RUNS}
    made: dict[Work, Requests] = {
        GET: lambda way: way.request("GET", f"{API}/runs/get?run_id={there.read}"),
        METRIC: lambda way: way.request(
            "POST", metric, {**run, **content.metrics(1, next(steps))[0]}
        ),
        BATCH: lambda way: way.request(
            "POST", batch, {**run, "metrics": content.metrics(100, next(steps))}
        ),
        SEARCH: lambda way: way.request("POST", f"{API}/runs/search", search),
    }
    return made[work]
