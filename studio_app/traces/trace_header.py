"""The top of a trace's page: where it belongs, how it ended, and what to do with it."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.artifacts import mlflow_link
from studio_app.runs import kept, tracking
from studio_app.sharing import keeping
from studio_app.traces import feedback, trace_rows, traces
from studio_app.traces.traces import USER, Trace
from studio_app.ui import breadcrumbs, formats, navigation, times, widgets


def show(project: Json, trace: Trace) -> None:
    """Draws the way up, the name with its menu, the badge and the facts."""
    slug = str(project["slug"])
    breadcrumbs.up((str(project["name"]), "traces", {"project": slug}))
    title, whole = widgets.named(trace.name)
    with widgets.page_header(title, whole=whole):
        mlflow_link.show(slug, "experiments", trace.experiment_id, "traces")
        _menu(slug, trace)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(trace_rows.badge(trace.state), width="content")
        breadcrumbs.facts(_facts(trace))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        _links(slug, trace)


def _facts(trace: Trace) -> list[str]:
    when = ""
    if trace.requested:
        moment = formats.moment(
            trace.requested.timestamp() * 1000, formats.zone(st.context.timezone)
        )
        when = f"{moment} ({times.ago(trace.requested)})"
    user = trace.metadata.get(USER, "")
    return [when, *trace_rows.facts(trace), f"user {widgets.plain(user)}" if user else ""]


def _links(slug: str, trace: Trace) -> None:
    if trace.session:
        params = {"project": slug, "session": trace.session}
        label = f"Session {formats.short(trace.session, 24)}"
        breadcrumbs.inline(label, "traces", params, ":material/forum:")
    if trace.run_id:
        params = {"project": slug, "run_id": trace.run_id}
        breadcrumbs.inline("Its run", "run", params, ":material/show_chart:")
    if trace.experiment_id:
        params = {"project": slug, "experiment_id": trace.experiment_id}
        breadcrumbs.inline(_experiment(slug, trace), "runs", params, ":material/science:")
    for name, version in trace.prompts:
        params = {"project": slug, "prompt": name, "version": version}
        breadcrumbs.inline(f"{name} version {version}", "prompt", params, ":material/chat:")


def _experiment(slug: str, trace: Trace) -> str:
    found = kept.read(
        ("experiment", slug, trace.experiment_id),
        lambda: tracking.experiment(session.client(), slug, trace.experiment_id),
        height=20,
    )
    return formats.short(str(found["name"]), 40)


def _menu(slug: str, trace: Trace) -> None:
    if st.button(
        "Refresh", icon=":material/refresh:", key="trace-refresh", help="Read the trace again"
    ):
        kept.forget()
        st.rerun()
    if session.may("log", slug) and st.button(
        "Give feedback", icon=":material/rate_review:", key="trace-feedback", type="primary"
    ):
        feedback.give(slug, trace)
    if not session.may("delete", slug):
        return
    chosen = st.menu_button(
        "",
        ["Delete"],
        icon=":material/more_vert:",
        key="trace-menu",
        help="What you can do with this trace",
    )
    if chosen == "Delete":
        widgets.confirm(
            "Delete trace",
            f"**{widgets.plain(formats.short(trace.name, 80))}** goes with its spans and what was "
            f"said of it. {keeping.NEVER_BACK}",
            "Delete trace",
            lambda: _delete(slug, trace),
            done="The trace is deleted.",
        )


def _delete(slug: str, trace: Trace) -> None:
    kept.forget()
    traces.delete(session.client(), slug, trace.experiment_id, [trace.trace_id])
    widgets.notice("The trace is deleted.")
    navigation.go("traces", project=slug)


def show_missing(slug: str) -> None:
    """Says that there is no such trace for this person."""
    widgets.empty_state(
        "No such trace",
        "There is no trace with this id in this project. It may have been deleted.",
        lambda: navigation.link("traces", "Go to traces", project=slug),
        icon="search_off",
    )
