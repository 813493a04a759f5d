"""Ranges that somebody brushed in a chart, as conditions of the filter."""

import math
from collections.abc import Sequence

from ml_studio.run_charts import RangeFilter
from studio_app.models.registry import quoted
from studio_app.runs.table import run_filter
from studio_app.runs.table.run_filter import joined, named

# Numbers that are not metrics, and what a value is written as in a filter.
_NUMBERS = {"seconds": ("duration", "'{:.0f}ms'"), "start": ("start_time", "{:.0f}")}


def add(ranges: Sequence[RangeFilter]) -> None:
    """Has the filter in the address ask for these ranges, too."""
    run_filter.write(with_ranges(run_filter.of_address(), ranges))


def with_ranges(written: str, ranges: Sequence[RangeFilter]) -> str:
    """A written filter that also asks for these ranges; as it was for unknown columns."""
    return joined(written, *(clause for one in ranges for clause in _clauses(one)))


def _clauses(asked: RangeFilter) -> list[str]:
    name, is_metric = named(asked.column), asked.column.startswith("metrics.")
    if asked.values:
        texts = ", ".join(quoted(value) for value in asked.values)
        # A parameter is a text, also where it is written as a number.
        return [f"{name} IN ({texts})"] if name and not is_metric else []
    form = "{!r}"
    if asked.column in _NUMBERS:
        name, form = _NUMBERS[asked.column]
    elif not is_metric:
        return []
    bounds = ((">=", asked.low), ("<=", asked.high))
    return [
        f"{name} {sign} {form.format(float(bound))}"
        for sign, bound in bounds
        if name and bound is not None and math.isfinite(bound)
    ]
