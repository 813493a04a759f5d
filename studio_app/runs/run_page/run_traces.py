"""The traces that were logged during a run, the newest first."""

import streamlit as st

from studio_app import session
from studio_app.runs.tracking import Run
from studio_app.traces import trace_rows
from studio_app.traces.trace_filter import TraceFilter
from studio_app.traces.traces import trace_of
from studio_app.ui import navigation, widgets

_MOST = 25


def show(slug: str, run: Run) -> None:
    """Draws the newest traces of a run; a link leads to all of them, where they can be searched."""
    with st.skeleton(height=240):
        page = session.client().traces(
            project=slug,
            filter_text=TraceFilter(run_id=run.run_id).sentence(),
            max_results=_MOST,
        )
    if not page["traces"]:
        widgets.empty_state(
            "No trace in this run",
            "What an application does inside `with mlflow.start_run():` is traced here: "
            "`mlflow.openai.autolog()` and its siblings, or `@mlflow.trace` on a function.",
            icon="account_tree",
        )
        return
    trace_rows.show(list(map(trace_of, page["traces"])), {})
    label = "All its traces" if page["next_page_token"] else "Search them"
    navigation.link("traces", label, icon=":material/search:", project=slug, run_id=run.run_id)
