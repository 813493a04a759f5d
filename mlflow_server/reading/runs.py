"""Runs by a question: a page in order with the total, or all of them in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa
from sqlalchemy import Connection, func, literal, select

from mlflow_server.reading.order import order_runs
from mlflow_server.reading.questions import (
    MOST_CELLS,
    Column,
    RunsQuestion,
    decode_position,
    encode_position,
    read_columns,
)
from mlflow_server.reading.rows import Check, RowReader, read_baseline
from mlflow_server.reading.selection import (
    Selection,
    require_known_names,
    select_by_id,
    select_runs,
)

# Totals are counted up to this.
MOST_COUNTED = 10_000
BATCH = 10_000

Open = Callable[[], AbstractContextManager[Connection]]
_Part = TypeVar("_Part")


@dataclass
class Table:
    """An answer: a schema and its batches, the total and where the next page begins."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    total: str
    following: str | None = field(default=None)


def read_page(question: RunsQuestion, open_: Open, check: Check) -> Table:
    """One page of runs. Raises ReadingError 400."""
    columns = read_columns(question.columns or ())
    with open_() as connection:
        selection = select_runs(connection, question)
        ordering = order_runs(selection, question.order)
        after = None
        if question.after is not None:
            sent = decode_position(question.after)
            after = ordering.resolve(connection, question.workspaces, sent)
        rows = connection.execute(ordering.page(after, question.limit + 1)).all()
        more = len(rows) > question.limit
        rows = rows[: question.limit]
        whole = after is None and not more
        total = len(rows) if whole else count_runs(connection, selection)
        if not total:
            require_known_names(connection, question)
        everything = select_by_id(connection, question.workspaces)
        reader = _reader(connection, everything, question, columns)
        batch = reader.read(connection, everything, [str(row[0]) for row in rows], check)
    following = encode_position(ordering.position(rows[-1])) if more else None
    return Table(batch.schema, iter([batch]), tell_total(total), following)


def _batch(question: RunsQuestion) -> int:
    """How many runs of all are held at a time: fewer of those with many columns."""
    return max(1, min(BATCH, MOST_CELLS // max(1, len(question.columns or ()))))


def read_all(question: RunsQuestion, open_: Open, check: Check) -> Table:
    """All runs of the question, as they are when it is asked, in batches of BATCH.

    The ids are read once, in order, and kept; what belongs to them is read batch by batch, each in
    a transaction of its own with a deadline of its own, so that none is held while somebody reads
    slowly. Raises ReadingError 400.
    """
    columns = read_columns(question.columns or ())
    with open_() as connection:
        selection = select_runs(connection, question)
        statement = order_runs(selection, question.order).page(None, None)
        streamed = connection.execution_options(stream_results=True)
        with streamed.execute(statement) as found:
            parts = _parts(found.partitions(_batch(question)), check)
            # As Arrow: a text of 32 characters takes 36 bytes so, and 81 as a Python object.
            ids = [pa.array([row[0] for row in part], pa.string()) for part in parts]
        total = sum(map(len, ids))
        if not total:
            require_known_names(connection, question)
        everything = select_by_id(connection, question.workspaces)
        reader = _reader(connection, everything, question, columns)
        first = reader.read(connection, everything, ids[0].to_pylist() if ids else [], check)

    def batches() -> Iterator[pa.RecordBatch]:
        yield first
        for part in ids[1:]:
            with open_() as connection:
                batch = reader.read(connection, everything, part.to_pylist(), check)
            yield batch

    return Table(first.schema, batches(), tell_total(total))


def count_runs(connection: Connection, selection: Selection) -> int:
    """How many runs there are; one more than MOST_COUNTED stands for every larger number."""
    some = selection.of(literal(1).label("one")).limit(MOST_COUNTED + 1).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def tell_total(total: int) -> str:
    """A number as the header has it."""
    return str(total) if total <= MOST_COUNTED else f"{MOST_COUNTED}+"


def _reader(
    connection: Connection, everything: Selection, question: RunsQuestion, columns: list[Column]
) -> RowReader:
    if question.baseline is None:
        return RowReader(columns)
    return RowReader(columns, read_baseline(connection, everything, question.baseline, columns))


def _parts(parts: Iterator[_Part], check: Check) -> Iterator[_Part]:
    for part in parts:
        check()
        yield part
