"""The order of runs by several columns, and the place in it at which a page ends.

A position is what the last row of a page has in each column, its start time and its id:

    [[0, 0.25], [2, null], 1764500000000, "5c0f..."]

each column with its rank: 0 a value, 1 NaN, 2 none. The next page is what comes behind that, so
that runs may come and go between two pages and no row is missed or seen twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlflow.store.tracking.dbmodels.models import SqlRun
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    func,
    literal,
    or_,
)

from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.questions import (
    Column,
    Order,
    Position,
    foreign_position,
    read_column,
)
from mlflow_server.reading.selection import Selection, Value, null_last, select_by_id

# A longer text is not carried in a position but read again.
LONGEST_TEXT = 250
# Below every time.
NEVER = -(2**62)
HAS_VALUE = 0

_START: ColumnElement[int] = func.coalesce(SqlRun.start_time, literal(NEVER, BigInteger))


@dataclass(frozen=True)
class Term:
    """One column of an order."""

    value: Value
    ascending: bool

    @property
    def rank(self) -> ColumnElement[int]:
        """Sorts what has no value behind what has one."""
        return null_last(self.value)

    def behind(self, rank: int, last: Any, otherwise: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether a row comes behind this value; `otherwise` decides where it has the same."""
        expression = self.value.expression
        if rank != HAS_VALUE:
            return or_(self.rank > rank, and_(self.rank == rank, otherwise))
        beyond = expression > last if self.ascending else expression < last
        same = and_(expression == last, otherwise)
        return or_(self.rank > rank, and_(self.rank == rank, or_(beyond, same)))

    def accepts(self, value: Any) -> bool:
        """Whether a value of a position can be of this column."""
        if isinstance(self.value.expression.type, String):
            return isinstance(value, str)
        return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Ordering:
    """A selection with the columns that it is sorted by."""

    selection: Selection
    terms: tuple[Term, ...]

    def page(self, after: Position | None, limit: int | None) -> Select[Any]:
        """Ids and what a position needs, in order; behind a position of `resolve`."""
        columns = [part for term in self.terms for part in (term.rank, term.value.expression)]
        statement = self.selection.of(SqlRun.run_uuid, _START, *columns)
        if after is not None:
            statement = statement.where(self._behind(after))
        by: list[ColumnElement[Any]] = []
        for term in self.terms:
            expression = term.value.expression
            by += [term.rank, expression if term.ascending else expression.desc()]
        return statement.order_by(*by, _START.desc(), SqlRun.run_uuid).limit(limit)

    def _behind(self, after: Position) -> ColumnElement[bool]:
        *values, start, run_id = after
        found = or_(start > _START, and_(start == _START, SqlRun.run_uuid > run_id))
        for term, (rank, value) in reversed(list(zip(self.terms, values, strict=True))):
            found = term.behind(rank, value, found)
        return found

    def position(self, row: Row[Any]) -> Position:
        """The position of a row of `page`."""
        run_id, start, *rest = tuple(row)
        pairs = []
        for rank, value in zip(rest[::2], rest[1::2], strict=True):
            long = isinstance(value, str) and len(value) > LONGEST_TEXT
            pairs.append([rank, None if long or rank != HAS_VALUE else value])
        return [*pairs, start, run_id]

    def resolve(
        self, connection: Connection, workspaces: Sequence[str], sent: Position
    ) -> Position:
        """A position as it was sent, checked, with its long texts.

        Raises ReadingError 400 "after" if it is none of this order, or its run is gone.
        """
        if not self._fits(sent):
            raise foreign_position()
        if not any(rank == HAS_VALUE and value is None for rank, value in sent[:-2]):
            return sent
        # Deleted or not: only its place counts.
        everything = select_by_id(connection, workspaces)
        there = replace(self.selection, conditions=everything.conditions).among([sent[-1]])
        columns: list[ColumnElement[Any]] = []
        for term, (rank, value) in zip(self.terms, sent[:-2], strict=True):
            lost = rank == HAS_VALUE and value is None
            columns += [literal(rank), term.value.expression if lost else literal(value)]
        row = connection.execute(there.of(SqlRun.run_uuid, literal(0), *columns)).first()
        if row is None:
            raise foreign_position()
        pairs = [list(pair) for pair in zip(row[2::2], row[3::2], strict=True)]
        if any(rank == HAS_VALUE and value is None for rank, value in pairs):
            raise foreign_position()
        return [*pairs, *sent[-2:]]

    def _fits(self, sent: Position) -> bool:
        if len(sent) != len(self.terms) + 2:
            return False
        *pairs, start, run_id = sent
        return (
            type(start) is int
            and -(2**63) <= start < 2**63
            and isinstance(run_id, str)
            and "\0" not in run_id
            and all(_fits(term, pair) for term, pair in zip(self.terms, pairs, strict=True))
        )


def _fits(term: Term, pair: Any) -> bool:
    if not (isinstance(pair, list) and len(pair) == 2 and type(pair[0]) is int):
        return False
    rank, value = pair
    if rank not in (HAS_VALUE, 1, 2):
        return False
    if value is None:
        return rank != HAS_VALUE or isinstance(term.value.expression.type, String)
    if isinstance(value, str):
        return "\0" not in value and term.accepts(value)
    return term.accepts(value) and math.isfinite(value)


def order_runs(selection: Selection, order: Sequence[Order]) -> Ordering:
    """The order of a question, for ties the newest first and then by id, as MLflow has it.

    Raises ReadingError 400 "column" for an unknown column, "order" for one that is named twice.
    """
    columns = [read_column(one.by) for one in order]
    if len(set(columns)) < len(columns):
        raise ReadingError(400, "order", "A column can stand in the order only once.")
    terms = []
    for column, one in zip(columns, order, strict=True):
        selection, value = selection.with_value(column)
        terms.append(Term(_sortable(column, value, selection.dialect), one.ascending))
    return Ordering(selection, tuple(terms))


def _sortable(column: Column, value: Value, dialect: str) -> Value:
    """What a column is sorted by: in MySQL the beginning of a long text.

    MySQL sorts by the first 1,024 bytes (max_sort_length) and compares the whole: with the whole,
    what stands behind a position would not be what is sorted behind it.
    """
    if column.kind not in ("params", "tags") or dialect not in ("mysql", "mariadb"):
        return value
    return Value(func.left(value.expression, LONGEST_TEXT, type_=String()))
