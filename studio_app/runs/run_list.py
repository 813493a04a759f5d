"""The runs of one experiment as somebody asked for them, page by page."""

from dataclasses import dataclass, replace

import pandas as pd

from studio_app.api.client import ApiError, Client
from studio_app.runs import run_table, tracking

# How many runs are shown: the first so many, then more and more.
STEPS = (100, 300, 1_000, 3_000, 10_000)

# The reading room gives no larger pages.
_LARGEST_PAGE = 10_000


@dataclass(frozen=True)
class Asked:
    """Which runs, and in which order; `nested` has children stand under their parents."""

    project: str
    experiment_id: str
    filter: str
    view: str
    sort: str
    nested: bool


@dataclass(frozen=True)
class Listing:
    """The runs that were read.

    `rows` are they in the order that was asked for, `frame` as they are drawn. `total` is how many
    there are, a text that ends in `+` where there are more than it says. `columns` were read.
    """

    rows: pd.DataFrame
    frame: pd.DataFrame
    total: str
    token: str
    columns: frozenset[str]

    def answers(self, columns: list[str], limit: int) -> bool:
        """Whether it has these columns of so many runs."""
        return set(columns) <= self.columns and (len(self.rows) >= limit or not self.token)


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
    begun = Listing(page.frame, page.frame, page.total, page.token, frozenset(columns))
    return _continued(client, asked, begun, limit)


def _continued(client: Client, asked: Asked, found: Listing, limit: int) -> Listing:
    while found.token and len(found.rows) < limit:
        wanted = limit - len(found.rows)
        page = _page(client, asked, found.columns, wanted, found.token)
        # A run that was changed meanwhile may come a second time.
        rows = pd.concat([found.rows, page.frame], ignore_index=True)
        rows = rows.drop_duplicates("run_id", ignore_index=True)
        found = replace(found, rows=rows, total=page.total, token=page.token)
    return replace(found, frame=_nested(client, asked, found) if asked.nested else found.rows)


def _page(
    client: Client, asked: Asked, columns: frozenset[str], limit: int, token: str
) -> tracking.RunPage:
    return tracking.search_runs(
        client,
        asked.project,
        [asked.experiment_id],
        filter_text=asked.filter,
        order=run_table.order(asked.sort),
        columns=sorted(columns),
        limit=min(limit, _LARGEST_PAGE),
        view=asked.view,
        page_token=token,
    )


def _nested(client: Client, asked: Asked, found: Listing) -> pd.DataFrame:
    """The rows with children under their parents, which are read if they are missing."""
    frame = found.rows
    missing = sorted(set(frame["parent"]) - set(frame["run_id"]) - {""})
    if missing and not asked.filter:
        parents = tracking.runs_by_id(
            client,
            asked.project,
            asked.experiment_id,
            missing,
            columns=sorted(found.columns),
            view=asked.view,
        )
        frame = pd.concat([frame, parents], ignore_index=True)
        frame = frame.sort_values("start", ascending=False, kind="stable", ignore_index=True)
    return run_table.nested(frame)
