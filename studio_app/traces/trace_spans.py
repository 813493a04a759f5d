"""The spans of a trace on its page: read once, drawn by the browser component."""

import streamlit as st

from ml_studio.trace_tree import TreeOptions, trace_tree
from studio_app import session
from studio_app.runs import kept
from studio_app.traces import spans, traces
from studio_app.traces.traces import Trace
from studio_app.ui import formats, widgets

_LIVE_SECONDS = 5


def show(slug: str, trace: Trace) -> None:
    """Draws the spans of a trace, and reads them again while it runs."""
    running = trace.state == "IN_PROGRESS"

    @st.fragment(run_every=_LIVE_SECONDS if running else None)
    def tree() -> None:
        with widgets.answering():
            found = kept.read(
                ("spans", slug, trace.trace_id),
                lambda: traces.read_spans(session.client(), slug, trace.trace_id),
                keeps=lambda spans: bool(spans) and not running,
            )
            if not found:
                widgets.empty_state(
                    "No span yet",
                    "The spans of a trace come a moment after it ends. "
                    "One that was never ended has none.",
                    icon="account_tree",
                )
                return
            if running:
                st.caption(":blue[:material/sensors:] Live: new spans come by themselves.")
            if len(found) > spans.MOST:
                st.caption(
                    f"The first {formats.grouped(spans.MOST)} of {formats.grouped(len(found))} "
                    "spans. The download has all of them."
                )
            trace_tree(
                spans.spans_of(found),
                key=f"trace-{trace.trace_id}",
                options=TreeOptions(
                    label=f"Spans of {trace.name}",
                    version=f"{trace.trace_id} {len(found)} {trace.state}",
                    chosen=st.query_params.get("span", ""),
                ),
            )

    tree()
