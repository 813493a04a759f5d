"""Runs that a person looks for first: their own that run, and those that failed since yesterday."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from studio_app.api.client import Client
from studio_app.models.registry import quoted
from studio_app.runs import tracking
from studio_app.runs.run_frames import USER

_FAILED_SINCE = timedelta(hours=24)
# MLflow's clients that were killed leave their runs as running for ever.
_RUNNING_SINCE = timedelta(days=14)
MOST = 8


def attention(username: str | None, now: datetime | None = None) -> str:
    """The filter for runs that run now or failed within a day: a person's, or with None all."""
    moment = now or datetime.now(UTC)
    failed, running = moment - _FAILED_SINCE, moment - _RUNNING_SINCE
    mine = "" if username is None else f"tags.`{USER}` = {quoted(username)} AND "
    return (
        f"{mine}("
        f"(status IN ('RUNNING', 'SCHEDULED') AND start_time > {_milliseconds(running)}) OR "
        f"(status IN ('FAILED', 'KILLED') AND start_time > {_milliseconds(failed)}))"
    )


def read(client: Client, username: str) -> pa.Table:
    """The newest of these runs over all the person's projects, at most `MOST`."""
    order = [{"by": "attributes.start_time", "ascending": False}]
    found = tracking.query_runs(
        client, "", [], filter_text=attention(username), order=order, columns=[], limit=MOST
    )
    return found.table


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
