"""Deletes rows of MLflow's database with everything that hangs on them, whatever the kind of it.

What hangs on what comes from the foreign keys that are there, so that a new version of MLflow needs
no change here; `LOOSE` tells what has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    Table,
    and_,
    delete,
    event,
    false,
    or_,
    select,
    update,
)
from sqlalchemy.engine import URL

from ops.backup.tables.snapshot import engine_of
from ops.checkpoints import Checkpoint, always

T = TypeVar("T")
AT_ONCE = 200


@dataclass(frozen=True)
class Loose:
    """A table whose `column` holds the key of another one, without a foreign key.

    `kind` is the value beside it that says of what table the key is, "" where the key alone does.
    """

    table: str
    column: str
    kind: str = ""

    @property
    def kind_column(self) -> str:
        """The column that holds the kind."""
        return self.column.replace("_id", "_type")


def _associated(kind: str) -> tuple[Loose, ...]:
    table = "entity_associations"
    return Loose(table, "source_id", kind), Loose(table, "destination_id", kind)


_INPUTS = Loose("inputs", "source_id"), Loose("inputs", "destination_id")
# By table with one key column. Ids of runs, logged models and datasets are unique by themselves.
LOOSE: dict[str, tuple[Loose, ...]] = {
    "runs": (*_INPUTS, *_associated("run")),
    "logged_models": (*_INPUTS, *_associated("model")),
    "datasets": (Loose("inputs", "source_id"),),
    "trace_info": _associated("trace"),
    "evaluation_datasets": _associated("evaluation_dataset"),
    "experiments": (
        *_associated("experiment"),
        Loose("sql_trace_rollup_rebuild_queue", "experiment_id"),
        Loose("sql_trace_metric_daily_rollups", "experiment_id"),
        Loose("sql_span_cost_daily_rollups", "experiment_id"),
        Loose("sql_assessment_daily_rollups", "experiment_id"),
    ),
}
KEYS = {"datasets": "dataset_uuid"}


class Graph:
    """MLflow's database, its tables, and what hangs on what."""

    def __init__(self, url: URL, checkpoint: Checkpoint = always) -> None:
        self._engine = _writing(url)
        self._checkpoint = checkpoint
        metadata = MetaData()
        with self._engine.connect() as connection:
            metadata.reflect(connection)
        self.tables: dict[str, Table] = dict(metadata.tables)
        self.sorted: Sequence[Table] = metadata.sorted_tables
        self._children: dict[str, list[ForeignKeyConstraint]] = {}
        for table in self.sorted:
            for constraint in table.foreign_key_constraints:
                self._children.setdefault(constraint.referred_table.name, []).append(constraint)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in one transaction, which on SQLite has the write lock from its start.

        It passes the checkpoint at its beginning and again before it is committed, so that nothing
        is committed by a process that stood still in between.
        """
        self._checkpoint()
        with self._engine.begin() as connection:
            yield connection
            self._checkpoint()

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def erase(self, connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
        """Delete the rows with all that hangs on them; how many of this table there were."""
        children = self._children.get(table.name, [])
        loose = [one for one in LOOSE.get(table.name, ()) if one.table in self.tables]
        if not children and not loose:
            return int(connection.execute(delete(table).where(where)).rowcount)
        rows = connection.execute(select(*self._needed(table, children)).where(where)).all()
        for part in _parts(rows, AT_ONCE):
            for constraint in children:
                self._erase_children(connection, constraint, part)
            for one in loose:
                self._erase_loose(connection, table, one, part)
        connection.execute(delete(table).where(where))
        return len(rows)

    def _needed(self, table: Table, children: Sequence[ForeignKeyConstraint]) -> list[Column[Any]]:
        names = {column.name for column in table.primary_key}
        names |= {one.column.name for constraint in children for one in constraint.elements}
        if key := KEYS.get(table.name):
            names.add(key)
        return [table.c[name] for name in sorted(names)]

    def _erase_children(
        self, connection: Connection, constraint: ForeignKeyConstraint, rows: Sequence[Any]
    ) -> None:
        pairs = [(one.parent, one.column.name) for one in constraint.elements]
        wanted = {tuple(row._mapping[name] for _, name in pairs) for row in rows}
        hanging = _among([column for column, _ in pairs], wanted)
        if (constraint.ondelete or "").upper() == "SET NULL":
            nothing = {column.name: None for column, _ in pairs if column.nullable}
            connection.execute(update(constraint.table).where(hanging).values(nothing))
        else:
            self.erase(connection, constraint.table, hanging)

    def _erase_loose(
        self, connection: Connection, table: Table, loose: Loose, rows: Sequence[Any]
    ) -> None:
        other = self.tables[loose.table]
        key = KEYS.get(table.name) or next(iter(table.primary_key)).name
        column = other.c[loose.column]
        texts = not isinstance(rows[0]._mapping[key], int) or column.type.python_type is str
        values = {str(row._mapping[key]) if texts else row._mapping[key] for row in rows}
        where: ColumnElement[bool] = column.in_(values)
        if loose.kind:
            where = and_(where, other.c[loose.kind_column] == loose.kind)
        self.erase(connection, other, where)


def _among(columns: Sequence[Column[Any]], wanted: Iterable[tuple[Any, ...]]) -> Any:
    if len(columns) == 1:
        return columns[0].in_([values[0] for values in wanted])
    each = (
        and_(*(column == value for column, value in zip(columns, values, strict=True)))
        for values in wanted
    )
    return or_(false(), *each)


def _parts(rows: Sequence[T], size: int) -> Iterator[list[T]]:
    following = iter(rows)
    while part := list(islice(following, size)):
        yield part


def _writing(url: URL) -> Engine:
    engine = engine_of(url)
    if engine.dialect.name == "sqlite":
        # A transaction that reads, then writes, must not be overtaken in between.
        event.listen(engine, "begin", lambda opened: opened.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
