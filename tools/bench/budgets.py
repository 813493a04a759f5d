"""What is measured, and the budget of each: a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MEMORY = "UAC memory growth while 1 GiB passes"


class Unit(StrEnum):
    """In what the two sides of a work are told."""

    MILLISECONDS = "ms"
    CALLS = "calls/s"
    SPEED = "MiB/s"
    MEMORY = "MiB"
    SECONDS = "s"


@dataclass(frozen=True, slots=True)
class Work:
    """One line of the table; exactly one of `at_most` and `at_least` is set.

    `peer` marks the works that MLflow's own basic-auth does for comparison too.
    """

    name: str
    unit: Unit
    at_most: float | None = None
    at_least: float | None = None
    peer: bool = False

    @property
    def budget(self) -> str:
        """The budget in words."""
        if self.at_most is not None:
            suffix = f" {self.unit}" if self.unit in (Unit.MEMORY, Unit.SECONDS) else ""
            return f"at most {self.at_most:g}{suffix}"
        return f"at least {self.at_least:g}"

    def is_met(self, value: float) -> bool:
        """Whether a measured value keeps the budget."""
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is not None and value >= self.at_least


GET = Work("runs/get", Unit.MILLISECONDS, at_most=1.20, peer=True)
METRIC = Work("runs/log-metric", Unit.MILLISECONDS, at_most=1.25, peer=True)
BATCH = Work("runs/log-batch, 100 metrics", Unit.MILLISECONDS, at_most=1.10, peer=True)
SEARCH = Work("runs/search, 50 runs", Unit.MILLISECONDS, at_most=1.04, peer=True)
CROWD = Work("16 clients, reads and writes", Unit.CALLS, at_least=0.75)
UPLOAD = Work("artifact of 1 GiB, up", Unit.SPEED, at_least=0.85)
DOWNLOAD = Work("artifact of 1 GiB, down", Unit.SPEED, at_least=0.85)
GROWTH = Work(MEMORY, Unit.MEMORY, at_most=32)
OTHERS = Work(
    "experiments/search of 40, with 10,000 in other projects to without",
    Unit.MILLISECONDS,
    at_most=1.2,
)
PAGE = Work(
    "a page of 50 experiments, over 20 projects to over one", Unit.MILLISECONDS, at_most=1.5
)
WIDE_PAGE = Work(
    "a page of 50 experiments, over 500 projects to over one", Unit.MILLISECONDS, at_most=3
)
FIRST_OF_SMALL = Work(
    "first 100 of 10,000 runs x 30 columns, by a metric, to runs/search",
    Unit.MILLISECONDS,
    at_most=0.15,
)
FIRST_OF_LARGE = Work(
    "first 100 of 100,000 runs x 20 columns, to runs/search", Unit.MILLISECONDS, at_most=0.25
)
ALL_RUNS = Work(
    "all 10,000 runs x 30 as Arrow, to ten pages of runs/search", Unit.MILLISECONDS, at_most=0.08
)
GROUPS = Work(
    "statistics of 2 metrics over 100,000 runs by 2 parameters, to MLflow's first page of them",
    Unit.MILLISECONDS,
    at_most=1.0,
)
COLUMNS = Work(
    "columns and facets of 100,000 runs, to MLflow's first page of them",
    Unit.MILLISECONDS,
    at_most=0.5,
)
CURVES = Work(
    "curves of 10 runs x 20 metrics x 10,000 steps, to get-history-bulk-interval",
    Unit.MILLISECONDS,
    at_most=0.25,
)
EXPORT = Work("100,000 runs x 20 as Parquet", Unit.SECONDS, at_most=20)
EXPORT_MEMORY = Work("memory growth of both processes meanwhile", Unit.MEMORY, at_most=150)

WORKS = (GET, METRIC, BATCH, SEARCH, CROWD, UPLOAD, DOWNLOAD, GROWTH, OTHERS, PAGE, WIDE_PAGE)
# Of the reading room, on servers of their own that hold 110,010 runs.
READINGS = (
    *(FIRST_OF_SMALL, FIRST_OF_LARGE, ALL_RUNS, GROUPS, COLUMNS, CURVES, EXPORT, EXPORT_MEMORY),
)
# Artifacts do not touch the database: they are measured once.
ONCE = (UPLOAD, DOWNLOAD, GROWTH)
