"""Statistics are renewed when a SQLite file has grown, and stale ones of a server are told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from databases import drop_database, needed_database
from installations import empty
from ops.backup.errors import BackupError
from ops.checkpoints import always
from ops.jobs.context import Context, opened
from ops.jobs.settings import Settings
from ops.jobs.statistics import Statistics, stale_tables
from processes import SECRET_KEY
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.access.installation import jobs
from uac_api.access.models import Job
from uac_api.doctor.jobs import examine
from uac_api.migrations import upgrade


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """What the job works with, and a file in MLflow's place."""
    here = empty(tmp_path / "installation")
    for name, value in here.environment.items():
        monkeypatch.setenv(name, value)
    with opened(Settings()) as made:
        yield made


def insert(context: Context, number: int) -> None:
    with closing(sqlite3.connect(str(context.places.mlflow.database))) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY)")
        rows = [[str(one)] for one in range(number)]
        connection.executemany("INSERT OR IGNORE INTO runs VALUES (?)", rows)
        connection.commit()


def test_statistics_are_renewed_once_a_table_has_grown_by_a_tenth(context: Context) -> None:
    insert(context, 1000)
    job = Statistics()
    assert job(context, always) == "Renewed: runs had grown."
    insert(context, 1099)
    assert job(context, always) == "No table has grown by a tenth."
    insert(context, 1200)
    assert job(context, always) == "Renewed: runs had grown."
    # A process that has seen nothing renews them: nobody else remembers.
    assert Statistics()(context, always).startswith("Renewed")


def test_a_file_that_is_none_of_sqlites_is_told(context: Context) -> None:
    Path(str(context.places.mlflow.database)).write_text("no database at all, and longer than that")
    with pytest.raises(BackupError, match="are as they were"):
        Statistics()(context, always)


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_stale_statistics_of_a_server_are_told(context: Context, tmp_path: Path, kind: str) -> None:
    address = needed_database(kind, tmp_path)
    url = make_url(address)
    there = replace(context, places=context.places.model_copy(update={"mlflow": url}))
    options = {"mysql": "STATS_AUTO_RECALC=0", "postgresql": "WITH (autovacuum_enabled = false)"}
    fill = {
        "mysql": "INSERT INTO runs SELECT seq FROM seq_1_to_30000",
        "postgresql": "INSERT INTO runs SELECT generate_series(1, 30000)",
    }
    analyze = {"mysql": "ANALYZE TABLE runs", "postgresql": "ANALYZE runs"}
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE TABLE runs (id INT PRIMARY KEY) {options[kind]}"))
        assert stale_tables(url) == []
        connection.execute(text(fill[kind]))
        if kind == "postgresql":
            connection.execute(text("SELECT pg_stat_force_next_flush()"))
        with pytest.raises(BackupError, match=r"statistics of runs are stale.*ANALYZE"):
            Statistics()(there, always)
        connection.execute(text(analyze[kind]))
        if kind == "postgresql":
            connection.execute(text("SELECT pg_stat_force_next_flush()"))
        assert "fresh" in Statistics()(there, always)
    engine.dispose()
    drop_database(address)


def test_the_doctor_tells_what_a_job_has_found(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/uac.db")) as database:
        upgrade(database)
        marks = Signer(SECRET_KEY)
        assert list(examine(database, marks)) == []
        failed = Job(name="statistics", outcome=jobs.FAILED, detail="Those of runs are stale.")
        database.write(lambda session: session.add(failed))
        # The other one is that no process does the jobs.
        (_, found) = examine(database, marks)
    assert found.message == "The job statistics failed: Those of runs are stale."
    assert found.fix.endswith("python -m ops.jobs now statistics")
