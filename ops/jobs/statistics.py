"""The statistics of MLflow's database: renewed on SQLite, looked at on a server.

PostgreSQL (autovacuum) and MySQL (innodb_stats_auto_recalc) renew them after a tenth has changed,
unless somebody has switched that off.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from mlflow_server import statistics
from ops.backup.errors import BackupError
from ops.backup.tables.snapshot import engine_of, reason
from ops.checkpoints import Checkpoint
from ops.jobs.context import Context

# Tables of so many rows of which half have changed since, far beyond what their servers wait for.
ROWS = 10_000
STALE = {
    "postgresql": (
        "SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema() "
        "AND n_live_tup > :rows AND (n_mod_since_analyze > n_live_tup / 2 "
        "OR coalesce(last_analyze, last_autoanalyze) IS NULL) ORDER BY relname"
    ),
    "mysql": (
        "SELECT t.table_name FROM information_schema.tables t JOIN mysql.innodb_table_stats s "
        "ON s.database_name = t.table_schema AND s.table_name = t.table_name "
        "WHERE t.table_schema = database() AND t.table_rows > :rows "
        "AND t.table_rows > s.n_rows * 2 ORDER BY t.table_name"
    ),
}


class Statistics:
    """Remembers how large the tables were at the last renewal, for as long as the process lives.

    What a process has not seen it renews: that takes some hundredths of a second.
    """

    def __init__(self) -> None:
        self._sizes: dict[Path, dict[str, int]] = {}

    def __call__(self, context: Context, checkpoint: Checkpoint) -> str:
        """Renew them if a table has grown by a tenth; on a server, see whether it does so itself.

        Raises BackupError if they cannot be renewed, or are stale: `studio doctor` tells.
        """
        file = statistics.file_of(context.places.mlflow)
        if file is None:
            return _look(context.places.mlflow)
        try:
            now = statistics.sizes(file)
            grown = statistics.grown(self._sizes.get(file, {}), now)
            if file in self._sizes and not grown:
                return "No table has grown by a tenth."
            checkpoint()
            statistics.refresh(file)
        except (statistics.Busy, sqlite3.Error) as error:
            raise BackupError(f"The statistics of {file.name} are as they were. {error}") from error
        self._sizes[file] = now
        return f"Renewed: {', '.join(grown) or 'nothing'} had grown."


def stale_tables(url: URL) -> list[str]:
    """The large tables of a server whose statistics are of another time. Raises SQLAlchemyError."""
    kind = "postgresql" if url.get_backend_name() == "postgresql" else "mysql"
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            return [str(name) for (name,) in connection.execute(text(STALE[kind]), {"rows": ROWS})]
    finally:
        engine.dispose()


def _look(url: URL) -> str:
    try:
        stale = stale_tables(url)
    except SQLAlchemyError as error:
        # MySQL shows its own tables only to whom its administrator lets.
        return f"Whether the statistics are stale cannot be seen: {reason(error)}"
    if stale:
        raise BackupError(
            f"The statistics of {', '.join(stale)} are stale: MLflow's database does not renew "
            "them by itself. Run ANALYZE (MySQL: ANALYZE TABLE), and look at autovacuum or "
            "innodb_stats_auto_recalc."
        )
    return "MLflow's database keeps its statistics fresh by itself."
