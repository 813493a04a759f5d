"""Two traces beside each other: what was asked and answered, and where the time went."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ml_studio.trace_tree import Span
from studio_app import session
from studio_app.api.client import Json
from studio_app.api.errors import if_there
from studio_app.models.registry import quoted
from studio_app.runs import kept, text_differences
from studio_app.runs.table import run_table
from studio_app.traces import spans, traces
from studio_app.traces.traces import STATES, Trace
from studio_app.ui import address_fields, formats, times, url_state, widgets

AGAINST = "against"
# So many of the newest traces of the same name are offered.
_OFFERED = 25
_NOBODY = "-"
_ROWS = 16


@dataclass(frozen=True)
class Compared:
    """A trace and its spans; of a trace whose spans have not come there are none."""

    trace: Trace
    spans: Sequence[Span]


def show(slug: str, trace: Trace) -> None:
    """Draws the choice of another trace, and the two beside each other."""
    wanted = url_state.value(AGAINST)
    if not st.toggle("Compare with another trace", value=bool(wanted), key="trace-compare"):
        if wanted:
            url_state.put(AGAINST, "")
        return
    chosen = _chosen(slug, trace, wanted)
    if chosen is None:
        return
    this, other = _read(slug, trace.trace_id), _read(slug, chosen)
    if this is None or other is None:
        st.caption("That trace is not there any more, or not for you.")
        return
    _draw(this, other)


def facts(this: Compared, other: Compared) -> pd.DataFrame:
    """What both say of themselves, a row for each fact that one of them has."""
    rows = [
        ("State", *(STATES.get(one.trace.state, one.trace.state) for one in (this, other))),
        ("Took", *(_in_words(one.trace.seconds) for one in (this, other))),
        ("Tokens", *(_whole(one.trace.tokens) for one in (this, other))),
        ("Cost (USD)", *(formats.number(one.trace.cost) for one in (this, other))),
        ("Spans", *(formats.grouped(len(one.spans)) for one in (this, other))),
    ]
    shown = [row for row in rows if set(row[1:]) != {formats.MISSING}]
    return pd.DataFrame(shown, columns=["", "This trace", "The other"])


def spans_by_name(this: Sequence[Span], other: Sequence[Span]) -> pd.DataFrame:
    """How often each span was there and how long it took in all, the largest difference first.

    Seconds of a span hold those of the spans below it: columns are not added up. Where a span was
    not, its seconds are missing, and the difference is all that the other took.
    """
    rows = []
    for name, kind in sorted({(one.name, one.kind) for one in (*this, *other)}):
        mine, theirs = (
            [one for one in side if (one.name, one.kind) == (name, kind)] for side in (this, other)
        )
        rows.append((name, kind, len(mine), _seconds(mine), len(theirs), _seconds(theirs)))
    columns = ["Span", "Kind", "This: times", "This: s", "Other: times", "Other: s"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["Difference (s)"] = frame["This: s"].fillna(0) - frame["Other: s"].fillna(0)
    order = frame["Difference (s)"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _chosen(slug: str, trace: Trace, wanted: str) -> str | None:
    """Draws the choice among the newest traces of this name; the answer is an id, or None."""

    def ask() -> list[Json]:
        page = session.client().traces(
            project=slug,
            filter_text=f"attributes.name = {quoted(trace.name)}",
            max_results=_OFFERED + 1,
        )
        found: list[Json] = page["traces"]
        return found

    found = kept.read(("traces like", slug, trace.trace_id), ask, height=60)
    others = {str(one["trace_id"]): one for one in found if one["trace_id"] != trace.trace_id}
    # A link may name one that is older than those.
    offered = [*others, *([wanted] if wanted and wanted not in others else [])]
    if not offered:
        st.caption("There is no other trace of this name yet.")
        return None

    def label(choice: str) -> str:
        if choice == _NOBODY:
            return "Choose a trace"
        if choice not in others:
            return choice
        one = traces.trace_of(others[choice])
        began = times.ago(one.requested) if one.requested else ""
        parts = (began, STATES.get(one.state, one.state), _in_words(one.seconds), choice[-8:])
        return " · ".join(part for part in parts if part)

    choices = [_NOBODY, *offered]
    chosen = address_fields.select(
        "The other trace",
        choices,
        key="trace-against",
        name=AGAINST,
        default=_NOBODY,
        shown=label,
        width=420,
    )
    return None if chosen == _NOBODY else chosen


def _read(slug: str, trace_id: str) -> Compared | None:
    client = session.client()

    def ask() -> Compared | None:
        trace = if_there(lambda: traces.read_trace(client, slug, trace_id))
        if trace is None:
            return None
        return Compared(trace, spans.spans_of(traces.read_spans(client, slug, trace_id)))

    return kept.read(
        ("compared trace", slug, trace_id),
        ask,
        keeps=lambda found: found is not None and found.trace.state != "IN_PROGRESS",
        height=240,
    )


def _draw(this: Compared, other: Compared) -> None:
    st.dataframe(facts(this, other), key="trace-facts", hide_index=True, alt="Both traces")
    frame = spans_by_name(this.spans, other.spans)
    if not frame.empty:
        st.markdown("**Where the time went**")
        number = st.column_config.NumberColumn(format="%.3f")
        seconds = ("This: s", "Other: s", "Difference (s)")
        st.dataframe(
            frame,
            key="trace-spans-compared",
            hide_index=True,
            height=run_table.height(len(frame), _ROWS),
            column_config=dict.fromkeys(seconds, number),
            alt="Spans of both traces",
        )
    for title, mine, theirs in (
        ("What was asked", _root(this).inputs, _root(other).inputs),
        ("What was answered", _root(this).outputs, _root(other).outputs),
    ):
        st.markdown(f"**{title}**")
        if mine == theirs:
            st.caption("The same in both.")
        else:
            st.caption("From the other (-) to this (+)")
            st.code(text_differences.between(theirs, mine), language="diff", wrap_lines=True)
    widgets.facts("Seconds of a span hold those of the spans below it.")


def _root(one: Compared) -> Span:
    """The span that began first, which holds what was asked and answered."""
    if one.spans:
        return one.spans[0]
    trace = one.trace
    return Span(
        *("", "", trace.name, "", 0.0, None),
        failed=False,
        message="",
        inputs=trace.request,
        outputs=trace.response,
        attributes={},
        events=(),
    )


def _seconds(found: Sequence[Span]) -> float:
    return sum(one.duration or 0.0 for one in found) / 1000 if found else math.nan


def _in_words(seconds: float | None) -> str:
    return formats.MISSING if seconds is None else formats.duration(seconds)


def _whole(number: int | None) -> str:
    return formats.MISSING if number is None else formats.grouped(number)
