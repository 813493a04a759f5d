"""Links of traces to runs that wait until their trace is there.

A client exports its traces in the background and may link one before MLflow has it. With workspaces
MLflow answers 200 to that and stores nothing, so the link would be lost. It waits here, durably,
for whatever process takes the trace in.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ..errors import TooOften
from ..models import TraceLink, now

# What MLflow's columns hold: a longer id can never be one.
LONGEST_RUN, LONGEST_TRACE = 32, 50
# How many links of a project may wait, and how long: a client that died exports nothing any more.
MOST = 10_000
WAITS = timedelta(days=1)

Link = tuple[str, str]


def put(session: Session, project_id: int, links: Collection[Link]) -> None:
    """Let links (run id, trace id) wait, each once; raises TooOften when too many wait."""
    of_project = TraceLink.project_id == project_id
    session.execute(delete(TraceLink).where(of_project, TraceLink.created_at < now() - WAITS))
    waiting = session.scalar(select(func.count()).select_from(TraceLink).where(of_project)) or 0
    if waiting + len(links) > MOST:
        raise TooOften(
            f"{MOST} traces of this project are linked to runs already and have not arrived. "
            "Link a trace once it is exported."
        )
    for run_id, trace_id in links:
        session.merge(TraceLink(project_id=project_id, run_id=run_id, trace_id=trace_id))


def waiting(session: Session, project_id: int) -> list[Link]:
    """The links of a project that wait, those of one run beside each other."""
    wanted = select(TraceLink.run_id, TraceLink.trace_id).where(TraceLink.project_id == project_id)
    return [(row[0], row[1]) for row in session.execute(wanted.order_by(TraceLink.run_id))]


def drop(session: Session, project_id: int, links: Collection[Link]) -> None:
    """The links are made, or never will be."""
    for run_id, trace_id in links:
        session.execute(
            delete(TraceLink).where(
                TraceLink.project_id == project_id,
                TraceLink.run_id == run_id,
                TraceLink.trace_id == trace_id,
            )
        )
