"""One trace: its spans over time, what each did, and what people say of it."""

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError
from studio_app.runs import kept
from studio_app.traces import feedback, trace_comparison, trace_header, trace_spans, traces
from studio_app.traces.traces import Trace
from studio_app.ui import url_state, widgets


def main() -> None:
    """Shows the trace that the address names."""
    url_state.restore("trace", "trace_id")
    project = widgets.project_or_stop("see a trace")
    slug = str(project["slug"])
    with widgets.answering():
        trace = _trace(slug)
        if trace is None:
            trace_header.show_missing(slug)
            return
        trace_header.show(project, trace)
        trace_spans.show(slug, trace)
        trace_comparison.show(slug, trace)
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
