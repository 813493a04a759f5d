"""One run: its overview, metric charts, files and logged models."""

import streamlit as st

from studio_app import (
    address,
    artifact_browser,
    metric_charts,
    new_token,
    registry,
    run_header,
    run_models,
    run_overview,
    session,
    tracking,
    widgets,
)
from studio_app.artifacts import Root
from studio_app.client import ApiError
from studio_app.tracking import Run

_TABS = ("Overview", "Charts", "Artifacts", "Models")
_LIVE_SECONDS = 5


def main() -> None:
    """Shows the run that the address names, one tab at a time."""
    new_token.forget()
    address.settle("run", "run_id")
    project = widgets.project_or_stop("see a run")
    slug = str(project["slug"])
    with widgets.answering():
        run = _run(slug)
        if run is None:
            run_header.gone(slug)
            return
        experiment = tracking.experiment(session.client(), slug, str(run.info["experiment_id"]))
        run_header.show(project, run, experiment)
        address.load("run-tab", "tab", _TABS[0], _TABS)
        tabs = st.tabs(
            _TABS, key="run-tab", on_change=address.save, args=("run-tab", "tab", _TABS[0])
        )
        drawn = (run_overview.show, _charts, _files, run_models.show)
        for tab, draw in zip(tabs, drawn, strict=True):
            if tab.open:
                with tab:
                    draw(slug, run)


def _run(slug: str) -> Run | None:
    run_id = st.query_params.get("run_id", "")
    if not run_id:
        return None
    try:
        with st.skeleton(height=320):
            return tracking.run(session.client(), slug, run_id)
    except ApiError as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise


def _charts(slug: str, run: Run) -> None:
    @st.fragment(run_every=_LIVE_SECONDS if run.running else None)
    def charts() -> None:
        with widgets.answering():
            newest = tracking.run(session.client(), slug, run.run_id) if run.running else run
            if newest.metrics.empty:
                widgets.empty_state(
                    "No metric yet",
                    "`mlflow.log_metric(name, value, step=step)` draws a curve here.",
                    icon="show_chart",
                )
                return
            if newest.running:
                st.caption(":blue[:material/sensors:] Live: new points come by themselves.")
            found = metric_charts.subject(run.run_id, run.name, newest.metrics)
            metric_charts.show(slug, [found], key="run-charts")

    charts()


def _files(slug: str, run: Run) -> None:
    roots = [Root("run", run.run_id, str(run.info.get("artifact_uri", "")), "This run")]
    for model_id in run.model_ids:
        model = registry.logged_model(session.client(), slug, model_id)
        name = f"Model {model['name']} · {model_id[:8]}"
        roots.append(Root("model", model_id, str(model.get("artifact_uri", "")), name))
    artifact_browser.show(slug, roots)


main()
