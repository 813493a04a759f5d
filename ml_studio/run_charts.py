"""Charts of runs: panels of metrics over time in sections, and panels of other kinds.

    run_charts(curves, rows, key="charts", options=ChartOptions(metrics=..., ...), view=ChartView())
    missing = charts_wanted("charts").metrics
    arranged = charts_view("charts")

`curves` are points as the reading room answers them (docs/reference/reading.md), each of a
`series`, which is a run's id or a group's: `series`, `metric`, `x`, `last`, `min`, `max`, `count`,
`nonfinite`, and of groups `std` (`last` is the mean, `count` the number of runs). `rows` are the
runs that may be drawn: `run_id`, `run_name`, and the columns that panels of other kinds are about.

The browser says which metrics and columns it shows and on which axis; what was not read yet
stands there as an empty panel until it comes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

import pyarrow as pa

from ml_studio.component import ignore, mount, state_of
from ml_studio.runs_table import Direction

NAME = "run_charts"
HALVES = 50

Axis = Literal["step", "relative", "time"]


@dataclass(frozen=True)
class ChartView:
    """How a person arranged the charts; `split` is the table's part of the width, in percent.

    `charts` is a text that the browser alone reads and writes; empty for the usual.
    """

    charts: str = ""
    split: int = HALVES


@dataclass(frozen=True)
class ChartOptions:
    """What the charts are about; each version is another text for another table.

    Of the rows those in `selection` are drawn, at most `most` of them; the first `most_at_first`
    if none is. The table tells the charts of a tick without a round trip. With `groups`, ids with
    names, these are drawn instead of runs. `metrics` are all that there are, `read` those whose
    curves were read on this `axis`; `columns` are names with whether they are numbers.
    """

    metrics: Sequence[str]
    read: Sequence[str]
    label: str
    version: str
    rows_version: str
    axis: Axis = "step"
    selection: Sequence[str] = ()
    groups: Sequence[tuple[str, str]] | None = None
    columns: Sequence[tuple[str, bool]] = ()
    best: Mapping[str, Direction] = field(default_factory=dict)
    note: str = ""
    most: int = 20
    most_at_first: int = 10


@dataclass(frozen=True)
class Wanted:
    """What panels show: metrics on an x axis, and columns of the rows.

    `metrics` is None before the browser has said.
    """

    metrics: tuple[str, ...] | None = None
    axis: Axis = "step"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RangeFilter:
    """A wish for the runs whose value in a column is in a range, its ends too.

    A text column has `values` instead: the run has one of them.
    """

    column: str
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()


def run_charts(
    curves: pa.Table,
    rows: pa.Table,
    *,
    key: str,
    options: ChartOptions,
    view: ChartView,
    stamp: int = 0,
    on_filter: Callable[[Sequence[RangeFilter]], None] | None = None,
) -> None:
    """Draw the charts; another `stamp` makes them take the view that they are given."""

    def filtered() -> None:
        asked = read_ranges(state_of(key).get("filter"))
        if asked and on_filter is not None:
            on_filter(asked)

    mount(
        NAME,
        key=key,
        data={
            "curves": curves,
            "rows": rows,
            "axis": options.axis,
            "groups": None if options.groups is None else _named(options.groups),
            "metrics": list(options.metrics),
            "read": list(options.read),
            "columns": [{"name": name, "number": number} for name, number in options.columns],
            "best": dict(options.best),
            "label": options.label,
            "note": options.note,
            "version": options.version,
            "rows_version": options.rows_version,
            "selection": list(options.selection),
            "most": options.most,
            "most_at_first": options.most_at_first,
            "charts": view.charts,
            "split": view.split,
            "view_stamp": stamp,
        },
        callbacks={"wanted": ignore, "view": ignore, "filter": filtered},
    )


def charts_wanted(key: str) -> Wanted:
    """What the charts of this key show, also before they are drawn in this run."""
    found: Any = state_of(key).get("wanted")
    if not isinstance(found, Mapping) or not isinstance(found.get("metrics"), list):
        return Wanted()
    axis, columns = found.get("axis"), found.get("columns")
    return Wanted(
        metrics=_texts(found["metrics"]),
        axis=cast("Axis", axis) if axis in get_args(Axis) else "step",
        columns=_texts(columns),
    )


def charts_view(key: str) -> ChartView | None:
    """How a person arranged the charts of this key since they were drawn; None if not at all."""
    found: Any = state_of(key).get("view")
    if not isinstance(found, Mapping) or not isinstance(found.get("charts"), str):
        return None
    split = _number(found.get("split"))
    fits = split is not None and 0 < split < 100
    return ChartView(found["charts"], int(split) if split is not None and fits else HALVES)


def read_ranges(document: object) -> tuple[RangeFilter, ...]:
    """Wishes for ranges that came from a browser; none for anything else."""
    found = []
    for one in document if isinstance(document, list) else ():
        if not isinstance(one, Mapping) or not isinstance(one.get("column"), str):
            continue
        low, high = _number(one.get("low")), _number(one.get("high"))
        values = _texts(one.get("values"))
        if values or low is not None or high is not None:
            found.append(RangeFilter(one["column"], low, high, values))
    return tuple(found)


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _named(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"id": one, "name": name} for one, name in pairs]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
