"""`python -m tools.drill` puts load on the ML Studio that `make demo` would fill, and proves it.

Exit codes: 0, 1 if an acknowledged write was lost, 2 with a sentence if there could be no drill.
"""

from __future__ import annotations

import argparse
import os
import sys

from rich.console import Console

from configuration.settings import SettingsError
from ops.demo.client import DemoError
from ops.demo.target import Target, find
from ops.run.settings import read_environment
from tools.drill.load import Clock, Worker
from tools.drill.moments import Moment
from tools.drill.proof import read_back
from tools.drill.record import Point, Record
from tools.drill.stage import Stage

# How long a failed request is tried again.
PATIENCE = 120.0
# How long a command may outlast the load; the load goes on until it has ended.
COMMAND_SECONDS = 900.0


def main(arguments: list[str]) -> int:
    """Load, moments, proof; the exit code."""
    asked = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    try:
        target = find(read_environment())
        if target.ca_file is not None:
            os.environ["REQUESTS_CA_BUNDLE"] = target.ca_file
        return _drill(console, target, asked)
    except (DemoError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.drill", description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="calls a second, half are writes")
    parser.add_argument("--seconds", type=float, default=60, help="how long the load lasts")
    parser.add_argument("--workers", type=int, default=32, help="clients at once")
    parser.add_argument(
        "--at",
        nargs=2,
        action="append",
        default=[],
        metavar=("SECOND", "COMMAND"),
        help="a command in the middle of the load; may be given several times",
    )
    return parser


def _drill(console: Console, target: Target, asked: argparse.Namespace) -> int:
    with Stage(target) as stage:
        desks = stage.desks(asked.workers)
        console.print(f"{asked.workers} clients, {asked.rate:g} calls a second wanted ...")
        record, clock = Record(), Clock(asked.rate)
        moments = [Moment(float(second), command).on(clock) for second, command in asked.at]
        workers = [Worker(desk, clock, record, PATIENCE) for desk in desks]
        for worker in workers:
            worker.start()
        clock.stopping.wait(asked.seconds)
        for moment in moments:
            moment.join(COMMAND_SECONDS)
        clock.stopping.set()
        for worker in workers:
            worker.join(2 * PATIENCE)
        _report(console, record, moments)
        return _verdict(console, record, read_back(desks))


def _report(console: Console, record: Record, moments: list[Moment]) -> None:
    middle, worst = record.times()
    console.print(f"{record.rate():.0f} good answers a second, {middle:.0f} ms, p99 {worst:.0f} ms")
    for (kind, outcome), number in sorted(record.outcomes().items()):
        console.print(f"  {kind:<12}{outcome:<24}{number:>7}")
    console.print(f"{record.repeats} requests were sent again.")
    for moment in sorted(moments, key=lambda one: one.began):
        console.print(
            f"at {moment.began:.1f} s, until {moment.ended:.1f} s: {moment.command}"
            f" (code {moment.code})"
        )
        if moment.code:
            console.print(f"  {moment.said}", markup=False)
    gaps = ", ".join(f"{length:.2f} s at {begin:.1f} s" for begin, length in record.silences())
    console.print(f"The longest times without a good answer: {gaps}")
    for second, found in record.troubles().items():
        told = ", ".join(f"{number} x {outcome}" for outcome, number in found.items())
        console.print(f"  second {second}: {told}")


def _verdict(console: Console, record: Record, there: set[Point]) -> int:
    lost = sorted(record.acknowledged - there)
    more = len(there - record.acknowledged)
    console.print(
        f"{len(record.acknowledged)} values were acknowledged, {len(lost)} of them are lost; "
        f"{len(record.given_up)} were given up, {more} more are there than were acknowledged."
    )
    for number, key, step in lost[:20]:
        console.print(f"  lost: worker {number}, {key}, step {step}", style="red")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
