"""Each migration down and up again, over a row in every table: what stays is what was there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Integer, MetaData, Table, insert, select
from sqlalchemy.types import TypeEngine

from databases import KINDS, drop_database, needed_database
from uac_api.access.database import Database
from uac_api.access.models import Base, Moment
from uac_api.migrations import downgrade, upgrade

Rows = dict[str, list[dict[str, Any]]]
STEPS = ("0003", "0002", "0001")
AT = datetime(2026, 1, 31, 9, 15, 30, 123456)


@pytest.fixture(params=KINDS)
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind with one row in every table."""
    url = needed_database(request.param, tmp_path)
    database = Database(url)
    upgrade(database)
    with database.connection() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(insert(table).values(**row_of(table)))
    yield database
    database.close()
    drop_database(url)


def row_of(table: Table) -> dict[str, Any]:
    """Something in every column; every number is 1, so that the rows refer to each other."""
    return {column.name: value_of(column.type, column.name) for column in table.columns}


def value_of(kind: TypeEngine[Any], name: str) -> object:
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer | BigInteger):
        return 1
    if isinstance(kind, Moment):
        return AT.astimezone()
    return f"é{name}"[: getattr(kind, "length", None) or 99]


def rows_of(database: Database) -> Rows:
    """What all tables hold, by the columns that are there now."""
    there = MetaData()
    with database.connection() as connection:
        there.reflect(connection)
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in there.sorted_tables
            if table.name != "alembic_version"
        }


def shared(rows: Rows, others: Rows) -> Rows:
    """The tables and columns of `rows` that `others` have too."""
    return {
        name: [{key: row[key] for key in row if key in others[name][0]} for row in found]
        for name, found in rows.items()
        if others.get(name)
    }


def test_what_both_versions_know_survives_each_step_down_and_up(full: Database) -> None:
    before = rows_of(full)
    assert [name for name, found in before.items() if len(found) != 1] == []
    for step in STEPS:
        downgrade(full, step)
        lower = rows_of(full)
        assert set(lower) < set(before)
        assert lower == shared(before, lower)
        upgrade(full)
        higher = rows_of(full)
        assert shared(higher, lower) == lower
        downgrade(full, step)
        assert rows_of(full) == lower
        before = lower
