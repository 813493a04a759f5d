"""How the runs of a project are doing: which run, which failed, which are best."""

import pyarrow as pa
import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.project import project_runs
from studio_app.runs import kept, run_rows
from studio_app.runs.table import run_bar, run_table
from studio_app.runs.table.run_columns import lower_is_better
from studio_app.runs.table.run_list import Asked
from studio_app.ui import address_fields, cells, navigation, widgets

_RECENT = 5


def show(project: Json) -> None:
    """Draws the parts of the page, each with a sentence where there is nothing."""
    slug = str(project["slug"])
    known = run_bar.columns(Asked(slug, "", "", "active", run_table.NEWEST_FIRST, nested=True))
    if not known.runs:
        _nothing(slug)
        return
    left, right = st.columns(2, gap="large")
    found = project_runs.attention(session.client(), slug)
    with left:
        _runs("Running", found.running, "Nothing runs at the moment.")
        _runs("Failed since yesterday", found.failed, "Nothing failed since yesterday.")
    with right:
        _best(slug, project_runs.metrics(known))
    st.header("Experiments", anchor=False)
    rows = session.client().experiments(project=slug, max_results=_RECENT)["experiments"]
    run_rows.experiments(rows, {}, "project-experiments")
    navigation.link("experiments", "All experiments", icon=":material/science:", project=slug)


def _runs(title: str, runs: pa.Table, nothing: str) -> None:
    st.header(title, anchor=False)
    if not runs.num_rows:
        st.caption(nothing)
        return
    run_rows.show(runs, {}, f"project-{title}", people=project_runs.people(runs))


def _best(slug: str, metrics: list[str]) -> None:
    st.header("Best runs", anchor=False)
    if not metrics:
        st.caption("No run has a metric yet: `mlflow.log_metric(name, value)` logs one.")
        return
    metric = address_fields.select(
        "By", metrics, key="project-metric", name="metric", default=metrics[0]
    )
    lower = lower_is_better(metric)
    runs = kept.read(
        ("best runs", slug, metric),
        lambda: project_runs.best(session.client(), slug, metric, lower=lower),
        height=240,
    )
    st.caption(f"The {'lowest' if lower else 'highest'} values first, over all experiments.")
    if not runs.num_rows:
        st.caption("No run has a finite value of it.")
        return
    values = [str(cells.text(value)) for value in runs[f"metrics.{metric}"].to_pylist()]
    run_rows.show(runs, {}, "project-best", people=project_runs.people(runs), values=values)
    navigation.link(
        "runs",
        "All runs in this order",
        icon=":material/table_rows:",
        project=slug,
        experiment_id="all",
        sort=f"metrics.{metric} {'asc' if lower else 'desc'}",
    )


def _nothing(slug: str) -> None:
    widgets.empty_state(
        "No run yet",
        "Point a script at this project and log a run: it shows here.",
        lambda: navigation.link(
            "connect", "Connect a script", icon=":material/terminal:", project=slug
        ),
        icon="table_rows",
    )
