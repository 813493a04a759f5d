"""The models that runs of a project have logged, registered or not, as a list."""

from collections.abc import Mapping

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.models import registry
from studio_app.runs import tracking
from studio_app.ui import breadcrumbs, formats, navigation, times, widgets

_PAGE = 25
# MLflow asks in which experiments to look: those that changed last.
_EXPERIMENTS = 1000
_METRICS = 3
_READY = "LOGGED_MODEL_READY"


def show(slug: str, query: str) -> None:
    """Draws a page of the list; `query` is a part of the names."""
    client = session.client()
    token = widgets.page_token("logged-models", of=f"{slug} {query}")
    with st.skeleton(height=320):
        page = client.experiments(project=slug, max_results=_EXPERIMENTS)
        ids = [str(one["experiment_id"]) for one in page["experiments"]]
        found, following = (
            registry.logged_models(client, slug, ids, query, _PAGE, token) if ids else ([], "")
        )
        runs = {str(one["source_run_id"]) for one in found if one.get("source_run_id")}
        named = _names(slug, sorted(runs))
    if not found:
        _nothing(slug, query)
    else:
        with st.container(border=True, gap="medium", key="logged-model-rows"):
            for model in found:
                _row(slug, model, named)
    if page["next_page_token"]:
        st.caption(f"Of the {_EXPERIMENTS} experiments that changed last.")
    widgets.pager("logged-models", following)


def _names(slug: str, run_ids: list[str]) -> dict[str, tuple[str, str]]:
    """Name and person of runs by their ids; a run that is gone is left out."""
    if not run_ids:
        return {}
    frame = tracking.runs_by_id(session.client(), slug, "", run_ids, columns=["user"])
    rows = frame.to_dict("records")
    return {str(row["run_id"]): (str(row["name"]), str(row["user"])) for row in rows}


def _row(slug: str, model: Json, named: Mapping[str, tuple[str, str]]) -> None:
    run_id = str(model.get("source_run_id") or "")
    run, user = named.get(run_id, ("", ""))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch", gap="xxsmall"):
            if run:
                params = {"project": slug, "run_id": run_id, "tab": "Models"}
                breadcrumbs.row(str(model["name"]), "run", params, "deployed_code_history")
            else:
                st.markdown(f"**{widgets.plain(str(model['name']))}**")
            breadcrumbs.facts(_facts(model, run, user))
        with st.container(width="content", gap="xxsmall"):
            for name, version in model["registered"]:
                params = {"project": slug, "model": name, "version": version}
                label = f"{formats.short(name, 40)} · version {version}"
                breadcrumbs.inline(label, "model", params, ":material/deployed_code:")


def _facts(model: Json, run: str, user: str) -> list[str]:
    made, status = model.get("creation_timestamp_ms"), str(model.get("status") or "")
    metrics = list(model["metrics"].items())[:_METRICS]
    return [
        f"from run {widgets.plain(formats.short(run, 40))}" if run else "its run is gone",
        f"by {widgets.plain(user)}" if user else "",
        times.ago(times.from_milliseconds(int(made))) if made else "",
        "" if status == _READY else status.removeprefix("LOGGED_MODEL_").replace("_", " ").lower(),
        *(f"{widgets.plain(name)} {formats.abridged(value)}" for name, value in metrics),
    ]


def _nothing(slug: str, query: str) -> None:
    if query:
        widgets.empty_state(
            "No logged model found",
            "No name contains these letters. Search for less.",
            icon="search",
        )
        return
    widgets.empty_state(
        "No model logged yet",
        '`mlflow.sklearn.log_model(model, name="model")` and the like of other libraries log one '
        "with MLflow 3. It can be registered later.",
        lambda: navigation.link(
            "connect", "Connect a script", icon=":material/terminal:", project=slug
        ),
        icon="deployed_code_history",
    )
