"""One trace: its spans over time, what each did, and what people say of it."""

import streamlit as st

from ml_studio.trace_tree import TreeOptions, trace_tree
from studio_app import session
from studio_app.api.client import ApiError
from studio_app.runs import kept
from studio_app.traces import feedback, spans, trace_header, traces
from studio_app.traces.traces import Trace
from studio_app.ui import formats, url_state, widgets

_LIVE_SECONDS = 5


def main() -> None:
    """Shows the trace that the address names."""
    url_state.restore("trace", "trace_id")
    project = widgets.project_or_stop("see a trace")
    slug = str(project["slug"])
    with widgets.answering():
        trace = _trace(slug)
        if trace is None:
            trace_header.gone(slug)
            return
        trace_header.show(project, trace)
        _spans(slug, trace)
        st.subheader("Feedback", anchor=False)
        feedback.show(slug, trace)
        _notes(slug, trace)


def _trace(slug: str) -> Trace | None:
    trace_id = st.query_params.get("trace_id", "")
    if not trace_id:
        return None
    try:
        return kept.read(
            ("trace", slug, trace_id),
            lambda: traces.read_trace(session.client(), slug, trace_id),
            keeps=lambda trace: trace.state != "IN_PROGRESS",
        )
    except ApiError as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise


def _spans(slug: str, trace: Trace) -> None:
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


def _notes(slug: str, trace: Trace) -> None:
    """Draws the id, the tags and the metadata, and how to get at the trace from elsewhere."""
    st.subheader("Details", anchor=False)
    client = session.client()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.code(trace.trace_id, language=None, width="content")
        st.download_button(
            "Download as JSON",
            data=lambda: traces.read_file(client, slug, trace.trace_id),
            file_name=f"{trace.trace_id}.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="trace-download",
        )
    st.code(f'import mlflow\n\ntrace = mlflow.get_trace("{trace.trace_id}")', language="python")
    for title, entries in (("Tags", trace.tags), ("Metadata", trace.metadata)):
        if entries:
            with st.expander(f"{title} · {len(entries)}"):
                for name, value in sorted(entries.items()):
                    st.caption(widgets.plain(name))
                    st.code(value, language=None, wrap_lines=True)


main()
