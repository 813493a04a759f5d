"""Runs of an experiment or of a project, as somebody asked for them, as one Arrow table."""

import secrets
from dataclasses import dataclass, replace

import pyarrow as pa

from studio_app.api.client import ApiError, Client
from studio_app.api.runs import RunPage
from studio_app.runs import tracking
from studio_app.runs.run_frames import LAST_LOGGED
from studio_app.runs.table import run_table

# How many runs are shown: the first so many, then more and more. Of more than the first step a
# table alone begins with FEW: who sorts many thousand wants to see the first of them, and those are
# read and drawn in a third of the time. Of fewer all are there, and the browser sorts them.
FEW = 250
STEPS = (1_000, 3_000, 10_000)

# The reading room gives no larger pages, and no more values in one.
_LARGEST_PAGE = 10_000
_MOST_VALUES = 2_000_000


@dataclass(frozen=True)
class Asked:
    """Which runs, and in which order; `nested` has children stand under their parents.

    Without an `experiment_id` those of all experiments of the project, without a `project` those of
    all of the person's. With `runs` only these.
    """

    project: str
    experiment_id: str
    filter: str
    view: str
    sort: str
    nested: bool
    runs: tuple[str, ...] = ()

    @property
    def experiments(self) -> list[str]:
        """The ids of the experiments; none for all."""
        return [self.experiment_id] if self.experiment_id else []

    @property
    def in_usual_order(self) -> "Asked":
        """The same runs, the newest first."""
        return replace(self, sort=run_table.NEWEST_FIRST, nested=True)


@dataclass(frozen=True)
class Listing:
    """The runs that were read, with the columns of the reading room.

    `rows` are they in the order that was asked for, `table` as it is drawn: with the parents of
    what is in it. `total` is how many there are, a text that ends in `+` where there are more than
    it says. `columns` were read; `version` names this reading.
    """

    rows: pa.Table
    table: pa.Table
    total: str
    token: str
    columns: frozenset[str]
    version: str = ""

    @property
    def whole(self) -> bool:
        """Whether every run is there, so that any order of them can be made without the API."""
        return not self.token

    @property
    def run_ids(self) -> list[str]:
        """The ids of what is drawn, in order."""
        return ids_of(self.table)

    def answers(self, columns: list[str], limit: int) -> bool:
        """Whether it has these columns of so many runs."""
        return set(columns) <= self.columns and (self.rows.num_rows >= limit or self.whole)


def first_step(runs: int, *, alone: bool) -> int:
    """How many of so many runs are read first; `alone` where no charts are drawn of them."""
    return FEW if alone and runs > STEPS[0] else STEPS[0]


def next_step(limit: int) -> int:
    """How many are read when more than `limit` are asked for."""
    return next((step for step in STEPS if step > limit), limit + STEPS[-1])


def ids_of(table: pa.Table) -> list[str]:
    """The ids of the runs in a table."""
    return [str(run_id) for run_id in table["run_id"].to_pylist()]


def read(
    client: Client, asked: Asked, columns: list[str], limit: int, so_far: Listing | None
) -> Listing:
    """The first `limit` runs with these columns; goes on after what was read `so_far`.

    Raises ApiError: 400 `filter` for a filter that cannot be read.
    """
    if so_far is not None and set(columns) <= so_far.columns:
        try:
            return _continued(client, asked, so_far, limit)
        except ApiError as error:
            # A token is good for a day.
            if error.reason != "page_token":
                raise
    page = _page(client, asked, frozenset(columns), limit, "")
    begun = Listing(page.table, page.table, page.total, page.next_page_token, frozenset(columns))
    return _continued(client, asked, begun, limit)


def _continued(client: Client, asked: Asked, found: Listing, limit: int) -> Listing:
    while found.token and found.rows.num_rows < limit:
        wanted = limit - found.rows.num_rows
        page = _page(client, asked, found.columns, wanted, found.token)
        # A run that was changed meanwhile may come a second time.
        seen = set(ids_of(found.rows))
        fresh = pa.array([run_id not in seen for run_id in ids_of(page.table)], pa.bool_())
        rows = pa.concat_tables([found.rows, page.table.filter(fresh)])
        found = replace(found, rows=rows, total=page.total, token=page.next_page_token)
    table = _with_parents(client, asked, found) if asked.nested else found.rows
    return replace(found, table=table, version=secrets.token_hex(8))


def _page(client: Client, asked: Asked, columns: frozenset[str], limit: int, token: str) -> RunPage:
    fits = _MOST_VALUES // (len(columns) + tracking.ROW_COLUMNS)
    return tracking.query_runs(
        client,
        asked.project,
        asked.experiments,
        run_ids=asked.runs or None,
        filter_text=asked.filter,
        order=run_table.order(asked.sort),
        # What goes on tells when it was heard of last.
        columns=[*sorted(columns), LAST_LOGGED],
        limit=min(limit, _LARGEST_PAGE, fits),
        view=asked.view,
        page_token=token,
    )


def _with_parents(client: Client, asked: Asked, found: Listing) -> pa.Table:
    """The rows and the parents that they lack, the newest first."""
    there = {*ids_of(found.rows), "", None}
    missing = sorted(set(found.rows["parent_run_id"].to_pylist()) - there)
    if not missing or asked.filter:
        return found.rows
    parents = tracking.query_runs(
        client,
        asked.project,
        asked.experiments,
        run_ids=missing[: tracking.MOST_NAMED],
        columns=[*sorted(found.columns), LAST_LOGGED],
        limit=tracking.MOST_NAMED,
        view=asked.view,
    ).table
    both = pa.concat_tables([found.rows, parents])
    return both.sort_by([("start_time", "descending")])
