"""What others have must not slow a member down, and a page over many projects not too much."""

from __future__ import annotations

import time

from tools.bench.content import API
from tools.bench.figures import Block, Figure, ratio
from tools.bench.plan import Plan
from tools.bench.stage import FLAT_EACH, WIDE, WIDE_EACH, WIDEST, Stage
from tools.bench.turns import WARM_UP, in_turn, timed
from tools.bench.wire import BenchError, Way, Wire

OTHERS = tuple(f"others-{number}" for number in range(10))
SEARCHES = 20
PAGE = "/studio/v1/experiments?max_results=50"
# A moment for the database to come to rest after ten thousand rows came or went.
REST_SECONDS = 0.5


def among_others(stage: Stage, plan: Plan) -> Figure:
    """A search while others have many experiments, to the same search while nobody has."""
    blocks: list[Block] = []
    each = plan.others // len(OTHERS)
    with Wire(stage.member) as wire:
        for _ in range(plan.other_rounds):
            alone = _searches(wire)
            stage.experiments.add(OTHERS, each)
            try:
                time.sleep(REST_SECONDS)
                crowded = _searches(wire)
            finally:
                stage.experiments.remove(OTHERS)
            time.sleep(REST_SECONDS)
            blocks.append((alone, crowded))
    return ratio(blocks)


def over_projects(stage: Stage, plan: Plan) -> Figure:
    """A page over all twenty projects, to a page of one."""
    return _page_over_all(stage.reader, WIDE[0], plan)


def over_very_many_projects(stage: Stage, plan: Plan) -> Figure:
    """A page over five hundred projects, to a page of one of them."""
    stage.experiments.add(WIDEST, WIDE_EACH)
    try:
        time.sleep(REST_SECONDS)
        return _page_over_all(stage.overseer, WIDEST[0], plan)
    finally:
        stage.experiments.remove(WIDEST)


def _page_over_all(way: Way, slug: str, plan: Plan) -> Figure:
    with Wire(way) as wire:
        one = wire.way.request("GET", f"{PAGE}&project={slug}")
        all_of_them = wire.way.request("GET", PAGE)
        return in_turn(
            lambda: wire.ask(one),
            lambda: wire.ask(all_of_them),
            blocks=plan.blocks,
            pairs=plan.pages,
        )


def _searches(wire: Wire) -> list[float]:
    question = wire.way.request("POST", f"{API}/experiments/search", {"max_results": 100})
    found = len(wire.call("POST", f"{API}/experiments/search", {"max_results": 100})["experiments"])
    if found != FLAT_EACH:
        raise BenchError(f"the member sees {found} experiments instead of {FLAT_EACH}")
    for _ in range(WARM_UP):
        wire.ask(question)
    return [timed(lambda: wire.ask(question)) for _ in range(SEARCHES)]
