"""Models: registered ones over all my projects or one of them, and what the runs of one logged."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.models import logged_models, model_rows, registry
from studio_app.ui import address_fields, navigation, widgets

_PAGE = 25
_KINDS = ("Registered", "Logged")


def main() -> None:
    """Lists models with a search; creates registered ones without versions."""
    project = session.project()
    if st.query_params.get("project") and not project:
        widgets.project_or_stop("see its models")
    slug = str(project["slug"]) if project else None
    caption = (
        f"In {widgets.plain(project['name'])}" if project else "Over all the projects you are in"
    )
    creatable = [found for found in session.projects() if "register" in found["may"]]
    if project:
        creatable = [found for found in creatable if found["slug"] == slug]
    with widgets.page_header("Models", caption):
        if creatable and st.button("New model", icon=":material/add:", type="primary"):
            _create(creatable)
    query = st.text_input(
        "Search",
        key="models-search",
        type="search",
        placeholder="Search by name",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    with widgets.answering():
        if slug is None:
            # Logged models are those of one project: MLflow searches them by experiments.
            _registered(None, query.strip())
            return
        tabs = address_fields.tabs(_KINDS, key="models-kind", name="kind")
        if tabs[0].open:
            with tabs[0]:
                _registered(project, query.strip())
        if tabs[1].open:
            with tabs[1]:
                logged_models.show(slug, query.strip())


def _registered(project: Json | None, query: str) -> None:
    slug = str(project["slug"]) if project else None
    token = widgets.page_token("models", of=f"{slug} {query}")
    with st.skeleton(height=320):
        page = session.client().models(
            project=slug, query=query, max_results=_PAGE, page_token=token
        )
    if page["models"]:
        mine = {str(found["slug"]): str(found["name"]) for found in session.projects()}
        model_rows.show(page["models"], {} if project else mine)
    else:
        _nothing(query, project)
    widgets.pager("models", page["next_page_token"])


def _nothing(query: str, project: Json | None) -> None:
    if query:
        widgets.empty_state(
            "No model found",
            "No name contains these letters. Search for less, or choose another project.",
            icon="search",
        )
        return
    slug = str(project["slug"]) if project else None
    widgets.empty_state(
        "No model yet",
        "Log a model with `registered_model_name=…`, or open a run and register what it logged.",
        lambda: navigation.link(
            "connect", "Connect a script", icon=":material/terminal:", project=slug
        ),
        icon="deployed_code",
    )


@st.dialog("New model")
def _create(projects: list[Json]) -> None:
    names = {str(project["slug"]): str(project["name"]) for project in projects}
    slug = st.selectbox("Project", list(names), format_func=lambda found: names[found])
    name = st.text_input("Name", key="new-model", max_chars=250, placeholder="fraud-classifier")
    text = st.text_area("Description", key="new-model-description", height=100)
    st.caption("It starts without versions: register one from a run, or from a script.")
    if st.button("Create model", type="primary", disabled=not name.strip()):
        with widgets.answering():
            registry.create_model(session.client(), slug, name.strip(), text.strip())
            navigation.go("model", project=slug, model=name.strip())


main()
