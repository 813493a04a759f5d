"""The traces in which a version of a prompt was used."""

import streamlit as st

from studio_app import session
from studio_app.traces import trace_rows
from studio_app.traces.trace_filter import TraceFilter
from studio_app.traces.traces import trace_of
from studio_app.ui import navigation, widgets

_MOST = 10


def show(slug: str, name: str, number: str) -> None:
    """Draws the latest traces that name this version, and the way to all of them."""
    used = TraceFilter(prompt=f"{name}/{number}")
    with st.skeleton(height=200):
        page = session.client().traces(project=slug, filter_text=used.sentence(), max_results=_MOST)
    if not page["traces"]:
        widgets.empty_state(
            "No trace has used this version",
            "`mlflow.genai.load_prompt(...)` inside of what `@mlflow.trace` follows notes here "
            "which version an answer came from.",
            icon="account_tree",
        )
        return
    trace_rows.show(list(map(trace_of, page["traces"])), {})
    if page["next_page_token"]:
        st.caption(f"The latest {_MOST}.")
    navigation.link(
        "traces",
        "All of them in Traces",
        icon=":material/account_tree:",
        project=slug,
        prompt=used.prompt,
    )
