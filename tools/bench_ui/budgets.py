"""What is measured of the interface, and the budget of each: a table.

Times are seconds from the moment at which a person acts until what they asked for is painted; where
many people act at once, until Studio has drawn it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the table. `ratio` is the most of the reference, `seconds` the most of our time.

    The reference is MLflow's own interface, or what `reference` says. A task without a `ratio` has
    none, or none that is measured.
    """

    name: str
    seconds: float | None = None
    ratio: float | None = None
    reference: str = "MLflow's own"

    @property
    def budget(self) -> str:
        """The budget in words."""
        parts = []
        if self.ratio is not None:
            parts.append(f"{self.ratio:g} x {self.reference}")
        if self.seconds is not None:
            parts.append(f"{self.seconds:g} s")
        return " and ".join(parts)

    def is_met(self, ours: float, reference: float | None) -> bool:
        """Whether measured seconds keep the budget; one that could not be compared is not met."""
        in_time = self.seconds is None or ours <= self.seconds
        if self.ratio is None:
            return in_time
        return in_time and reference is not None and ours <= self.ratio * reference


FIRST_ROWS = Task("first rows of 10,000 runs x 30 columns", ratio=0.5)
SORT = Task("another sort of 10,000 runs, until its first row is there", seconds=1.0)
SORT_LARGE = Task("another sort of 100,000 runs, until its first row is there", seconds=2.5)
TICK = Task("a tick until the lines of twelve panels are drawn, curves there", seconds=0.15)
FIRST_CHART = Task("first chart of a run with 20 x 10,000 points", ratio=0.5)
ALL_CHARTS = Task("curves of 5 such runs, all of twelve panels drawn", seconds=4.0)
PEOPLE = Task("30 people sort 10,000 runs, each every 3 s: an action of one of them", seconds=0.4)
SCRIPT = Task("log-metric of a script meanwhile", ratio=1.3, reference="without people")

TASKS = (FIRST_ROWS, SORT, SORT_LARGE, TICK, FIRST_CHART, ALL_CHARTS, PEOPLE, SCRIPT)
