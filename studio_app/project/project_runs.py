"""The runs that a project is looked at for: those that run, failed since yesterday, or are best."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from studio_app.api.client import Client
from studio_app.runs import my_runs, tracking
from studio_app.runs.run_frames import GOING
from studio_app.runs.table import run_grid
from studio_app.runs.table.run_columns import RunColumns

MOST = 8
BEST = 5


@dataclass(frozen=True)
class Attention:
    """The newest runs that run, and that failed since yesterday; at most MOST of both together."""

    running: pa.Table
    failed: pa.Table


def attention(client: Client, slug: str) -> Attention:
    """What runs and what failed in a project, whoever logged it. Raises ApiError."""
    found = tracking.query_runs(
        client,
        slug,
        [],
        filter_text=my_runs.attention(None),
        order=[{"by": "attributes.start_time", "ascending": False}],
        columns=["user"],
        limit=MOST,
    ).table
    going = pc.is_in(found["status"], pa.array(GOING))
    return Attention(found.filter(going), found.filter(pc.invert(going)))


def metrics(known: RunColumns) -> list[str]:
    """The metrics that runs can be best by, the commonest first; none of the machine's load."""
    own = [
        name.removeprefix("metrics.")
        for name in known.families["metrics"]
        if not name.startswith("metrics.system/")
    ]
    return sorted(own, key=lambda name: -known.had[f"metrics.{name}"])


def best(client: Client, slug: str, metric: str, *, lower: bool) -> pa.Table:
    """The BEST runs of a project by a metric; runs without a finite value are none of them.

    Raises ApiError.
    """
    column = f"metrics.{metric}"
    found = tracking.query_runs(
        client,
        slug,
        [],
        order=[{"by": column, "ascending": lower}],
        columns=[column, "user"],
        limit=BEST,
    ).table
    # Who has no value, or NaN, comes last both ways (docs/reference/reading.md).
    return found.filter(pc.fill_null(pc.is_finite(found[column]), fill_value=False))


def people(runs: pa.Table) -> Sequence[str]:
    """Who logged each of these runs, as the table of runs says it; empty where nobody is known."""
    return [str(name or "") for name in run_grid.frame(runs)["user"].to_pylist()]
