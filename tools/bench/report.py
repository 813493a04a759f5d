"""The table on the terminal, and docs/reference/performance.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.table import Table

from tools.bench.budgets import ONCE, READINGS, WORKS, Unit, Work
from tools.bench.databases import MARIADB, SQLITE
from tools.bench.figures import Figure

COLUMNS = ("work", "reference", "measured", "ratio", "spread", "budget", "met", "basic-auth")
KINDS = (SQLITE, MARIADB)
NOT_MEASURED = "Not measured: no server answered. Start one, or name it with `BENCH_MYSQL_URL`."
TITLE = "# Performance\n"
INTRODUCTION = """
What the proxy costs: the same work done by MLflow itself (with workspaces, behind its gate) and
through the UAC API in front of the same MLflow, by turns in one run. Written by `make bench`.
"""
EXPLANATION = """
## How to read it

Both sides go by turns, in blocks. `ratio` is the median over the blocks of the ratio of the two
medians, `spread` the 10th to the 90th percentile over the blocks; `reference` and `measured` are
the medians of everything. The reference is direct MLflow, or what the line names after "to". For
memory the three are the resident size of all the UAC API's processes (for the export MLflow's too)
before, at the worst moment, and the difference.

The works from "first 100 of 10,000 runs" on are the [reading room](reading.md)'s, through the UAC
API: SQLite with statistics, as the start of MLflow keeps them.

`basic-auth` is the same ratio for `mlflow server --app-name basic-auth`, on the same database, with
the same options, for an ordinary user whose role permits the work.

A client is one kept-alive connection, one send for each request. The 16 clients do `runs/get`,
`runs/log-metric`, `runs/get` and `runs/log-batch` of 10 metrics by turns. The page over projects is
`/studio/v1/experiments?max_results=50`, with 60 experiments in each project.

Absolute times belong to the machine; only ratios can be compared.

### Where the floor is

The proxy itself takes 0.8 ms of processor time for a small call, whatever MLflow does with it: half
of that is the server and its client connection, 0.06 ms (SQLite) to 0.3 ms (MariaDB) the one SQL
statement, the rest reading, judging, forwarding and the log line (py-spy). `runs/search` is over or
under its budget with the noise of MLflow's own time, which is fifty times as much.

A page over many projects is one statement of the reading room, as a page of one is.
"""


@dataclass
class Results:
    """What one kind of database gave."""

    kind: str
    figures: dict[Work, Figure] = field(default_factory=dict)
    peers: dict[Work, Figure] = field(default_factory=dict)

    def missed(self) -> list[Work]:
        """The works that were measured and are over their budget."""
        return [work for work, found in self.figures.items() if not work.is_met(found.value)]


def calls_of(kind: str) -> tuple[Work, ...]:
    """What is measured of the proxy and the lists on one kind of database."""
    return WORKS if kind == SQLITE else tuple(work for work in WORKS if work not in ONCE)


def works_of(kind: str) -> tuple[Work, ...]:
    """The lines of one database's table."""
    return (*calls_of(kind), *READINGS)


def rows(results: Results) -> list[tuple[str, ...]]:
    """The lines as texts, in the order of COLUMNS."""
    return [
        _row(work, results.figures[work], results.peers.get(work))
        for work in works_of(results.kind)
        if work in results.figures
    ]


def on_terminal(results: Results) -> Table:
    """The table for people who watch."""
    table = Table(title=f"On {results.kind}")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for row in rows(results):
        table.add_row(*row, style="" if row[COLUMNS.index("met")] == "yes" else "red")
    return table


def document(measured: Mapping[str, Results], facts: Mapping[str, str], command: str) -> str:
    """The whole page of docs/reference; a kind of database that is missing is said to be."""
    parts = [TITLE, INTRODUCTION]
    for kind in KINDS:
        parts.append(f"\n## On {kind}\n\n")
        found = measured.get(kind)
        parts.append(_markdown(COLUMNS, rows(found)) if found else f"{NOT_MEASURED}\n")
    parts.append(EXPLANATION)
    facts_table = _markdown(("", ""), [(f"{name}", value) for name, value in facts.items()])
    parts.append(f"\n## The machine\n\nMeasured by `{command}`.\n\n{facts_table}")
    return "".join(parts)


def _row(work: Work, found: Figure, peer: Figure | None) -> tuple[str, ...]:
    digits = 0 if work.unit is Unit.MEMORY else 2
    return (
        work.name,
        _side(found.reference, work.unit),
        _side(found.measured, work.unit),
        f"{found.value:.{digits}f}",
        f"{found.low:.{digits}f} - {found.high:.{digits}f}",
        work.budget,
        "yes" if work.is_met(found.value) else "NO",
        f"{peer.value:.1f}" if peer else "",
    )


def _side(value: float, unit: Unit) -> str:
    return f"{value:.1f} {unit}" if unit is Unit.MILLISECONDS else f"{value:.0f} {unit}"


def _markdown(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    table = [head, tuple("---" for _ in head), *lines]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in table)
