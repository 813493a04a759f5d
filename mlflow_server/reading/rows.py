"""Rows of runs as Arrow: what MLflow keeps as (run, key, value) becomes a column for each key.

The database gives triples by the thousand; they are laid into columns by numpy, without a Python
object for a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import compress, repeat
from typing import Any

import numpy as np
import pyarrow as pa
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlRun
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Integer, UnaryExpression, func, type_coerce
from sqlalchemy import select as sql_select
from sqlalchemy.sql.operators import custom_op

from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.questions import LAST_LOGGED, PARENT_TAG, Column
from mlflow_server.reading.selection import FARTHEST, LARGEST, MODELS, Selection, chunks
from mlflow_server.reading.session import fetch_all

DIFFERENCE = "difference."
# So many runs tell how much a run has; a look-up in the primary key costs so many rows of it.
LOOKED_AT = 20
DEARER = 4
Check = Callable[[], None]

_GOING = ("RUNNING", "SCHEDULED")
_TIMES = ("start_time", "end_time")
_FIELDS = {
    "run_id": SqlRun.run_uuid,
    "run_name": SqlRun.name,
    "project": SqlExperiment.workspace,
    "experiment_id": SqlRun.experiment_id,
    "experiment_name": SqlExperiment.name,
    "status": SqlRun.status,
    "start_time": SqlRun.start_time,
    "end_time": SqlRun.end_time,
    "user_id": SqlRun.user_id,
    "lifecycle_stage": SqlRun.lifecycle_stage,
    "artifact_uri": SqlRun.artifact_uri,
}


class RowReader:
    """Reads runs with these columns, and the differences of their metrics to a baseline run."""

    def __init__(self, columns: Sequence[Column], baseline: dict[str, float] | None = None) -> None:
        self._columns = [column for column in columns if column.kind != "attributes"]
        self._last_logged = Column("attributes", LAST_LOGGED) in columns
        self._baseline = baseline

    def read(
        self, connection: Connection, selection: Selection, run_ids: Sequence[str], check: Check
    ) -> pa.RecordBatch:
        """The runs in the order of their ids; those that are gone meanwhile are left out."""
        attributes = _read_attributes(connection, selection, run_ids, check)
        there = attributes["run_id"]
        found: dict[tuple[str, str], pa.Array] = {}
        for kind in MODELS:
            keys = [column.key for column in self._columns if column.kind == kind]
            wanted = list(dict.fromkeys([*keys, PARENT_TAG])) if kind == "tags" else keys
            read = _read_metrics if kind == "metrics" else _read_texts
            values = read(connection, MODELS[kind], there, wanted, check)
            found.update({(kind, key): array for key, array in values.items()})
        columns = _attribute_arrays(attributes, found["tags", PARENT_TAG])
        if self._last_logged:
            columns[LAST_LOGGED] = _read_last_logged(connection, attributes, check)
        columns |= {column.name: found[column.kind, column.key] for column in self._columns}
        if self._baseline is not None:
            columns |= self._differences(found, len(there), self._baseline)
        return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))

    def _differences(
        self, found: dict[tuple[str, str], pa.Array], rows: int, baseline: dict[str, float]
    ) -> Iterator[tuple[str, pa.Array]]:
        for column in self._columns:
            if column.kind != "metrics":
                continue
            array = found["metrics", column.key]
            name = f"{DIFFERENCE}{column.key}"
            if column.key not in baseline:
                yield name, pa.nulls(rows, pa.float64())
                continue
            values = array.to_numpy(zero_copy_only=False)
            with np.errstate(invalid="ignore"):
                differences = values - baseline[column.key]
            yield name, pa.array(differences, mask=np.asarray(array.is_null()))


def read_baseline(
    connection: Connection, selection: Selection, run_id: str, columns: Sequence[Column]
) -> dict[str, float]:
    """The metrics of a run by their keys; raises ReadingError 400 "baseline" if there is none."""
    reader = RowReader([column for column in columns if column.kind == "metrics"])
    batch = reader.read(connection, selection, [run_id], lambda: None)
    if not batch.num_rows:
        raise ReadingError(400, "baseline", "The baseline is no run in these projects.")
    (row,) = batch.to_pylist()
    prefix = "metrics."
    return {
        name.removeprefix(prefix): value
        for name, value in row.items()
        if name.startswith(prefix) and value is not None
    }


def numbers(values: Sequence[Any], is_nan: Any) -> NDArray[np.float64]:
    """Values as MLflow keeps them, as they were logged: NaN and infinities."""
    found = np.array(values, dtype=np.float64)
    found[found >= LARGEST] = np.inf
    found[found <= -LARGEST] = -np.inf
    found[np.array(is_nan, dtype=bool)] = np.nan
    return found


def _read_attributes(
    connection: Connection, selection: Selection, run_ids: Sequence[str], check: Check
) -> dict[str, list[Any]]:
    rows: list[Any] = []
    for chunk in chunks(run_ids):
        check()
        statement = selection.with_experiments().among(chunk).of(*_FIELDS.values())
        rows += connection.execute(statement).all()
    place = {run_id: at for at, run_id in enumerate(run_ids)}
    rows.sort(key=lambda row: place.get(row[0], 0))
    columns = list(zip(*rows, strict=True)) or [()] * len(_FIELDS)
    return {name: list(values) for name, values in zip(_FIELDS, columns, strict=True)}


def _attribute_arrays(attributes: dict[str, list[Any]], parents: pa.Array) -> dict[str, pa.Array]:
    arrays = {}
    for name, values in attributes.items():
        if name == "experiment_id":
            arrays[name] = pa.array([str(value) for value in values], pa.string())
        else:
            arrays[name] = pa.array(values, pa.int64() if name in _TIMES else pa.string())
        if name == "end_time":
            both = zip(attributes["start_time"], values, strict=True)
            durations = [_duration(start, end) for start, end in both]
            arrays["duration"] = pa.array(durations, pa.int64())
    arrays["parent_run_id"] = parents
    return arrays


def _read_last_logged(
    connection: Connection, attributes: dict[str, list[Any]], check: Check
) -> pa.Array:
    """When each run that goes on logged its newest metric, by its own clock; None for others."""
    model = MODELS["metrics"]
    statuses = zip(attributes["run_id"], attributes["status"], strict=True)
    going = [run_id for run_id, status in statuses if status in _GOING]
    found: dict[str, int] = {}
    for chunk in chunks(going):
        check()
        newest = sql_select(model.run_uuid, func.max(model.timestamp)).group_by(model.run_uuid)
        rows = connection.execute(newest.where(model.run_uuid.in_(chunk))).all()
        found.update((run_id, moment) for run_id, moment in rows)
    return pa.array([found.get(run_id) for run_id in attributes["run_id"]], pa.int64())


def _duration(start: int | None, end: int | None) -> int | None:
    """The milliseconds between; None where one is missing or no time (selection.FARTHEST)."""
    if start is None or end is None or max(abs(start), abs(end)) > FARTHEST:
        return None
    return end - start


def _read_metrics(
    connection: Connection, model: Any, run_ids: Sequence[str], keys: Sequence[str], check: Check
) -> dict[str, pa.Array]:
    values = np.zeros((len(keys), len(run_ids)))
    missing = np.ones(values.shape, dtype=bool)
    fields = (model.value, type_coerce(model.is_nan, Integer))
    for places, found, is_nan in _read_cells(connection, model, run_ids, keys, fields, check):
        values[places] = numbers(found, is_nan)
        missing[places] = False
    return {
        key: pa.array(values[at], pa.float64(), mask=missing[at]) for at, key in enumerate(keys)
    }


def _read_texts(
    connection: Connection, model: Any, run_ids: Sequence[str], keys: Sequence[str], check: Check
) -> dict[str, pa.Array]:
    values = np.full((len(keys), len(run_ids)), None, dtype=object)
    for places, found in _read_cells(connection, model, run_ids, keys, (model.value,), check):
        values[places] = np.array([*found, None], dtype=object)[:-1]
    return {key: pa.array(values[at], pa.string()) for at, key in enumerate(keys)}


def _read_cells(
    connection: Connection,
    model: Any,
    run_ids: Sequence[str],
    keys: Sequence[str],
    fields: Sequence[Any],
    check: Check,
) -> Iterator[tuple[Any, ...]]:
    """Places ((rows of keys), (columns of runs)) and for each field what stands there."""
    if not keys:
        return
    row_of = {key: at for at, key in enumerate(keys)}
    asked_key = _key_column(connection, model, run_ids, keys)
    column_of = {run_id: at for at, run_id in enumerate(run_ids)}
    for chunk in chunks(run_ids):
        check()
        statement = sql_select(model.run_uuid, model.key, *fields).where(
            model.run_uuid.in_(chunk), asked_key.in_(keys)
        )
        # MySQL's IN folds letters, so that it finds keys that were not asked for.
        cells = fetch_all(connection, statement)
        if not cells:
            continue
        runs, names, *values = zip(*cells, strict=True)
        at_key = np.fromiter(map(row_of.get, names, repeat(-1)), np.int64, len(names))
        at_run = np.fromiter(map(column_of.__getitem__, runs), np.int64, len(runs))
        asked = at_key >= 0
        if asked.all():
            yield (at_key, at_run), *values
        else:
            kept = [list(compress(part, asked)) for part in values]
            yield (at_key[asked], at_run[asked]), *kept


def _key_column(
    connection: Connection, model: Any, run_ids: Sequence[str], keys: Sequence[str]
) -> ColumnElement[str]:
    """The key, in SQLite so that the index of runs is used where that reads less.

    Left alone SQLite looks up every key of every run in the primary key, which takes four times as
    long as reading all of a run.
    """
    if connection.dialect.name == "sqlite":
        some = run_ids[:LOOKED_AT]
        rows = connection.scalar(
            sql_select(func.count()).select_from(model).where(model.run_uuid.in_(some))
        )
        if (rows or 0) < DEARER * len(keys) * len(some):
            # In SQLite a plus keeps a column from being looked up in an index.
            return UnaryExpression(model.key, operator=custom_op("+"), type_=model.key.type)
    column: ColumnElement[str] = model.key
    return column
