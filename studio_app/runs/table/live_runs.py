"""Runs that go on or begin while their table is open: read by and by, told to the table in place.

Nothing of the page is drawn again: the table gets what became of its running runs, and how many
runs began since it was read. Those come into it when the person asks for them, so that no row moves
under a pointer.
"""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from ml_studio.run_updates import News, run_updates
from studio_app import session
from studio_app.api.errors import ApiError, SignedOut
from studio_app.runs import kept, tracking
from studio_app.runs.table import run_grid, run_table
from studio_app.runs.table.run_list import Asked, Listing, ids_of
from studio_app.ui import formats, widgets

SECONDS = 10
# So many running runs are read again, and so many new ones are told apart.
_MOST_FOLLOWED = 200
_MOST_BEGUN = 99
_TAKEN_AWAY = (403, 404)
_GOING = ("RUNNING", "SCHEDULED")


@dataclass(frozen=True)
class _Watch:
    """What is known of a listing since it was read; `seen` are the runs that are not new."""

    of: str
    asked_at: float
    when: datetime
    rows: pa.Table
    running: tuple[str, ...]
    seen: frozenset[str] = field(default=frozenset())
    begun: int = 0


def follow(place: str, asked: Asked, listing: Listing, version: str) -> None:
    """Tells the table of a place, whose version this is, what became of its runs, now and then."""
    if asked.view == "deleted":
        return

    # The style of this key takes it out of sight (studio.css).
    with st.container(key="runs-live"):

        @st.fragment(run_every=SECONDS)
        def part() -> None:
            with widgets.answering():
                watch = _watch(place, asked, listing)
                run_updates(watch.rows, key=f"runs-updates-{place}", news=_news(watch, version))

        part()


def _watch(place: str, asked: Asked, listing: Listing) -> _Watch:
    """What is known by now: read again where that was some seconds ago."""
    question = ("live runs", place, asked)
    now = time.monotonic()
    known = kept.get(question, _Watch)
    if known is None or known.of != listing.version:
        # It has just been read: there is nothing to tell yet.
        known = _begin(listing, now)
    elif now - known.asked_at >= SECONDS / 2:
        known = _read_or_wait(asked, listing, replace(known, asked_at=now))
    else:
        return known
    kept.keep(question, known)
    return known


def _read_or_wait(asked: Asked, listing: Listing, known: _Watch) -> _Watch:
    """What is known by now, or what was: who cannot be asked at the moment is asked again later."""
    try:
        return _read(asked, listing, known)
    except SignedOut:
        raise
    except ApiError as error:
        if error.status in _TAKEN_AWAY:
            # These runs are no longer this person's to see: the page says what is left.
            kept.forget()
            st.rerun()
        return known


def _begin(listing: Listing, now: float) -> _Watch:
    statuses = listing.rows["status"].to_pylist()
    going = pa.array([status in _GOING for status in statuses], pa.bool_())
    running = listing.rows.filter(going).slice(0, _MOST_FOLLOWED)
    rows = run_grid.frame(running)
    return _Watch(listing.version, now, datetime.now(UTC), rows, tuple(ids_of(running)))


def _read(asked: Asked, listing: Listing, known: _Watch) -> _Watch:
    client = session.client()
    rows = known.rows
    if _running(rows):
        page = tracking.query_runs(
            client,
            asked.project,
            asked.experiments,
            run_ids=known.running,
            columns=sorted(listing.columns),
            limit=_MOST_FOLLOWED,
            view="all",
        )
        rows = run_grid.frame(page.table)
    newest = tracking.query_runs(
        client,
        asked.project,
        asked.experiments,
        run_ids=asked.runs or None,
        filter_text=asked.filter,
        order=run_table.order(run_table.NEWEST_FIRST),
        columns=[],
        limit=_MOST_BEGUN + 1,
        view=asked.view,
    )
    ids = ids_of(newest.table)
    seen = known.seen | frozenset(ids if not known.seen and not _has_newest(asked, listing) else ())
    there = seen | set(listing.run_ids)
    begun = sum(run_id not in there for run_id in ids)
    return replace(known, rows=rows, seen=seen, begun=begun, when=datetime.now(UTC))


def _has_newest(asked: Asked, listing: Listing) -> bool:
    """Whether a run that the listing lacks must be new: else those of the first look are old."""
    return listing.whole or asked.sort == run_table.NEWEST_FIRST


def _running(rows: pa.Table) -> int:
    return sum(status in _GOING for status in rows["status"].to_pylist())


def _news(watch: _Watch, version: str) -> News:
    at = watch.when.astimezone(formats.zone(st.context.timezone))
    begun = f"{_MOST_BEGUN}+" if watch.begun > _MOST_BEGUN else str(watch.begun)
    return News(version, _running(watch.rows), begun, f"{at:%H:%M:%S}")
