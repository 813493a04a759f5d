"""SQLite's statistics are made anew while MLflow runs, and MLflow plans by them at once."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from mlflow_server import statistics

# By the index of keys every row is read; by that of runs, few.
QUERY = "EXPLAIN QUERY PLAN SELECT * FROM metrics WHERE key = 'loss' AND run = 'r7'"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database in which one of two indexes is useless, as only statistics tell."""
    made = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE metrics (key TEXT, run TEXT, value REAL)")
        connection.execute("CREATE INDEX by_run ON metrics (run)")
        connection.execute("CREATE INDEX by_key ON metrics (key)")
        rows = [("loss", f"r{number}", 0.1) for number in range(3000)]
        connection.executemany("INSERT INTO metrics VALUES (?, ?, ?)", rows)
        connection.commit()
    return made


@pytest.fixture
def running(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that was open before, as those of a running MLflow are."""
    # Without a cache of statements, in which an EXPLAIN would stay as it was.
    connected = sqlite3.connect(file, isolation_level=None, cached_statements=0)
    with closing(connected) as connection:
        connection.execute("SELECT count(*) FROM metrics").fetchone()
        yield connection


def plan(connection: sqlite3.Connection) -> str:
    # EXPLAIN alone does not look whether the schema has changed, as every real statement does.
    connection.execute("SELECT 1 FROM metrics LIMIT 1").fetchone()
    return str(connection.execute(QUERY).fetchall())


def test_a_connection_that_is_open_already_plans_by_the_new_statistics(
    file: Path, running: sqlite3.Connection
) -> None:
    assert "by_key" in plan(running)
    statistics.refresh(file)
    assert "by_run" in plan(running)
    # And by newer ones, when the tables of statistics are there already.
    running.execute("UPDATE metrics SET run = 'r7', key = 'k' || rowid")
    assert "by_run" in plan(running)
    statistics.refresh(file)
    assert "by_key" in plan(running)


def test_whoever_writes_all_the_time_is_not_waited_for_without_end(
    file: Path, running: sqlite3.Connection
) -> None:
    running.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(statistics.Busy, match="busy"):
        statistics.refresh(file, wait=0.2)
    assert time.monotonic() - began < 5
    running.execute("ROLLBACK")


def test_what_takes_too_long_is_taken_back_and_the_old_statistics_stay(
    file: Path, running: sqlite3.Connection
) -> None:
    statistics.refresh(file)
    before = running.execute("SELECT * FROM sqlite_stat1").fetchall()
    with pytest.raises(statistics.Busy, match="longer than 0 seconds"):
        statistics.refresh(file, held=0.0)
    assert running.execute("SELECT * FROM sqlite_stat1").fetchall() == before
    running.execute("INSERT INTO metrics VALUES ('loss', 'r1', 0.2)")


def test_readers_go_on_while_statistics_are_made(file: Path) -> None:
    seen: list[int] = []
    over = threading.Event()

    def read() -> None:
        with closing(sqlite3.connect(file, timeout=0)) as connection:
            while not over.is_set():
                seen.append(connection.execute("SELECT count(*) FROM metrics").fetchone()[0])

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(10):
        statistics.refresh(file)
    over.set()
    reader.join()
    assert set(seen) == {3000}


def test_growth_by_a_tenth_is_told_and_less_is_not() -> None:
    before = {"runs": 1000, "tags": 5, "metrics": 0}
    assert statistics.grown(before, {"runs": 1100, "tags": 50, "metrics": 0}) == []
    assert statistics.grown(before, {"runs": 1101, "tags": 50, "metrics": 900}) == [
        "metrics",
        "runs",
    ]


def test_sizes_are_read_of_every_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE keyed (id TEXT PRIMARY KEY) WITHOUT ROWID")
    assert statistics.sizes(file) == {"metrics": 3000}


def test_missing_statistics_are_told_once_they_matter(file: Path) -> None:
    assert statistics.are_missing(file)
    statistics.refresh(file)
    assert not statistics.are_missing(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM sqlite_stat1")
        connection.commit()
        assert statistics.are_missing(file)
        connection.execute("DELETE FROM metrics")
        connection.commit()
    assert not statistics.are_missing(file)


def test_only_sqlite_has_a_file(tmp_path: Path) -> None:
    assert statistics.file_of(make_url("postgresql+psycopg://x@y/z")) is None
    assert statistics.file_of(make_url("mysql+pymysql://x@y/z")) is None
    assert statistics.file_of(make_url(f"sqlite:///{tmp_path}/none.db")) is None


def test_a_database_that_is_busy_is_no_reason_to_fail(
    file: Path, running: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statistics.refresh_safely(make_url(f"sqlite:///{file}")) == ""
    assert not statistics.are_missing(file)
    monkeypatch.setattr(statistics.refresh, "__kwdefaults__", {"wait": 0.1, "held": 1.0})
    running.execute("BEGIN IMMEDIATE")
    said = statistics.refresh_safely(make_url(f"sqlite:///{file}"))
    assert said.startswith("The statistics of mlflow.db are as they were. The database is busy")
    assert statistics.refresh_safely(make_url("mysql+pymysql://x@y/z")) == ""
