"""What happened during a drill: every try, what was acknowledged, and what was given up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import quantiles

# The key of a metric in a worker's run, and its step: unique in a drill.
Point = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Try:
    """One request: when it ended and how long it took, in seconds, and how it ended."""

    at: float
    seconds: float
    kind: str
    outcome: str

    @property
    def good(self) -> bool:
        """Whether it was answered as it should be."""
        return self.outcome == "200"


@dataclass
class Record:
    """All workers write into one; the clock begins with the load."""

    tries: list[Try] = field(default_factory=list)
    acknowledged: set[Point] = field(default_factory=set)
    given_up: list[Point] = field(default_factory=list)
    repeats: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, one: Try, points: Sequence[Point] = ()) -> None:
        """A request has ended; its points count as acknowledged if it ended well."""
        with self._lock:
            self.tries.append(one)
            if one.good:
                self.acknowledged.update(points)

    def repeat(self) -> None:
        """A request is sent again after it failed."""
        with self._lock:
            self.repeats += 1

    def give_up(self, points: Sequence[Point]) -> None:
        """These points were never acknowledged."""
        with self._lock:
            self.given_up.extend(points)

    def outcomes(self) -> Counter[tuple[str, str]]:
        """How many requests of each kind ended how."""
        return Counter((one.kind, one.outcome) for one in self.tries)

    def rate(self) -> float:
        """Good answers a second, from the first to the last."""
        good = self._good()
        return len(good) / max(good[-1] - good[0], 1e-9) if good else 0.0

    def times(self) -> tuple[float, float]:
        """The median and the 99th percentile of good answers, in milliseconds."""
        taken = [one.seconds * 1000 for one in self.tries if one.good]
        if len(taken) < 2:
            return (taken or [0.0])[0], (taken or [0.0])[0]
        cuts = quantiles(taken, n=100)
        return cuts[49], cuts[98]

    def silences(self, most: int = 3) -> list[tuple[float, float]]:
        """The longest times without a good answer: when each began, and how long it was."""
        gaps = [(first, after - first) for first, after in pairwise(self._good())]
        return sorted(gaps, key=lambda gap: -gap[1])[:most]

    def troubles(self) -> dict[int, Counter[str]]:
        """What did not end well, by the second."""
        found: dict[int, Counter[str]] = {}
        for one in self.tries:
            if not one.good:
                found.setdefault(int(one.at), Counter())[one.outcome] += 1
        return dict(sorted(found.items()))

    def _good(self) -> list[float]:
        return sorted(one.at for one in self.tries if one.good)
