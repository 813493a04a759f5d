"""A run that goes on: the parts of its page that are drawn again by themselves until it ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from studio_app import session
from studio_app.runs import kept, tracking
from studio_app.runs.tracking import Run
from studio_app.ui import formats, widgets

SECONDS = 5
# Parts of one page that are drawn in the same moment read the run once.
_SHARED_SECONDS = 2.0
# What a person may be typing into: a form would go with a new run of the whole page.
_FORMS = ("note-text", "tag-name", "rename-run")


@dataclass(frozen=True)
class _Reading:
    run: Run
    at: float
    when: datetime


def follow(slug: str, run: Run, draw: Callable[[Run], None]) -> None:
    """Draws a part of the page for the run, and while it goes on again with what it has become.

    What was typed elsewhere and where the page was scrolled to stay. A part may not open a dialog:
    the next drawing would close it.
    """

    @st.fragment(run_every=SECONDS if run.running else None)
    def part() -> None:
        with widgets.answering():
            now = _newest(slug, run).run if run.running else run
            draw(now)
            if run.running and not now.running and not _is_typing():
                # Draws the rest for what has ended, and stops the clock.
                st.rerun()

    part()


def freshness(slug: str, run: Run) -> str:
    """When a run that goes on was read last, by the reader's clock; empty for another."""
    if not run.running:
        return ""
    where = formats.zone(st.context.timezone)
    return f"{_newest(slug, run).when.astimezone(where):%H:%M:%S}"


def _newest(slug: str, run: Run) -> _Reading:
    question = ("live run", slug, run.run_id)
    found = kept.get(question, _Reading)
    if found is None or time.monotonic() - found.at > _SHARED_SECONDS:
        newest = tracking.run(session.client(), slug, run.run_id)
        found = _Reading(newest, time.monotonic(), datetime.now(UTC))
        kept.keep(question, found)
    return found


def _is_typing() -> bool:
    return any(name in st.session_state for name in _FORMS)
