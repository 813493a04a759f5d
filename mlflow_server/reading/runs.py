"""Runs by a question: a page in order with the total, or all of them in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
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
from mlflow_server.reading.session import Open, fetch_parts, run_beside

# Totals are counted up to this.
MOST_COUNTED = 10_000
BATCH = 10_000
FIRST_BATCH = 1000
QUICK_SECONDS = 1.0

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
        with _counting(connection, selection, open_) as count:
            ordering = order_runs(selection, question.order)
            after = None
            if question.after is not None:
                sent = decode_position(question.after)
                after = ordering.resolve(connection, question.workspaces, sent)
            rows = connection.execute(ordering.page(after, question.limit + 1)).all()
            more = len(rows) > question.limit
            rows = rows[: question.limit]
            everything = select_by_id(connection, question.workspaces)
            reader = _reader(connection, everything, question, columns)
            batch = reader.read(connection, everything, [str(row[0]) for row in rows], check)
            whole = after is None and not more
            # What is counted beside may have lost runs meanwhile that the page still has.
            total = len(rows) if whole else max(count(), len(rows))
        if not total:
            require_known_names(connection, question)
    following = encode_position(ordering.position(rows[-1])) if more else None
    return Table(batch.schema, iter([batch]), tell_total(total), following)


@contextmanager
def _counting(
    connection: Connection, selection: Selection, open_: Open
) -> Iterator[Callable[[], int]]:
    """How many runs there are: a call that waits for the number.

    In SQLite, which uses one processor for a statement and goes through all runs for each, they are
    counted on a connection beside while the page is read.
    """
    if selection.dialect != "sqlite":
        yield partial(count_runs, connection, selection)
        return

    def count() -> int:
        with open_() as other:
            return count_runs(other, selection)

    with run_beside(count) as wait:
        yield wait


def read_all(question: RunsQuestion, open_: Open, check: Check) -> Table:
    """All runs of the question, as they are when it is asked, in batches of at most BATCH.

    The ids are read once, in order, and kept; what belongs to them is read batch by batch, each in
    a transaction of its own with a deadline of its own, so that none is held while somebody reads
    slowly. The first batch is small, and the next ones grow while they are read within
    QUICK_SECONDS: on a server that is slow, or cold, no batch comes near the deadline.
    Raises ReadingError 400.
    """
    columns = read_columns(question.columns or ())
    # Fewer of those with many columns are held at a time.
    most = max(1, min(BATCH, MOST_CELLS // max(1, len(columns))))
    with open_() as connection:
        selection = select_runs(connection, question)
        statement = order_runs(selection, question.order).page(None, None)
        # As Arrow: a text of 32 characters takes 36 bytes so, and 81 as a Python object.
        ids = pa.chunked_array(
            [
                pa.array([row[0] for row in part], pa.string())
                for part in _checked(fetch_parts(connection, statement, BATCH), check)
            ],
            pa.string(),
        )
        if not len(ids):
            require_known_names(connection, question)
        everything = select_by_id(connection, question.workspaces)
        reader = _reader(connection, everything, question, columns)
        size = min(FIRST_BATCH, most)
        started = time.monotonic()
        first = reader.read(connection, everything, ids[:size].to_pylist(), check)

    def batches() -> Iterator[pa.RecordBatch]:
        yield first
        at, rows, took = size, size, time.monotonic() - started
        while at < len(ids):
            rows = min(rows * 2, most) if took < QUICK_SECONDS else rows
            start = time.monotonic()
            with open_() as connection:
                part = ids[at : at + rows].to_pylist()
                batch = reader.read(connection, everything, part, check)
            at, took = at + rows, time.monotonic() - start
            yield batch

    return Table(first.schema, batches(), tell_total(len(ids)))


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


def _checked(parts: Iterator[_Part], check: Check) -> Iterator[_Part]:
    for part in parts:
        check()
        yield part
