"""`python -m tools.bench [--quick] [--only sqlite]`: exit code 1 if a budget does not hold."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from http.client import HTTPException
from pathlib import Path

from rich.console import Console

from ops.run.settings import ROOT
from ops.run.temporary_server import ServerFailed
from tools.bench import budgets, report
from tools.bench.budgets import Work
from tools.bench.crowd import crowd
from tools.bench.databases import MARIADB, SERVER, SQLITE, mariadb_answers
from tools.bench.figures import Figure
from tools.bench.lists import among_others, over_projects, over_very_many_projects
from tools.bench.machine import facts
from tools.bench.many_runs import CURVES, LARGE, SMALL, ManyRuns, fill
from tools.bench.plan import FULL, QUICK, Plan
from tools.bench.readings import readings
from tools.bench.report import Results
from tools.bench.stage import SLUG, Stage, stage
from tools.bench.streams import streams
from tools.bench.turns import calls, peer_calls
from tools.bench.wire import BenchError

DOCUMENT = ROOT / "docs" / "reference" / "performance.md"
KINDS = {"sqlite": SQLITE, "mariadb": MARIADB}


def main(arguments: list[str]) -> int:
    """Measure, show, write the document."""
    asked = _parser().parse_args(arguments)
    console, started = Console(highlight=False), time.monotonic()
    measured: dict[str, Results] = {}
    try:
        for kind in [KINDS[asked.only]] if asked.only else _kinds(console):
            measured[kind] = _measure(console, kind, QUICK if asked.quick else FULL)
            console.print(report.on_terminal(measured[kind]))
    except (BenchError, ServerFailed, OSError, HTTPException) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    command = " ".join(["make bench", *([f'BENCH_ARGS="{" ".join(arguments)}"'] * bool(arguments))])
    asked.out.write_text(report.document(measured, facts(), command), encoding="utf-8")
    console.print(f"{asked.out.name} is written, after {time.monotonic() - started:.0f} s.")
    return 1 if any(results.missed() for results in measured.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: does it work at all?")
    parser.add_argument("--only", choices=sorted(KINDS), help="one kind of database")
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="the document to write")
    return parser


def _kinds(console: Console) -> list[str]:
    if mariadb_answers():
        return [SQLITE, MARIADB]
    console.print(
        f"NO MARIADB ANSWERS: its half is SKIPPED. Start one, or set {SERVER}.", style="bold red"
    )
    return [SQLITE]


def _measure(console: Console, kind: str, plan: Plan) -> Results:
    results = Results(kind)
    with tempfile.TemporaryDirectory(prefix="mlstudio-bench-") as folder:
        console.print(f"{kind}: starting MLflow, the UAC API and basic-auth ...")
        with stage(kind, Path(folder)) as here:
            for work in report.calls_of(kind):
                if work not in results.figures:
                    console.print(f"{kind}: {work.name} ...")
                    found = _figures(here, plan, work)
                    results.figures |= found
                    # Said at once: what breaks off later has measured this much.
                    for one, figure in found.items():
                        spread = f"{figure.low:.2f} - {figure.high:.2f}"
                        console.print(f"  {one.name}: {figure.value:.2f} ({spread})")
                if work.peer:
                    results.peers[work] = peer_calls(here, plan, work)
    console.print(f"{kind}: the reading room, with {SMALL + LARGE + CURVES:,} runs ...")
    made: list[ManyRuns] = []
    with (
        tempfile.TemporaryDirectory(prefix="mlstudio-bench-") as folder,
        stage(kind, Path(folder), lambda url: made.append(fill(url, SLUG))) as here,
    ):
        results.figures |= readings(here, plan, *made)
    return results


def _figures(here: Stage, plan: Plan, work: Work) -> dict[Work, Figure]:
    if work in budgets.ONCE:
        return streams(here, plan)
    if work is budgets.CROWD:
        return {work: crowd(here, plan)}
    if work is budgets.OTHERS:
        return {work: among_others(here, plan)}
    if work is budgets.PAGE:
        return {work: over_projects(here, plan)}
    if work is budgets.WIDE_PAGE:
        return {work: over_very_many_projects(here, plan)}
    return {work: calls(here, plan, work)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
