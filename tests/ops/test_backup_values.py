"""Every kind of value goes through a backup and comes out the same, on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    create_engine,
    insert,
    null,
    select,
)
from sqlalchemy.dialects import mysql

from databases import KINDS, drop_database, needed_database
from ops.backup.errors import BackupError
from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import DatabaseDump
from ops.backup.storage.stores import Folder
from ops.backup.tables import rows
from ops.backup.tables.compare import differences
from ops.backup.tables.snapshot import Snapshot, tables

SEAL = Seal("")
metadata = MetaData()
# Referred to, so it must be filled first, although its name comes last.
parents = Table("z_parents", metadata, Column("name", String(50), primary_key=True))
things = Table(
    "things",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("parent", String(50), ForeignKey("z_parents.name")),
    Column("large", BigInteger),
    Column("words", Text),
    Column("single", Float),
    Column("double", Float(53)),
    Column("document", JSON(none_as_null=True)),
    Column("bytes", LargeBinary),
    Column("flag", Boolean),
    Column("day", Date),
    Column("moment", DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")),
    Column("amount", Numeric(12, 2)),
)
FULL: dict[str, Any] = {
    "id": 0,
    "parent": "Zoë",
    "large": 2**62,
    "words": "grüße\n\t\\ '\"; -- \u2028 😀",
    "single": 1 / 3,
    "double": 1.7976931348623157e308,
    "document": {"b": 1.5, "a": ["ü", None, True]},
    "bytes": bytes(range(256)),
    "flag": True,
    "day": date(2026, 2, 28),
    "moment": datetime(2026, 2, 28, 23, 59, 59, 999999),
    "amount": Decimal("1234567890.70"),
}
SINGLE_THIRD = 0.3333333432674408
EMPTY = dict.fromkeys(FULL) | {"id": 1, "flag": False, "words": "", "double": 5e-324}
JSON_NULL = EMPTY | {"id": 2, "document": JSON.NULL}


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Connection]:
    """An open transaction in a new database with both tables."""
    url = needed_database(kind, folder)
    engine = create_engine(url)
    metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()
    drop_database(url)


def fill(connection: Connection) -> None:
    """One row with everything, one with nothing, one with a null inside."""
    if connection.dialect.name == "mysql":
        connection.exec_driver_sql("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
    connection.execute(insert(parents), [{"name": "Zoë"}])
    for row in (FULL, EMPTY, JSON_NULL):
        values = {name: null() if value is None else value for name, value in row.items()}
        connection.execute(insert(things).values(values))


def dumped(connection: Connection, folder: Path) -> tuple[DatabaseDump, Folder]:
    """The database in a folder."""
    store = Folder(folder)
    seen = Snapshot(connection, tables(connection), "1")
    return rows.dump(seen, store, SEAL, "backups/x/uac"), store


@pytest.mark.filterwarnings("ignore:Dialect sqlite:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_every_value_survives_the_way_from_one_kind_to_another(
    tmp_path: Path, kind: str, other: str
) -> None:
    with database(kind, tmp_path) as source:
        fill(source)
        kept, store = dumped(source, tmp_path / "store")
    with database(other, tmp_path) as target:
        rows.load(target, kept, store, SEAL)
        assert list(differences(target, kept, store, SEAL)) == []
        found = target.execute(select(things).order_by(things.c.id)).mappings().all()
        singles = [row[4] for row in rows.cells(target, tables(target)[1])]
        nulls = target.exec_driver_sql("SELECT document FROM things ORDER BY id").scalars().all()
    assert {**found[0], "single": 1 / 3} == FULL
    # MySQL's FLOAT holds seven digits; all of what it holds arrives, not the six it shows.
    assert (SINGLE_THIRD if "mysql" in (kind, other) else 1 / 3) in singles
    assert {**found[1]} == EMPTY
    # A null inside a document is not the absence of a document.
    assert nulls[1] is None
    assert nulls[2] in ("null", None) if other == "postgresql" else nulls[2] == "null"


def test_what_the_other_kind_cannot_hold_is_refused_by_name(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as source:
        source.execute(insert(things), [{"id": 1, "double": float("nan")}])
        kept, store = dumped(source, tmp_path / "store")
        rows.load(source, kept, store, SEAL)
        assert list(differences(source, kept, store, SEAL)) == []
    with database("mysql", tmp_path) as target, pytest.raises(BackupError, match="things"):
        rows.load(target, kept, store, SEAL)
