"""Statistics of metrics by groups of runs, exact over all runs of the question.

The database joins what a run is grouped by to its metrics and gives a row for each run; numpy does
the rest, so that a median is possible on every kind of database and values around 1e9 keep their
digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from mlflow.store.tracking.dbmodels.models import SqlRun
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Integer, type_coerce

from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.questions import Column, RunsQuestion, read_column
from mlflow_server.reading.rows import Check, numbers
from mlflow_server.reading.runs import Table, tell_total
from mlflow_server.reading.selection import Selection, require_known_names, select_runs
from mlflow_server.reading.session import Open, fetch_parts, run_side_by_side

MOST_GROUPS = 10_000
STATISTICS = ("mean", "std", "min", "max", "median", "low", "high")
PARTITION = 10_000
# Student's t, two-sided 95 %, for 1 to 30 degrees of freedom.
_T95 = np.array(
    [
        *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
        *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860),
        *(2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423),
    ]
)
_Z95 = 1.959964

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Group = tuple[Any, ...]
# The ids of runs begin with a hexadecimal digit: half of them lie below this.
MIDDLE = "8"


@dataclass(frozen=True)
class Rows:
    """The groups of some runs; for each run which is its, and its value of each metric.

    `values` has for each metric the values and where there is none.
    """

    groups: list[Group]
    codes: Integers
    values: list[tuple[Floats, NDArray[np.bool_]]]


def read_groups(question: RunsQuestion, open_: Open, check: Check) -> Table:
    """A row for each group: its values, `count` runs, and for each metric m `m.count`, `m.nan`,
    `m.mean`, `m.std` (of the sample), `m.min`, `m.max`, `m.median`, `m.low`, `m.high` (the 95 %
    interval of the mean). NaN is counted in `m.nan` and left out of the rest.

    Raises ReadingError 400 "group_by" for a metric or more than MOST_GROUPS groups.
    """
    columns = read_group_columns(question.group_by or ())
    keys = list(dict.fromkeys(question.metrics))
    with open_() as connection:
        selection = select_runs(connection, question)
    parts = [
        partial(_read, selection=half, columns=columns, keys=keys, check=check)
        for half in _halves(selection)
    ]
    read = _join(run_side_by_side(parts, open_))
    groups, codes, values = read.groups, read.codes, read.values
    _require_few(groups)
    if not groups:
        with open_() as connection:
            require_known_names(connection, question)
    order = _order(groups, len(columns))
    place = np.empty(len(groups), dtype=np.int64)
    place[order] = np.arange(len(groups))
    codes = place[codes]
    arrays: dict[str, pa.Array] = {}
    for at, column in enumerate(columns):
        arrays[column.name] = group_array(column, [groups[one][at] for one in order])
    arrays["count"] = pa.array(np.bincount(codes, minlength=len(groups)), pa.int64())
    for key, (found, missing) in zip(keys, values, strict=True):
        for name, array in _summarize(codes, found, missing, len(groups)).items():
            arrays[f"{key}.{name}"] = array
    batch = pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
    return Table(batch.schema, iter([batch]), tell_total(len(groups)))


def read_group_columns(names: Sequence[str]) -> list[Column]:
    """The columns to group by. Raises ReadingError 400 "group_by" for a metric."""
    columns = list(dict.fromkeys(read_column(name) for name in names))
    for column in columns:
        if column.kind == "metrics":
            raise ReadingError(
                400,
                "group_by",
                f"Runs are grouped by parameters, tags and attributes, and {column.name!r} is a "
                "metric.",
                found=column.name,
            )
    return columns


def group_array(column: Column, values: Sequence[Any]) -> pa.Array:
    """What a column of groups holds."""
    whole = column.kind == "attributes" and column.key in ("start_time", "end_time", "duration")
    if whole:
        return pa.array(values, pa.int64())
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _halves(selection: Selection) -> list[Selection]:
    """The runs in two halves where that is faster: SQLite uses one processor for a statement."""
    if selection.dialect != "sqlite":
        return [selection]
    below: list[ColumnElement[bool]] = [SqlRun.run_uuid < MIDDLE, SqlRun.run_uuid >= MIDDLE]
    return [replace(selection, conditions=(*selection.conditions, one)) for one in below]


def _read(
    connection: Connection,
    selection: Selection,
    columns: Sequence[Column],
    keys: Sequence[str],
    check: Check,
) -> Rows:
    fields: list[Any] = []
    for column in columns:
        selection, value = selection.with_value(column)
        fields.append(value.expression)
    for key in keys:
        selection, value = selection.with_value(Column("metrics", key))
        fields += [value.expression, type_coerce(value.is_nan, Integer)]
    statement = selection.of(*fields)
    groups: dict[Group, int] = {}
    codes: list[Integers] = []
    values: list[list[tuple[Floats, NDArray[np.bool_]]]] = [[] for _ in keys]
    for rows in fetch_parts(connection, statement, PARTITION):
        check()
        of_groups, of_metrics = _split(rows, len(columns))
        found = [groups.setdefault(group, len(groups)) for group in zip(*of_groups, strict=True)]
        _require_few(groups)
        codes.append(np.array(found, dtype=np.int64))
        for at, (value, flag) in enumerate(zip(of_metrics[::2], of_metrics[1::2], strict=True)):
            flags = np.array(flag, dtype=np.float64)
            values[at].append((numbers(value, flags == 1), np.isnan(flags)))
    return Rows(
        list(groups), _concatenate(codes, np.int64), [_concatenate_pairs(v) for v in values]
    )


def _join(parts: Sequence[Rows]) -> Rows:
    """The groups of several parts as those of one."""
    groups: dict[Group, int] = {}
    codes = []
    for part in parts:
        own = [groups.setdefault(group, len(groups)) for group in part.groups]
        codes.append(np.array(own, dtype=np.int64)[part.codes])
    values = [
        _concatenate_pairs(list(of_key)) for of_key in zip(*(p.values for p in parts), strict=True)
    ]
    return Rows(list(groups), _concatenate(codes, np.int64), values)


def _concatenate_pairs(
    parts: Sequence[tuple[Floats, NDArray[np.bool_]]],
) -> tuple[Floats, NDArray[np.bool_]]:
    return (
        _concatenate([one for one, _ in parts], np.float64),
        _concatenate([gap for _, gap in parts], np.bool_),
    )


def _concatenate(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)


def _require_few(groups: Sequence[Group] | dict[Group, int]) -> None:
    if len(groups) > MOST_GROUPS:
        raise ReadingError(
            400,
            "group_by",
            f"There are more than {MOST_GROUPS} groups. Group by what has fewer values.",
        )


def _split(rows: Sequence[Any], groups: int) -> tuple[list[Any], list[Any]]:
    columns = list(zip(*rows, strict=True))
    return columns[:groups], columns[groups:]


def _order(groups: Sequence[Group], width: int) -> list[int]:
    """The groups sorted by their values: as numbers where all are, and what is null last."""
    keys: list[list[tuple[int, Any]]] = []
    for at in range(width):
        values = [group[at] for group in groups]
        try:
            sortable: list[Any] = [None if one is None else float(one) for one in values]
            if not all(one is None or math.isfinite(one) for one in sortable):
                sortable = values
        except ValueError:
            sortable = values
        keys.append([(1, 0) if one is None else (0, one) for one in sortable])
    return sorted(range(len(groups)), key=lambda one: [key[one] for key in keys])


def _summarize(
    codes: Integers, values: Floats, missing: NDArray[np.bool_], groups: int
) -> dict[str, pa.Array]:
    nan = np.isnan(values) & ~missing
    there = ~missing & ~nan
    counts, statistics = summarize(codes[there], values[there], groups)
    arrays = {
        "count": pa.array(counts, pa.int64()),
        "nan": pa.array(np.bincount(codes[nan], minlength=groups), pa.int64()),
    }
    for name in STATISTICS:
        # A deviation needs two values, everything else one.
        needed = 2 if name in ("std", "low", "high") else 1
        arrays[name] = pa.array(statistics[name], pa.float64(), mask=counts < needed)
    return arrays


def summarize(codes: Integers, values: Floats, groups: int) -> tuple[Integers, dict[str, Floats]]:
    """The number of values of each group and their STATISTICS; NaN where there are too few.

    The values have no NaN; a group with an infinity has no deviation.
    """
    counts = np.bincount(codes, minlength=groups)
    empty = np.full(groups, np.nan)
    low, high, median, mean = empty.copy(), empty.copy(), empty.copy(), empty.copy()
    filled = np.flatnonzero(counts)
    order = np.lexsort((values, codes))
    ordered = values[order]
    sizes = counts[filled]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if len(filled):
            low[filled] = ordered[first]
            high[filled] = ordered[first + sizes - 1]
            left, right = ordered[first + (sizes - 1) // 2], ordered[first + sizes // 2]
            median[filled] = np.where(left == right, left, left / 2 + right / 2)
        # Two passes over what is left of the median: nothing is lost by large numbers.
        mean = median + np.bincount(codes, values - median[codes], groups) / counts
        plain = np.bincount(codes, values, groups) / counts
        mean = np.where(np.isinf(low) | np.isinf(high), plain, mean)
        squares = np.bincount(codes, (values - mean[codes]) ** 2, groups)
        std = np.sqrt(squares / (counts - 1))
        half = _student(counts - 1) * std / np.sqrt(counts)
    std[counts < 2] = np.nan
    return counts, {
        "mean": mean,
        "std": std,
        "min": low,
        "max": high,
        "median": median,
        "low": mean - half,
        "high": mean + half,
    }


def _student(freedom: Integers) -> Floats:
    """Student's t, two-sided 95 %: by a table, beyond it by its expansion at the normal."""
    degrees = np.maximum(freedom, 1).astype(np.float64)
    cubic = (_Z95**3 + _Z95) / (4 * degrees)
    quintic = (5 * _Z95**5 + 16 * _Z95**3 + 3 * _Z95) / (96 * degrees**2)
    found: Floats = _Z95 + cubic + quintic
    small = freedom <= len(_T95)
    found[small] = _T95[np.maximum(freedom[small], 1) - 1]
    return found
