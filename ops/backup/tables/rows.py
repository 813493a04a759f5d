"""Tables of a database to files of lines, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from ops.backup.errors import BackupError
from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import DatabaseDump, Dump
from ops.backup.storage.stores import Store
from ops.backup.tables import lines
from ops.backup.tables.snapshot import Snapshot, kind_of, reason, tables
from ops.backup.tables.values import PLAIN, decoded, encoded, fitted, reading, writing

AT_ONCE = 200
# A span or a prompt can be megabytes: so much text goes in one statement at most.
BATCH_CHARACTERS = 4 * 1024 * 1024


def stored(table: Table) -> list[Column[Any]]:
    """The columns that are written; those a database computes are left out."""
    return [column for column in table.columns if column.computed is None]


def dump(seen: Snapshot, store: Store, seal: Seal, folder: str) -> DatabaseDump:
    """Every table into a file."""
    found = []
    for table in seen.tables:
        kept = lines.keep(store, seal, f"{folder}/{table.name}", cells(seen.connection, table))
        columns = tuple(column.name for column in stored(table))
        found.append(Dump(table=table.name, columns=columns, **kept.model_dump()))
    return DatabaseDump(kind=seen.dialect, revision=seen.revision, tables=tuple(found))


def cells(
    connection: Connection, table: Table, chosen: ColumnElement[bool] | None = None
) -> Iterator[list[Any]]:
    """The rows of a table, or those chosen, as they come from the server, a few at a time."""
    dialect = kind_of(connection)
    statement = select(*(reading(column, dialect) for column in stored(table)))
    if chosen is not None:
        statement = statement.where(chosen)
    options = {"stream_results": True, "yield_per": AT_ONCE}
    with connection.execute(statement, execution_options=options) as result:
        for row in result:
            try:
                yield [value if type(value) in PLAIN else encoded(value) for value in row]
            except BackupError as error:
                raise BackupError(f"The table {table.name} holds {error}.") from None


def load(connection: Connection, kept: DatabaseDump, store: Store, seal: Seal) -> None:
    """Put every row into freshly migrated tables, in place of what the migrations put there."""
    dialect = kind_of(connection)
    if dialect == "mysql":
        # MLflow's first experiment has the id 0, which MySQL takes for "the next number".
        connection.execute(
            text("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
        )
    found = tables(connection)
    dumps = {dump.table: dump for dump in kept.tables}
    missing = sorted(dumps.keys() - {table.name for table in found})
    if missing:
        raise BackupError(f"The backup has tables that are not in the database: {missing}.")
    for table in reversed(found):
        connection.execute(delete(table))
    for table in found:
        if table.name in dumps:
            _fill(connection, table, dumps[table.name], store, seal)
    if dialect == "postgresql":
        _go_on_counting(connection, found)


def _fill(connection: Connection, table: Table, dump: Dump, store: Store, seal: Seal) -> None:
    columns = [table.columns[name] for name in dump.columns]
    for batch in batches(lines.rows_of(store, seal, dump)):
        put(connection, table, columns, batch)


def put(
    connection: Connection, table: Table, columns: list[Column[Any]], batch: list[list[Any]]
) -> None:
    """Insert rows that `cells` gave; raises BackupError with what the database says."""
    dialect = kind_of(connection)
    statement = insert(table).values({one.name: writing(one, dialect) for one in columns})
    try:
        connection.execute(
            statement,
            [
                {
                    one.key: fitted(decoded(cell), one)
                    for one, cell in zip(columns, row, strict=True)
                }
                for row in batch
            ],
        )
    except SQLAlchemyError as error:
        raise BackupError(
            f"The database does not take the rows of {table.name}: {reason(error)}"
        ) from error


def batches(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    """The rows in lists that are not too much for one statement."""
    held: list[list[Any]] = []
    size = 0
    for row in rows:
        held.append(row)
        size += sum(len(cell) for cell in row if isinstance(cell, str))
        if len(held) >= AT_ONCE or size >= BATCH_CHARACTERS:
            yield held
            held, size = [], 0
    if held:
        yield held


def _go_on_counting(connection: Connection, found: list[Table]) -> None:
    """Let PostgreSQL's counters go on after the largest id; the others do so by themselves."""
    for table in found:
        quoted = connection.dialect.identifier_preparer.format_table(table)
        for column in table.primary_key.columns:
            named = {"table": quoted, "column": column.name}
            sequence = connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"), named
            )
            if sequence is not None:
                highest = connection.scalar(select(func.max(column))) or 0
                connection.execute(
                    text("SELECT setval(:sequence, :next, false)"),
                    {"sequence": sequence, "next": highest + 1},
                )
