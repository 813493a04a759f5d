"""docs/reference/interface-performance.md, written by `make bench-ui`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.bench_ui.budgets import TASKS, Task

HEAD = ("task", "Studio", "reference", "budget", "met")
TITLE = "# Performance of the interface\n"
INTRODUCTION = """
How long a person waits in Studio, and for the same in MLflow's own interface on the same MLflow, by
turns in one Chromium. Written by `make bench-ui`.
"""
EXPLANATION = """
## How to read it

A time goes from the click, or from the moment at which an address is opened, until what was asked
for is painted: the first name of the table, the first line of a chart. Each is the median of
several rounds, the two interfaces by turns. Both have been visited before, as on any day but the
first. MLflow's interface is asked directly, behind its gate, without our proxy between; Studio asks
through the UAC API, as it always does. MLflow keeps its data in SQLite: 10,000 runs of 15 metrics
and 15 parameters, 100,000 of 10 and 10, and ten runs of 20 metrics with 10,000 points each.

The reference is MLflow's own interface, or what the budget names. The 30 people have no browsers:
each has a session and the socket that Streamlit's page has, and sends what clicks send, for half a
minute. Their actions are those of a person who sorts all 10,000 runs on the server each time. The
script logs one metric after another, first without them.

Absolute times belong to the machine, on which servers and browser share the processor.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds in Studio and of the reference, and whether the budget holds."""

    ours: float
    reference: float | None
    met: bool

    def row(self, task: Task) -> tuple[str, ...]:
        """The line of the table, in the order of HEAD."""
        return (
            task.name,
            _in_words(self.ours),
            ""
            if self.reference is None
            else f"{_in_words(self.reference)} ({self.ours / self.reference:.2f})",
            task.budget,
            "yes" if self.met else "NO",
        )


def document(measured: Mapping[Task, Measured], facts: Mapping[str, str], command: str) -> str:
    """The whole page."""
    rows = [measured[task].row(task) for task in TASKS if task in measured]
    table = _markdown(HEAD, rows)
    machine = _markdown(("", ""), [(name, value) for name, value in facts.items()])
    parts = (TITLE, INTRODUCTION, "\n", table, EXPLANATION)
    return "".join(parts) + f"\n## The machine\n\nMeasured by `{command}`.\n\n{machine}"


def _in_words(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _markdown(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    table = [head, tuple("---" for _ in head), *lines]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in table)
