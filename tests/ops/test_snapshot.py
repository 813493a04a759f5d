"""A snapshot sees one moment of a database, and keeps nobody from writing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from databases import KINDS, drop_database, needed_database
from ops.backup.errors import BackupError
from ops.backup.tables import rows
from ops.backup.tables.snapshot import snapshot


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = needed_database(request.param, tmp_path)
    made = create_engine(url)
    with made.begin() as connection:
        for statement in (
            "CREATE TABLE alembic_version (version_num VARCHAR(32))",
            "INSERT INTO alembic_version VALUES ('0007')",
            "CREATE TABLE first (id INTEGER)",
            "CREATE TABLE second (id INTEGER)",
            "INSERT INTO first VALUES (1)",
        ):
            connection.execute(text(statement))
        if made.dialect.name == "sqlite":
            # As both databases of ML Studio are kept.
            connection.execute(text("COMMIT"))
            connection.execute(text("PRAGMA journal_mode=WAL"))
    yield made
    made.dispose()
    drop_database(url)


def test_what_is_written_after_it_is_not_seen(engine: Engine) -> None:
    with snapshot(engine.url, "UAC") as seen:
        assert seen.revision == "0007"
        assert {table.name for table in seen.tables} == {"first", "second"}
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO first VALUES (2)"))
            connection.execute(text("INSERT INTO second VALUES (2)"))
        found = {table.name: list(rows.cells(seen.connection, table)) for table in seen.tables}
    assert found == {"first": [[1]], "second": []}
    with snapshot(engine.url, "UAC") as seen:
        assert sum(len(list(rows.cells(seen.connection, table))) for table in seen.tables) == 3


def test_a_database_without_migrations_is_nothing_to_back_up(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with (
        pytest.raises(BackupError, match="nothing to back up"),
        snapshot(engine.url, "UAC"),
    ):
        pass


def test_a_server_that_is_not_there_is_a_sentence_without_the_password() -> None:
    from sqlalchemy.engine import make_url

    url = make_url("postgresql+psycopg://uac:hunter2hunter2@127.0.0.1:1/uac")
    with (
        pytest.raises(BackupError, match="UAC database cannot be read") as caught,
        snapshot(url, "UAC"),
    ):
        pass
    assert "hunter2" not in str(caught.value)
