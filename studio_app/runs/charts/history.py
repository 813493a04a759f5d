"""Histories of metrics, thinned where they are stored so that no spike is lost (reading.md)."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from studio_app.api.client import Client, Json
from studio_app.runs.table.run_groups import group_id, group_name

# A screen is about this many pixels wide: more points cannot be seen.
MOST_POINTS = 1000
# More metrics than this are asked for in several calls.
MOST_METRICS = 50

# Of more points than these those that are not looked at are forgotten.
_MOST_KEPT = 1_000_000

_POINT = (
    *((name, pa.float64()) for name in ("x", "last", "min", "max")),
    *((name, pa.int64()) for name in ("count", "nonfinite")),
)
# Of each point the run or the group, and the metric: few texts in many rows.
_NAME = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema([("series", _NAME), ("metric", _NAME), *_POINT])
_OF_GROUPS = _SCHEMA.append(pa.field("std", pa.float64()))
# What a group has in the place of a run's last value.
_MEAN = "mean"


@dataclass(frozen=True)
class Curves:
    """Points as the reading room answers them, and of which metrics of which series they are.

    A `series` is a run, or a group of runs whose name and id are in `groups`.
    """

    points: pa.Table = field(default_factory=_SCHEMA.empty_table)
    read: frozenset[tuple[str, str]] = frozenset()
    version: str = field(default_factory=partial(secrets.token_hex, 8))
    groups: tuple[tuple[str, str], ...] = ()

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics that were read, of whichever series."""
        return frozenset(metric for _, metric in self.read)


def extend(
    client: Client,
    project: str,
    so_far: Curves,
    run_ids: Sequence[str],
    metrics: Sequence[str],
    axis: str,
) -> Curves:
    """The curves that were read `so_far` on this axis, and what is missing of these.

    At most 100 runs; without a project of any that the person may read. Raises ApiError.
    """
    missing = [
        (run_id, metric)
        for run_id in run_ids
        for metric in metrics
        if (run_id, metric) not in so_far.read
    ]
    if not missing:
        return so_far
    if so_far.points.num_rows > _MOST_KEPT:
        return extend(client, project, Curves(), run_ids, metrics, axis)
    # One question for all: what it has twice is left out.
    runs = list(dict.fromkeys(run_id for run_id, _ in missing))
    keys = list(dict.fromkeys(metric for _, metric in missing))
    tables = [so_far.points]
    for start in range(0, len(keys), MOST_METRICS):
        question = {
            "projects": [project] if project else [],
            "runs": runs,
            "view": "all",
            "metrics": keys[start : start + MOST_METRICS],
            "x": axis,
            "points": MOST_POINTS,
        }
        table = client.metric_curves(question)
        pairs = zip(table["run_id"].to_pylist(), table["metric"].to_pylist(), strict=True)
        fresh = table.filter(pa.array([pair not in so_far.read for pair in pairs], pa.bool_()))
        tables.append(_points(fresh, fresh["run_id"], _SCHEMA))
    read = so_far.read | {(run_id, metric) for run_id in runs for metric in keys}
    return Curves(_joined(tables), read)


def without(curves: Curves, pairs: Collection[tuple[str, str]]) -> Curves:
    """Curves less those of these series and metrics, which are read again by the next `extend`."""
    gone = curves.read.intersection(pairs)
    if not gone:
        return curves
    names = [f"{series}\n{metric}" for series, metric in gone]
    points = curves.points
    own = pc.binary_join_element_wise(
        points["series"].cast(pa.string()), points["metric"].cast(pa.string()), "\n"
    )
    left = points.filter(pc.invert(pc.is_in(own, pa.array(names, pa.string()))))
    return Curves(left, curves.read - gone)


def extend_groups(
    client: Client,
    so_far: Curves,
    selection: Json,
    group_by: Sequence[str],
    metrics: Sequence[str],
    axis: str,
) -> Curves:
    """The curves of groups that were read `so_far` on this axis, and those of further metrics.

    `selection` says which runs, in the fields of docs/reference/reading.md: the statistics are
    exact over all of them, the newest 1,000 at most. Raises ApiError.
    """
    missing = [metric for metric in dict.fromkeys(metrics) if metric not in so_far.metrics]
    if not missing:
        return so_far
    tables, groups = [so_far.points] * bool(so_far.read), dict(so_far.groups)
    for start in range(0, len(missing), MOST_METRICS):
        keys = missing[start : start + MOST_METRICS]
        question = {"metrics": keys, "x": axis, "points": MOST_POINTS, "group_by": list(group_by)}
        table = client.metric_curves({**selection, **question})
        values = zip(*(table[name].to_pylist() for name in group_by), strict=True)
        labels = [
            (group_id(_texts(group)), group_name(group_by, _texts(group))) for group in values
        ]
        groups |= dict(labels)
        renamed = table.append_column("last", table[_MEAN])
        ids = pa.array([one for one, _ in labels], pa.string())
        tables.append(_points(renamed, ids, _OF_GROUPS))
    read = so_far.read | {("", metric) for metric in missing}
    return Curves(_joined(tables), read, groups=tuple(groups.items()))


def _texts(values: Sequence[object]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]


def _points(table: pa.Table, series: pa.Array | pa.ChunkedArray, schema: pa.Schema) -> pa.Table:
    return table.append_column("series", series).select(schema.names).cast(schema)


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    # One list of texts for all: the browser is sent one, too.
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()
