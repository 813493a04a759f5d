"""Whether a database holds exactly the rows of a backup, and which rows not.

Rows come in another order from another kind of database, and may be too many to remember. So the
rows of a table are summed up in some buckets by their key; only rows of a bucket whose sums differ
are looked at one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table

from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import DatabaseDump, Dump
from ops.backup.storage.stores import Store
from ops.backup.tables import lines
from ops.backup.tables.rows import cells, stored
from ops.backup.tables.snapshot import tables
from ops.backup.tables.values import comparable, varies

BUCKETS = 4096
SHOWN = 5
Row = list[Any]


class Print(NamedTuple):
    """A row in short."""

    key: str
    digest: int
    bucket: int


def differences(
    connection: Connection, kept: DatabaseDump, store: Store, seal: Seal
) -> Iterator[str]:
    """A sentence for every row that differs, a few of each table."""
    found = {table.name: table for table in tables(connection)}
    for dump in kept.tables:
        if dump.table not in found:
            yield f"The table {dump.table} is missing."
            continue
        yield from _of_table(connection, found[dump.table], dump, store, seal)


def _of_table(
    connection: Connection, table: Table, dump: Dump, store: Store, seal: Seal
) -> Iterator[str]:
    there = {column.name: place for place, column in enumerate(stored(table))}
    columns = [table.columns[name] for name in dump.columns]

    def backed_up() -> Iterator[Print]:
        return prints(lines.rows_of(store, seal, dump), columns)

    def restored() -> Iterator[Print]:
        rows = cells(connection, table)
        return prints(([row[there[name]] for name in dump.columns] for row in rows), columns)

    expected, rows = _sums(backed_up())
    actual, number = _sums(restored())
    if rows != number:
        yield f"{dump.table}: {number} rows, {rows} were backed up."
    unlike = {bucket for bucket in range(BUCKETS) if expected[bucket] != actual[bucket]}
    if not unlike:
        return
    old = {one.key: one.digest for one in backed_up() if one.bucket in unlike}
    new = {one.key: one.digest for one in restored() if one.bucket in unlike}
    said = [f"{dump.table}: the row {key} is missing." for key in old.keys() - new.keys()]
    said += [
        f"{dump.table}: the row {key} is not in the backup." for key in new.keys() - old.keys()
    ]
    said += [
        f"{dump.table}: the row {key} was changed."
        for key in old.keys() & new.keys()
        if old[key] != new[key]
    ]
    yield from sorted(said)[:SHOWN]
    if len(said) > SHOWN:
        yield f"{dump.table}: {len(said) - SHOWN} more rows differ."


def prints(rows: Iterable[Row], columns: list[Column[Any]]) -> Iterator[Print]:
    """Rows in short, in the form that these columns give them. The rows themselves are changed."""
    keys = [place for place, column in enumerate(columns) if column.primary_key]
    keys = keys or list(range(len(columns)))
    varying = [place for place, column in enumerate(columns) if varies(column)]
    for row in rows:
        for place in varying:
            row[place] = comparable(row[place], columns[place])
        key = ", ".join(f"{columns[place].name}={row[place]}" for place in keys)
        digest = blake2b(json.dumps(row).encode(), digest_size=16).digest()
        bucket = int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) % BUCKETS
        yield Print(key, int.from_bytes(digest), bucket)


def _sums(prints: Iterable[Print]) -> tuple[list[int], int]:
    sums, number = [0] * BUCKETS, 0
    for one in prints:
        sums[one.bucket] += one.digest
        number += 1
    return sums, number
