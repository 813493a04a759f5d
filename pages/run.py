"""One run: its overview, metric charts, logs, files, data, code, traces and logged models."""

from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError
from studio_app.api.errors import if_there
from studio_app.artifacts import artifact_browser
from studio_app.artifacts.artifacts import Root
from studio_app.models import registry
from studio_app.runs import kept, tracking
from studio_app.runs.charts import charts_of_run, image_panels
from studio_app.runs.run_page import (
    live_run,
    run_code,
    run_data,
    run_header,
    run_logs,
    run_models,
    run_overview,
    run_traces,
)
from studio_app.runs.tracking import Run
from studio_app.tokens import new_token
from studio_app.ui import url_state, widgets

_TABS = ("Overview", "Charts", "Logs", "Artifacts", "Data", "Code", "Traces", "Models")


def main() -> None:
    """Shows the run that the address names, one tab at a time."""
    new_token.forget()
    url_state.restore("run", "run_id")
    project = widgets.project_or_stop("see a run")
    slug = str(project["slug"])
    with widgets.answering():
        run = _run(slug)
        if run is None:
            run_header.show_missing(slug)
            return
        experiment_id = str(run.info["experiment_id"])
        experiment = kept.read(
            ("experiment", slug, experiment_id),
            lambda: tracking.experiment(session.client(), slug, experiment_id),
        )
        run_header.show(project, run, experiment)
        labels = _labels(run)
        st.session_state["run-tab"] = labels[url_state.value("tab", _TABS[0], _TABS)]
        tabs = st.tabs(list(labels.values()), key="run-tab", on_change=_save_tab, args=(labels,))
        drawn = (
            run_overview.show,
            _charts,
            run_logs.show,
            _files,
            run_data.show,
            run_code.show,
            run_traces.show,
            run_models.show,
        )
        for tab, draw in zip(tabs, drawn, strict=True):
            if tab.open:
                with tab:
                    draw(slug, run)


def _labels(run: Run) -> dict[str, str]:
    """The tabs by name, with how much is in them where the run itself says it."""
    held = {"Data": len(run.datasets), "Models": len(run.model_ids)}
    return {name: f"{name} · {held[name]}" if held.get(name) else name for name in _TABS}


def _save_tab(labels: dict[str, str]) -> None:
    """Writes the name of the chosen tab into the address, without what it holds."""
    chosen = st.session_state.get("run-tab")
    name = next((name for name, label in labels.items() if label == chosen), _TABS[0])
    url_state.put("tab", name, _TABS[0])


def _run(slug: str) -> Run | None:
    run_id = st.query_params.get("run_id", "")
    if not run_id:
        return None
    try:
        found = kept.read(
            ("run", slug, run_id),
            lambda: tracking.run(session.client(), slug, run_id),
            keeps=lambda run: not run.running,
        )
    except ApiError as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise
    return found


def _charts(slug: str, run: Run) -> None:
    live_run.follow(slug, run, partial(charts_of_run.show, slug))
    live_run.follow(slug, run, partial(image_panels.show_of_run, slug))


def _files(slug: str, run: Run) -> None:
    roots = [Root("run", run.run_id, str(run.info.get("artifact_uri", "")), "This run")]
    for model_id in run.model_ids:
        model = if_there(partial(registry.logged_model, session.client(), slug, model_id))
        if model is None:
            continue
        name = f"Model {model['name']} · {model_id[:8]}"
        roots.append(Root("model", model_id, str(model.get("artifact_uri", "")), name))
    artifact_browser.show(slug, roots, goes_on=run.running)


main()
