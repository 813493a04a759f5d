"""Runs in groups: statistics of each group, exact over all its runs, and the runs themselves."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from ml_studio.runs_table import STATISTICS
from studio_app.api.client import Client
from studio_app.models.registry import quoted
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_filter import joined, named
from studio_app.runs.table.run_list import Asked, Listing
from studio_app.runs.table.run_view import GROUPABLE

NOT_LOGGED = "not logged"

# The reading room summarizes no more metrics in one question.
MOST_METRICS = 20
# So many groups are unfolded at a time, each of them asked for by itself.
MOST_UNFOLDED = 50

# The attributes of a run in a frame of the table, where it is not called as in the view.
_FIELDS = {"experiment": "experiment_name"}


@dataclass(frozen=True)
class Groups:
    """The groups of the runs of a question, by the columns `by` of the table.

    `table` is the answer of the reading room, `values` are those of each of its rows and `ids` name
    them: the same values have the same id whenever they are read.
    """

    asked: Asked
    by: tuple[str, ...]
    metrics: tuple[str, ...]
    table: pa.Table
    values: tuple[tuple[str | None, ...], ...]
    ids: tuple[str, ...]
    version: str

    @property
    def runs(self) -> int:
        """How many runs are in all of the groups."""
        return int(pc.sum(self.table["count"]).as_py() or 0)

    def question(self, group_id: str) -> Asked | None:
        """Which runs are in a group; None where there is no such group."""
        if group_id not in self.ids:
            return None
        values = self.values[self.ids.index(group_id)]
        clauses = [
            f"{named(name)} IS NULL" if value is None else f"{named(name)} = {quoted(value)}"
            for name, value in zip(self.by, values, strict=True)
        ]
        return replace(self.asked, filter=joined(self.asked.filter, *clauses))


def groupable(known: RunColumns) -> list[str]:
    """The columns that runs can be grouped by; no filter can name a key with a backtick."""
    families = known.families
    logged = [*families["params"], *families["tags"]]
    return [*GROUPABLE, *(name for name in logged if "`" not in name)]


def read(client: Client, asked: Asked, by: Sequence[str], metrics: Sequence[str]) -> Groups:
    """Every group of the runs, with statistics of these metrics.

    Raises ApiError: 400 `group_by` where there are too many groups.
    """
    page = client.query_runs(
        {
            "projects": [asked.project],
            "experiments": asked.experiments or None,
            "filter": asked.filter,
            "view": asked.view,
            "group_by": [GROUPABLE.get(name, name) for name in by],
            "metrics": [name.removeprefix("metrics.") for name in metrics],
        }
    )
    columns = [page.table[GROUPABLE.get(name, name)].to_pylist() for name in by]
    values = tuple(zip(*columns, strict=True))
    ids = tuple(map(group_id, values))
    return Groups(asked, tuple(by), tuple(metrics), page.table, values, ids, secrets.token_hex(8))


def rows(groups: Groups, runs: Mapping[str, Listing]) -> pa.Table:
    """The groups as the table takes them, and behind them the runs of those that are unfolded."""
    table = groups.table
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "run_id": pa.array(groups.ids, pa.string()),
        "run_name": pa.array(
            [group_name(groups.by, values) for values in groups.values], pa.string()
        ),
        "parent_run_id": pa.nulls(table.num_rows, pa.string()),
        "count": table["count"].cast(pa.int32()),
    }
    columns |= {_FIELDS.get(name, name): table[GROUPABLE.get(name, name)] for name in groups.by}
    for name in groups.metrics:
        key = name.removeprefix("metrics.")
        columns[name] = table[f"{key}.mean"]
        for statistic in STATISTICS:
            values = table[f"{key}.{statistic}"]
            whole = statistic in {"count", "nan"}
            columns[f"{name}~{statistic}"] = values.cast(pa.int32()) if whole else values
    return pa.concat_tables([pa.table(columns), *_runs(runs.items())], promote_options="default")


def _runs(unfolded: Iterable[tuple[str, Listing]]) -> list[pa.Table]:
    found = []
    for group_id, listing in unfolded:
        table = listing.rows
        place = table.column_names.index("parent_run_id")
        parents = pa.array([group_id] * table.num_rows, pa.string())
        found.append(table.set_column(place, "parent_run_id", parents))
    return found


def group_name(by: Sequence[str], values: Sequence[str | None]) -> str:
    """A group in words: `lr = 0.1, optimizer not logged`."""
    labels = [name.partition(".")[2] or name for name in by]
    return ", ".join(
        f"{label} {NOT_LOGGED}" if value is None else f"{label} = {value}"
        for label, value in zip(labels, values, strict=True)
    )


def group_id(values: Sequence[str | None]) -> str:
    """The id of the group with these values."""
    return f"group-{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:24]}"
