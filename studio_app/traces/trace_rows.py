"""Traces in a list: what was asked and answered, when, how long it took and how it ended."""

from collections.abc import Sequence

import streamlit as st

from studio_app.traces.traces import STATES, Trace
from studio_app.ui import breadcrumbs, formats, times, widgets

# So many signs of a request and of a response stand in a row; the whole is on the trace's page.
_PREVIEW = 180

_BADGES = {
    "OK": ("green", "check_circle"),
    "ERROR": ("red", "error"),
    "IN_PROGRESS": ("blue", "progress_activity"),
}


def show(traces: Sequence[Trace], projects: dict[str, str]) -> None:
    """Draws the rows; `projects` are the names to say, by slug, where several are listed."""
    with st.container(border=True, gap="medium", key="trace-rows"):
        for trace in traces:
            _row(trace, projects.get(trace.project, ""))


def badge(state: str) -> str:
    """How a trace ended, as Markdown."""
    colour, icon = _BADGES.get(state, ("gray", "help"))
    return f":{colour}-badge[:material/{icon}: {STATES.get(state, state or 'Unknown')}]"


def facts(trace: Trace) -> list[str]:
    """What both the row and the page of a trace say of it, as Markdown."""
    return [
        f"took {formats.duration(trace.seconds)}" if trace.seconds is not None else "",
        f"{formats.grouped(trace.tokens)} tokens" if trace.tokens is not None else "",
        f"{formats.number(trace.cost)} USD" if trace.cost is not None else "",
    ]


def _row(trace: Trace, project: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch", gap="xxsmall"):
            params = {"project": trace.project, "trace_id": trace.trace_id}
            breadcrumbs.row(formats.short(trace.name, 120), "trace", params, "account_tree")
            if trace.request:
                st.caption(_preview(":material/arrow_forward:", trace.request))
            if trace.response:
                st.caption(_preview(":material/arrow_back:", trace.response))
            ago = times.ago(trace.requested) if trace.requested else ""
            breadcrumbs.facts([widgets.plain(project), ago, *facts(trace)])
        st.markdown(badge(trace.state), width="content")


def _preview(icon: str, text: str) -> str:
    return f"{icon} {widgets.plain(formats.short(text, _PREVIEW))}"
