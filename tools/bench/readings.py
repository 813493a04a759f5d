"""The reading room against MLflow's own answers to the same questions."""

from __future__ import annotations

import time
from statistics import median
from urllib.parse import urlencode

from tools.bench.budgets import (
    ALL_RUNS,
    COLUMNS,
    CURVES,
    EXPORT,
    EXPORT_MEMORY,
    FIRST_OF_LARGE,
    FIRST_OF_SMALL,
    GROUPS,
    Work,
)
from tools.bench.content import API
from tools.bench.figures import Figure, spread
from tools.bench.many_runs import CURVE_KEYS, LARGE_KEYS, SMALL, SMALL_KEYS, ManyRuns
from tools.bench.plan import Plan
from tools.bench.stage import SLUG, Stage
from tools.bench.streams import Memory
from tools.bench.turns import Do, in_turn
from tools.bench.wire import BenchError, Wire

ROOM = "/studio/v1"
AJAX = "/ajax-api/2.0/mlflow"
MOST_OF_MLFLOW = 1000
POINTS = 1000
FORMATS = {"runs/query": "arrow", "runs/columns": "json", "metrics/curves": "arrow"}
ORDER = "metric_1"


def readings(stage: Stage, plan: Plan, there: ManyRuns) -> dict[Work, Figure]:
    """Every work of the reading room."""
    with Wire(stage.direct) as direct, Wire(stage.room) as room:
        asks = _Asks(direct, room, there)
        pairs: dict[Work, tuple[Do, Do]] = {
            FIRST_OF_SMALL: (
                lambda: asks.page(there.small),
                lambda: asks.table(there.small, SMALL_KEYS),
            ),
            FIRST_OF_LARGE: (
                lambda: asks.page(there.large),
                lambda: asks.table(there.large, LARGE_KEYS),
            ),
            ALL_RUNS: (
                lambda: asks.pages(there.small, SMALL),
                lambda: asks.table(there.small, SMALL_KEYS, all=True),
            ),
            GROUPS: (lambda: asks.page(there.large), asks.groups),
            COLUMNS: (lambda: asks.page(there.large), asks.columns),
            CURVES: (asks.histories, asks.curves),
        }
        found = {
            work: in_turn(first, second, blocks=plan.readings, pairs=2, warm_up=1)
            for work, (first, second) in pairs.items()
        }
        return found | _export(stage, asks, plan.readings)


class _Asks:
    """One method for each question, to MLflow or to the room."""

    def __init__(self, direct: Wire, room: Wire, there: ManyRuns) -> None:
        self._direct = direct
        self._room = room
        self._there = there

    def page(self, experiment: str, token: str = "", most: int = 100) -> str:
        """A page of MLflow's search, sorted by a metric; the token of the next one."""
        body = {
            "experiment_ids": [experiment],
            "max_results": most,
            "order_by": [f"metrics.{ORDER} ASC"],
            **({"page_token": token} if token else {}),
        }
        said = self._direct.call("POST", f"{API}/runs/search", body)
        if len(said["runs"]) != most:
            raise BenchError(f"MLflow found {len(said['runs'])} runs instead of {most}")
        return str(said.get("next_page_token", ""))

    def pages(self, experiment: str, runs: int) -> None:
        """All runs of an experiment by MLflow's search."""
        token = ""
        for _ in range(runs // MOST_OF_MLFLOW):
            token = self.page(experiment, token, MOST_OF_MLFLOW)

    def table(self, experiment: str, keys: int, **more: object) -> bytes:
        """Runs with all their metrics and parameters, sorted by a metric."""
        names = [f"{kind}_{number}" for number in range(keys) for kind in ("metric", "param")]
        columns = [f"{name.partition('_')[0]}s.{name}" for name in names]
        return self._ask(
            "runs/query",
            experiments=[experiment],
            columns=columns,
            order=[{"by": f"metrics.{ORDER}"}],
            **more,
        )

    def groups(self) -> bytes:
        """Statistics of two metrics over all runs, grouped by two parameters."""
        return self._ask(
            "runs/query",
            experiments=[self._there.large],
            group_by=["params.param_0", "params.param_1"],
            metrics=["metric_1", "metric_2"],
        )

    def columns(self) -> bytes:
        """Which columns all those runs have, with their ranges and values."""
        return self._ask("runs/columns", experiments=[self._there.large])

    def histories(self) -> None:
        """The curves of ten runs by MLflow's own thinning, a question for each metric."""
        for number in range(CURVE_KEYS):
            fields = [("metric_key", f"metric_{number}"), ("max_results", str(POINTS))]
            fields += [("run_ids", run) for run in self._there.curve_runs]
            path = f"{AJAX}/metrics/get-history-bulk-interval?{urlencode(fields)}"
            if not self._direct.call("GET", path)["metrics"]:
                raise BenchError("MLflow has no history")

    def curves(self) -> bytes:
        """The same curves in one question."""
        return self._ask(
            "metrics/curves",
            runs=list(self._there.curve_runs),
            metrics=[f"metric_{number}" for number in range(CURVE_KEYS)],
            points=POINTS,
        )

    def export(self) -> None:
        """A hundred thousand runs with twenty columns as Parquet."""
        self.table(self._there.large, LARGE_KEYS, all=True, format="parquet")

    def _ask(self, path: str, **question: object) -> bytes:
        way = f"{ROOM}/{path}?format={question.pop('format', '') or FORMATS[path]}"
        return self._room.ask(self._room.way.request("POST", way, {"projects": [SLUG], **question}))


def _export(stage: Stage, asks: _Asks, rounds: int) -> dict[Work, Figure]:
    """How long the export of all runs takes, and what the processes hold of it meanwhile."""
    seconds: list[float] = []
    with Memory(stage.uac_process, stage.mlflow_process) as memory:
        for _ in range(rounds):
            start = time.perf_counter()
            asks.export()
            seconds.append(time.perf_counter() - start)
            memory.next_round()
    low, high = spread(seconds)
    middle = median(seconds)
    return {EXPORT: Figure(middle, low, high, middle, middle), EXPORT_MEMORY: memory.growth()}
