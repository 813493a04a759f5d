"""Ranges that somebody brushed in a chart, as conditions of the filter."""

import math
import re
from collections.abc import Sequence

from ml_studio.run_charts import RangeFilter
from studio_app.models.registry import quoted
from studio_app.runs.run_frames import USER
from studio_app.ui import url_state

_OR = re.compile(r"\bor\b", re.IGNORECASE)
_TEXTS = {
    "status": "attributes.status",
    "experiment": "attributes.experiment_name",
    "user": f"tags.`{USER}`",
}
# Numbers that are not metrics, and what a value is written as in a filter.
_NUMBERS = {"seconds": ("duration", "'{:.0f}ms'"), "start": ("start_time", "{:.0f}")}


def add(ranges: Sequence[RangeFilter]) -> None:
    """Has the filter in the address ask for these ranges, too."""
    url_state.put("filter", with_ranges(url_state.value("filter"), ranges))


def with_ranges(written: str, ranges: Sequence[RangeFilter]) -> str:
    """A written filter that also asks for these ranges; as it was for unknown columns."""
    before = written.strip()
    clauses = [clause for one in ranges for clause in _clauses(one) if clause not in before]
    if not clauses:
        return before
    # AND binds tighter than OR.
    alone = before if _OR.search(before) is None else f"({before})"
    return " AND ".join([*([alone] if alone else []), *clauses])


def _clauses(asked: RangeFilter) -> list[str]:
    family, _, key = asked.column.partition(".")
    logged = family in {"metrics", "params", "tags"} and key and "`" not in key
    name = f"{family}.`{key}`" if logged else _TEXTS.get(asked.column)
    if asked.values:
        texts = ", ".join(quoted(value) for value in asked.values)
        # A parameter is a text, also where it is written as a number.
        return [f"{name} IN ({texts})"] if name and family != "metrics" else []
    form = "{!r}"
    if asked.column in _NUMBERS:
        name, form = _NUMBERS[asked.column]
    elif family != "metrics":
        return []
    bounds = ((">=", asked.low), ("<=", asked.high))
    return [
        f"{name} {sign} {form.format(float(bound))}"
        for sign, bound in bounds
        if name and bound is not None and math.isfinite(bound)
    ]
