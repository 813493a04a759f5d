"""Tables of runs, their columns, and curves of metrics, over all my projects."""

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from studio_app.api.base import Calls, Json
from studio_app.api.transport import Arrow


@dataclass(frozen=True)
class RunPage:
    """Rows of runs or of groups; `total` is how many there are, `10000+` for more than that."""

    table: pa.Table
    total: str
    next_page_token: str


class TableCalls(Calls, Protocol):
    """Somebody who can ask the API for tables, too."""

    def table(self, path: str, question: Json) -> Arrow:
        """The table in the answer of a path below /studio/v1/, and its headers."""


class RunCalls(TableCalls):
    """Calls for many runs at once. A question has the fields of docs/reference/reading.md."""

    def query_runs(self, question: Json) -> RunPage:
        """One page of runs, or of groups of runs; with `all` every row."""
        found = self.table("runs/query", question)
        return RunPage(
            table=found.table,
            total=found.headers.get("X-Total-Count", ""),
            next_page_token=found.headers.get("X-Next-Page-Token", ""),
        )

    def run_columns(self, question: Json) -> Json:
        """What the runs have: `runs`, `sampled`, `looked_at`, `columns`."""
        return self.people("POST", "runs/columns", body=question)

    def metric_curves(self, question: Json) -> pa.Table:
        """The points of curves: `run_id`, `metric`, `x`, `last`, `min`, `max`, `count`."""
        return self.table("metrics/curves", question).table
