"""Runs that go on or begin while their table is open: read by and by, told to the table in place.

Nothing of the page is drawn again: the table gets what became of its running runs, and how many
runs began since it was read. Those come into it when the person asks for them, so that no row moves
under a pointer. The charts beside it are drawn from the same reading.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from ml_studio.run_updates import News, run_updates
from studio_app import session
from studio_app.api.errors import ApiError, SignedOut
from studio_app.runs import kept, tracking
from studio_app.runs.run_frames import GOING, LAST_LOGGED
from studio_app.runs.table import run_grid, run_table
from studio_app.runs.table.run_list import Asked, Listing, ids_of
from studio_app.ui import formats, widgets

SECONDS = 10
# So many running runs are read again, and so many new ones are told apart.
_MOST_FOLLOWED = 200
_MOST_BEGUN = 99
_TAKEN_AWAY = (403, 404)


@dataclass(frozen=True)
class Watch:
    """What is known of a listing, whose version is `of`, since it was read.

    `rows` are the runs that went on when it was read, as the reading room has them now; `seen` are
    the runs that are not new.
    """

    of: str
    asked_at: float
    when: datetime
    rows: pa.Table
    running: tuple[str, ...]
    seen: frozenset[str] = field(default=frozenset())
    begun: int = 0

    @property
    def going(self) -> int:
        """How many of the runs go on."""
        return sum(status in GOING for status in self.rows["status"].to_pylist())


def follow(place: str, asked: Asked, listing: Listing, version: str) -> None:
    """Tells the table of a place, whose version this is, what became of its runs, now and then."""
    if asked.view == "deleted":
        return

    # The style of this key takes it out of sight (studio.css).
    with st.container(key="runs-live"):

        @st.fragment(run_every=SECONDS)
        def part() -> None:
            with widgets.answering():
                known = watch(place, asked, listing)
                rows = run_grid.frame(known.rows)
                run_updates(rows, key=f"runs-updates-{place}", news=_news(known, version))

        part()


def watch(place: str, asked: Asked, listing: Listing, also: Sequence[str] | None = None) -> Watch:
    """What is known by now: read again where that was some seconds ago.

    `also` are columns to read beside those of the listing, from now on. Raises SignedOut.
    """
    if also is not None:
        kept.keep(_also(place), tuple(also))
    question = ("live runs", place, asked)
    now = time.monotonic()
    known = kept.get(question, Watch)
    if known is None or known.of != listing.version:
        # It has just been read: there is nothing to tell yet.
        known = _begin(listing, now)
    elif now - known.asked_at >= SECONDS / 2:
        known = _read_or_wait(place, asked, listing, replace(known, asked_at=now))
    else:
        return known
    kept.keep(question, known)
    return known


def merge(listing: Listing, newer: pa.Table) -> Listing:
    """A listing whose runs are what newer rows say of them, in the same places."""
    names = listing.table.column_names
    if not newer.num_rows or not set(names) <= set(newer.column_names):
        return listing
    newer = newer.select(names).cast(listing.table.schema)
    place = {run_id: listing.table.num_rows + at for at, run_id in enumerate(ids_of(newer))}
    order = [place.get(run_id, at) for at, run_id in enumerate(listing.run_ids)]
    said = hashlib.sha256(str(newer.to_pydict()).encode(errors="replace")).hexdigest()
    return replace(
        listing,
        table=pa.concat_tables([listing.table, newer]).take(order),
        version=f"{listing.version}-{said[:16]}",
    )


def _also(place: str) -> tuple[str, str]:
    return ("live columns", place)


def _read_or_wait(place: str, asked: Asked, listing: Listing, known: Watch) -> Watch:
    """What is known by now, or what was: who cannot be asked at the moment is asked again later."""
    try:
        return _read(asked, listing, known, kept.get(_also(place), tuple) or ())
    except SignedOut:
        raise
    except ApiError as error:
        if error.status in _TAKEN_AWAY:
            # These runs are no longer this person's to see: the page says what is left.
            kept.forget()
            st.rerun()
        return known


def _begin(listing: Listing, now: float) -> Watch:
    statuses = listing.rows["status"].to_pylist()
    going = pa.array([status in GOING for status in statuses], pa.bool_())
    running = listing.rows.filter(going).slice(0, _MOST_FOLLOWED)
    return Watch(listing.version, now, datetime.now(UTC), running, tuple(ids_of(running)))


def _read(asked: Asked, listing: Listing, known: Watch, also: Sequence[str]) -> Watch:
    client = session.client()
    rows = known.rows
    if known.going:
        page = tracking.query_runs(
            client,
            asked.project,
            asked.experiments,
            run_ids=known.running,
            columns=[*sorted({*listing.columns, *also}), LAST_LOGGED],
            limit=_MOST_FOLLOWED,
            view="all",
        )
        rows = page.table
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
    seen = known.seen
    if not seen and not _has_newest(asked, listing):
        seen = frozenset(ids)
    there = seen | set(listing.run_ids)
    begun = sum(run_id not in there for run_id in ids)
    return replace(known, rows=rows, seen=seen, begun=begun, when=datetime.now(UTC))


def _has_newest(asked: Asked, listing: Listing) -> bool:
    """Whether a run that the listing lacks must be new: else those of the first look are old."""
    return listing.whole or asked.sort == run_table.NEWEST_FIRST


def _news(known: Watch, version: str) -> News:
    at = known.when.astimezone(formats.zone(st.context.timezone))
    begun = f"{_MOST_BEGUN}+" if known.begun > _MOST_BEGUN else str(known.begun)
    return News(version, known.going, begun, f"{at:%H:%M:%S}")
