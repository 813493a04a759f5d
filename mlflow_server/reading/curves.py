"""Curves of metrics: of runs, of logged models, or of groups of runs, at most so many points each.

A row for each point: `run_id` (or the columns of the group, or `model_id`), `metric`, `x`, and

    of runs     last, min, max, count, nonfinite
    of groups   mean, std, min, max, count: over the mean of each run in the bucket; count of runs

x is a step, a time in milliseconds, or the milliseconds since the run began. NaN and infinities
are counted in `nonfinite` and left out of the rest; a point that stands alone has its own in
`last`. The bucket around zero may be twice as wide as the others. Of a group x is where its last
value in the bucket stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlLoggedModel, SqlRun
from sqlalchemy import Connection, select

from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.groups import group_array, read_group_columns, summarize
from mlflow_server.reading.histories import (
    Axis,
    Extent,
    Histories,
    Owner,
    Point,
    bucket_width,
    widest,
)
from mlflow_server.reading.questions import MOST_CURVES, Column, CurvesQuestion
from mlflow_server.reading.rows import Check
from mlflow_server.reading.runs import Table, tell_total
from mlflow_server.reading.selection import (
    FARTHEST,
    newest,
    require_known_names,
    select_by_id,
    select_runs,
)
from mlflow_server.reading.session import Open, run_side_by_side

MOST_GROUPED_RUNS = 1000

Thinned = Iterator[tuple[str, list[Point]]]


def read_curves(question: CurvesQuestion, open_: Open, check: Check) -> Table:
    """The curves of a question. Raises ReadingError 400 "group_by", "range"."""
    if question.range is not None and not question.range[0] <= question.range[1]:
        raise ReadingError(400, "range", "A range goes from its lower end to its higher one.")
    axis = Axis(question.x, question.range)
    keys = list(dict.fromkeys(question.metrics))
    if question.group_by is not None and question.models is None:
        with open_() as connection:
            histories = Histories(connection, axis, of_models=False)
            columns = read_group_columns(question.group_by)
            owners = _read_runs(connection, question, columns, MOST_GROUPED_RUNS)
            batch = _of_groups(histories, owners, keys, question.points, columns, check)
        return Table(batch.schema, iter([batch]), tell_total(len(owners)))
    with open_() as connection:
        if question.models is not None:
            owners = _read_models(connection, question.workspaces, question.models)
        else:
            owners = _read_runs(connection, question, (), MOST_CURVES)

    def thin(connection: Connection, owner: Owner) -> list[tuple[str, list[Point]]]:
        check()
        histories = Histories(connection, axis, of_models=question.models is not None)
        extents = histories.measure(owner, keys)
        return list(_thin(histories, owner, keys, extents, question.points))

    curves = run_side_by_side([partial(thin, owner=owner) for owner in owners], open_)
    batch = _of_owners(owners, curves, "run_id" if question.models is None else "model_id")
    return Table(batch.schema, iter([batch]), tell_total(len(owners)))


def _read_runs(
    connection: Connection, question: CurvesQuestion, columns: Sequence[Column], most: int
) -> list[Owner]:
    """The runs of the question, the newest first, with what they are grouped by."""
    selection = select_runs(connection, question)
    ids = newest(connection, selection, most)
    if not ids:
        require_known_names(connection, question)
    chosen = select_by_id(connection, question.workspaces).among(ids)
    fields = []
    for column in columns:
        chosen, value = chosen.with_value(column)
        fields.append(value.expression)
    rows = connection.execute(chosen.of(SqlRun.run_uuid, SqlRun.start_time, *fields)).all()
    place = {run_id: at for at, run_id in enumerate(ids)}
    owners = [Owner(run_id, _time(began), tuple(rest)) for run_id, began, *rest in rows]
    return sorted(owners, key=lambda owner: place[owner.id])


def _read_models(
    connection: Connection, workspaces: Sequence[str], ids: Sequence[str]
) -> list[Owner]:
    statement = (
        select(SqlLoggedModel.model_id, SqlLoggedModel.creation_timestamp_ms)
        .join(SqlExperiment, SqlExperiment.experiment_id == SqlLoggedModel.experiment_id)
        .where(
            SqlExperiment.workspace.in_(workspaces),
            SqlLoggedModel.model_id.in_(ids),
            # What is in the trash is nobody's here, whatever `view` says of runs.
            SqlExperiment.lifecycle_stage == LifecycleStage.ACTIVE,
            SqlLoggedModel.lifecycle_stage == LifecycleStage.ACTIVE,
        )
        .order_by(SqlLoggedModel.creation_timestamp_ms.desc(), SqlLoggedModel.model_id)
    )
    return [Owner(model, _time(began)) for model, began in connection.execute(statement)]


def _time(began: int | None) -> int:
    """When it began; 0 for what is missing or no time."""
    return began if began is not None and abs(began) <= FARTHEST else 0


def _of_owners(
    owners: Sequence[Owner], curves: Sequence[Sequence[tuple[str, list[Point]]]], name: str
) -> pa.RecordBatch:
    """Each owner's curves, each with buckets of its own."""
    ids: list[str] = []
    metrics: list[str] = []
    found: list[Point] = []
    for owner, thinned in zip(owners, curves, strict=True):
        for key, series in thinned:
            ids += [owner.id] * len(series)
            metrics += [key] * len(series)
            found += series
    return pa.RecordBatch.from_pydict(
        {
            name: pa.array(ids, pa.string()),
            "metric": pa.array(metrics, pa.string()),
            "x": _positions([point.x for point in found]),
            "last": pa.array([point.value for point in found], pa.float64()),
            "min": pa.array([point.low for point in found], pa.float64()),
            "max": pa.array([point.high for point in found], pa.float64()),
            "count": pa.array([point.values for point in found], pa.int64()),
            "nonfinite": pa.array([point.nonfinite for point in found], pa.int64()),
        }
    )


def _thin(
    histories: Histories,
    owner: Owner,
    keys: Sequence[str],
    extents: dict[str, Extent],
    points: int,
) -> Thinned:
    short = [key for key in keys if key in extents and extents[key].count <= points]
    if short:
        yield from histories.read_points(owner, short)
    widths = {
        key: bucket_width(extents[key].low, extents[key].high, points)
        for key in keys
        if key in extents and extents[key].count > points
    }
    yield from histories.read_buckets(owner, widths, extents, last=True)


def _of_groups(
    histories: Histories,
    owners: Sequence[Owner],
    keys: Sequence[str],
    points: int,
    columns: Sequence[Column],
    check: Check,
) -> pa.RecordBatch:
    """The curves of groups: the buckets of a metric are the same for all runs."""
    extents = {}
    for owner in owners:
        check()
        extents[owner.id] = histories.measure(owner, keys)
    widths = {}
    for key in keys:
        of_key = [one[key] for one in extents.values() if key in one]
        if of_key:
            extent = widest(of_key)
            widths[key] = bucket_width(extent.low, extent.high, points)
    cells: dict[tuple[Any, ...], int] = {}
    codes: list[int] = []
    values: list[float] = []
    nonfinite: defaultdict[int, int] = defaultdict(int)
    ends: dict[int, int] = {}
    for owner in owners:
        check()
        mine = {key: width for key, width in widths.items() if key in extents[owner.id]}
        series = histories.read_buckets(owner, mine, extents[owner.id], last=False)
        for key, found in series:
            for point in found:
                cell = (owner.labels, key, point.bucket)
                code = cells.setdefault(cell, len(cells))
                nonfinite[code] += point.nonfinite
                ends[code] = max(point.x, ends.get(code, point.x))
                if point.value is not None:
                    codes.append(code)
                    values.append(point.value)
    counts, statistics = summarize(
        np.array(codes, dtype=np.int64), np.array(values, dtype=np.float64), len(cells)
    )
    listed = list(cells)
    place = {key: at for at, key in enumerate(keys)}
    rank = {labels: at for at, labels in enumerate(dict.fromkeys(cell[0] for cell in listed))}
    order = sorted(
        range(len(listed)),
        key=lambda at: (rank[listed[at][0]], place[listed[at][1]], listed[at][2]),
    )
    taken = np.array(order, dtype=np.int64)
    arrays = {
        column.name: group_array(column, [listed[at][0][number] for at in order])
        for number, column in enumerate(columns)
    }
    arrays["metric"] = pa.array([listed[at][1] for at in order], pa.string())
    arrays["x"] = _positions([ends[at] for at in order])
    for name, needed in (("mean", 1), ("std", 2), ("min", 1), ("max", 1)):
        gaps = counts[taken] < needed
        arrays[name] = pa.array(statistics[name][taken], pa.float64(), mask=gaps)
    arrays["count"] = pa.array(counts[taken], pa.int64())
    arrays["nonfinite"] = pa.array([nonfinite[at] for at in order], pa.int64())
    return pa.RecordBatch.from_pydict(arrays)


def _positions(found: Sequence[int]) -> pa.Array:
    return pa.array(found, pa.int64()).cast(pa.float64(), safe=False)
