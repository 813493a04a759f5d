"""Ratios with their spread, from measurements that were taken in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

Block = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value, its spread over the blocks, and the two sides it came from."""

    value: float
    low: float
    high: float
    reference: float
    measured: float


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The 10th and the 90th percentile."""
    if len(values) < 2:
        return values[0], values[0]
    tenths = quantiles(values, n=10, method="inclusive")
    return tenths[0], tenths[-1]


def ratio(blocks: Sequence[Block]) -> Figure:
    """The ratio of the medians, measured to reference, of the middle block; and its spread.

    A block holds what was measured next to each other. What disturbs the machine for a while
    disturbs both sides of a block, or shows in the spread; it does not move the middle.
    """
    ratios = [median(later) / median(first) for first, later in blocks]
    low, high = spread(ratios)
    reference = median([value for first, _ in blocks for value in first])
    measured = median([value for _, later in blocks for value in later])
    return Figure(median(ratios), low, high, reference, measured)


def growth(before: float, peaks: Sequence[float]) -> Figure:
    """The largest growth over `before`, and the spread of the growths."""
    low, high = spread([peak - before for peak in peaks])
    return Figure(max(peaks) - before, low, high, before, max(peaks))
