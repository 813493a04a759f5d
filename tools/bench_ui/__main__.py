"""`python -m tools.bench_ui [--rounds 5]`: exit code 1 if a budget does not hold."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from ops.run.settings import ROOT
from ops.run.temporary_server import ServerFailed
from tools.bench.machine import facts
from tools.bench.wire import BenchError
from tools.bench_ui import budgets
from tools.bench_ui.budgets import TASKS, Task
from tools.bench_ui.people import log_metrics, people
from tools.bench_ui.report import HEAD, Measured, document
from tools.bench_ui.stage import VIEWERS, Interfaces, interfaces

DOCUMENT = ROOT / "docs" / "reference" / "interface-performance.md"
# Curves of so many runs are on the page while ticks and panels are measured.
_RUNS, _PANELS = 5, 12
# The columns by which runs are sorted, all of them in sight.
_SORTED = tuple(f"metrics.metric_{number}" for number in range(5))
# How long the script works, first without people and then among them.
_SECONDS = 30.0


def main(arguments: list[str]) -> int:
    """Measure, show, write the document."""
    parser = argparse.ArgumentParser(prog="make bench-ui", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many is told")
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="the document to write")
    asked = parser.parse_args(arguments)
    console, started = Console(highlight=False), time.monotonic()
    measured: dict[Task, Measured] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="mlstudio-bench-ui-") as folder:
            console.print("Starting MLflow with 110,010 runs, the UAC API, Studio and Chromium ...")
            with interfaces(Path(folder)) as here:
                for task, found in _measure(here, asked.rounds):
                    console.print(f"{task.name}: {found.ours:.3f} s")
                    measured[task] = found
    except (BenchError, ServerFailed) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    console.print(_table(measured))
    asked.out.write_text(document(measured, facts(), "make bench-ui"), encoding="utf-8")
    console.print(f"{asked.out.name} is written, after {time.monotonic() - started:.0f} s.")
    return 0 if all(found.met for found in measured.values()) else 1


def _measure(here: Interfaces, rounds: int) -> Iterator[tuple[Task, Measured]]:
    studio, mlflow, there = here.studio, here.mlflow, here.there
    # What only the first visit of a browser loads is loaded: both are measured as on other days.
    studio.runs(there.small)
    mlflow.runs(there.small)
    pairs = [(studio.runs(there.small), mlflow.runs(there.small)) for _ in range(rounds)]
    yield budgets.FIRST_ROWS, _compared(budgets.FIRST_ROWS, pairs)
    for task, experiment in ((budgets.SORT, there.small), (budgets.SORT_LARGE, there.large)):
        times = []
        for number in range(rounds):
            studio.runs(experiment, f"&show=table&columns={','.join(_SORTED)}")
            times.append(studio.sort(_SORTED[number % len(_SORTED)]))
        yield task, _alone(task, times)
    run, *_ = there.curve_runs
    studio.run_charts(run)
    mlflow.run_charts(there.curves, run)
    pairs = [(studio.run_charts(run), mlflow.run_charts(there.curves, run)) for _ in range(rounds)]
    yield budgets.FIRST_CHART, _compared(budgets.FIRST_CHART, pairs)
    yield from _charts(here, rounds)
    yield from _people(here)


def _charts(here: Interfaces, rounds: int) -> Iterator[tuple[Task, Measured]]:
    studio, there = here.studio, here.there
    runs = ",".join(there.curve_runs[:_RUNS])
    whole = []
    for _ in range(rounds):
        began = time.perf_counter()
        studio.runs(there.curves, f"&compare={runs}&layout=rows")
        studio.charts(_PANELS)
        whole.append(time.perf_counter() - began)
    yield budgets.ALL_CHARTS, _alone(budgets.ALL_CHARTS, whole)
    ticks = [studio.tick(number % _RUNS) for number in range(2 * rounds)]
    yield budgets.TICK, _alone(budgets.TICK, ticks)


def _people(here: Interfaces) -> Iterator[tuple[Task, Measured]]:
    way, run, studio = here.stage.through, here.stage.content.written, here.studio.url
    log_metrics(way, run, 2)
    quiet = log_metrics(way, run, _SECONDS)
    with people(studio, way.url, VIEWERS, here.there.small) as tabs:
        # Who cannot work at all is told of when the block ends.
        while not all(tab.seconds or tab.trouble for tab in tabs):
            time.sleep(0.1)
        busy = log_metrics(way, run, _SECONDS)
    yield budgets.PEOPLE, _alone(budgets.PEOPLE, [one for tab in tabs for one in tab.seconds])
    met = budgets.SCRIPT.is_met(busy, quiet)
    yield budgets.SCRIPT, Measured(busy, quiet, met)


def _alone(task: Task, times: list[float]) -> Measured:
    ours = median(times)
    return Measured(ours, None, task.is_met(ours, None))


def _compared(task: Task, pairs: list[tuple[float, float]]) -> Measured:
    ours, mlflows = (median(side) for side in zip(*pairs, strict=True))
    return Measured(ours, mlflows, task.is_met(ours, mlflows))


def _table(measured: dict[Task, Measured]) -> Table:
    table = Table(*HEAD)
    for task in TASKS:
        if found := measured.get(task):
            table.add_row(*found.row(task), style="" if found.met else "red")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
