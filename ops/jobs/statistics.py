"""The scheduled renewal of the statistics of MLflow's SQLite file, once its tables have grown."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mlflow_server import statistics
from ops.backup.errors import BackupError
from ops.checkpoints import Checkpoint
from ops.jobs.context import Context


class Statistics:
    """Remembers how large the tables were at the last renewal, for as long as the process lives.

    What a process has not seen it renews: that takes some hundredths of a second.
    """

    def __init__(self) -> None:
        self._sizes: dict[Path, dict[str, int]] = {}

    def __call__(self, context: Context, checkpoint: Checkpoint) -> str:
        """Renew them if a table has grown by a tenth. Raises BackupError if that cannot be."""
        file = statistics.file_of(context.places.mlflow)
        if file is None:
            return "MLflow's database keeps its statistics by itself."
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
