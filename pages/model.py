"""One registered model: its versions, aliases and tags."""

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.artifacts import mlflow_link
from studio_app.models import (
    model_badges,
    model_version,
    registry,
    version_details,
    version_record,
    version_table,
)
from studio_app.prompts import prompts
from studio_app.sharing import keeping
from studio_app.ui import breadcrumbs, drawn, navigation, times, url_state, widgets

_OPEN = "version-open"


def main() -> None:
    """Shows the model that the address names, and one of its versions in full."""
    url_state.restore("model", "model")
    if version := drawn.clicked(_OPEN):
        url_state.put("version", version)
    project = widgets.project_or_stop("see a model")
    slug = str(project["slug"])
    with widgets.answering():
        model = _model(slug)
        if model is None:
            _gone(slug)
            return
        if prompts.is_prompt(model["tags"]):
            _is_prompt(slug, str(model["name"]))
            return
        breadcrumbs.up((str(project["name"]), "models", {"project": slug}))
        _header(slug, model)
        with st.skeleton(height=240):
            frame, more = registry.versions(
                session.client(), slug, str(model["name"]), model["aliases"]
            )
        if frame.empty:
            _empty(slug)
            return
        asked = url_state.value("version")
        chosen = frame[frame["version"] == asked] if asked else frame.head(1)
        if chosen.empty:
            st.caption(f"There is no version {widgets.plain(asked)} of this model.")
        else:
            record = version_record.read(slug, str(model["name"]), chosen.iloc[0])
            model_version.show(slug, model, chosen.iloc[0], record)
            version_details.show(slug, model, frame, record)
        version_table.show(slug, frame, _OPEN)
        if more:
            st.caption(f"The newest {len(frame)} versions.")


def _model(slug: str) -> Json | None:
    name = st.query_params.get("model", "")
    if not name:
        return None
    try:
        return registry.model(session.client(), slug, name)
    except ApiError as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise


def _header(slug: str, model: Json) -> None:
    name = str(model["name"])
    title, whole = widgets.named(name)
    with widgets.page_header(title, whole=whole):
        mlflow_link.show(slug, "models", name)
        allowed = ["Describe"] if session.may("register", slug) else []
        allowed += ["Delete"] if session.may("delete", slug) else []
        chosen = None
        if allowed:
            chosen = st.menu_button(
                "",
                allowed,
                icon=":material/more_vert:",
                key="model-menu",
                help="What you can do with this model",
            )
    updated = model.get("last_updated_timestamp")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if model["aliases"]:
            st.markdown(model_badges.with_versions(model["aliases"]), width="content")
        if updated:
            st.caption(f"changed {times.ago(times.from_milliseconds(updated))}")
    if model.get("description"):
        st.markdown(str(model["description"]))
    if chosen == "Describe":
        _describe(slug, name, str(model.get("description") or ""))
    elif chosen == "Delete":
        widgets.confirm(
            "Delete model",
            f"This deletes **{widgets.plain(name)}** with all its versions and aliases. Programs "
            f"that load it will fail. {keeping.describe()} The runs it came from stay.",
            "Delete model",
            lambda: _delete(slug, name),
            done="The model is deleted.",
            typed=name,
        )


def _empty(slug: str) -> None:
    widgets.empty_state(
        "No version yet",
        "Open a run and register a model that it logged, or log one with "
        "`registered_model_name=…`.",
        lambda: navigation.link("experiments", "Go to experiments", project=slug),
        icon="deployed_code",
    )


def _gone(slug: str) -> None:
    widgets.empty_state(
        "No such model",
        "There is no model of this name in this project. It may have been deleted.",
        lambda: navigation.link("models", "Go to models", project=slug),
        icon="search_off",
    )


def _is_prompt(slug: str, name: str) -> None:
    widgets.empty_state(
        "This is a prompt",
        "MLflow keeps prompts among its models. They have a page of their own.",
        lambda: navigation.link("prompt", "Go to the prompt", project=slug, prompt=name),
        icon="chat",
    )


def _delete(slug: str, name: str) -> None:
    registry.delete_model(session.client(), slug, name)
    widgets.notice("The model is deleted.")
    navigation.go("models", project=slug)


@st.dialog("Describe model", width="large")
def _describe(slug: str, name: str, text: str) -> None:
    new = st.text_area("Description", text, height=200, key="model-description")
    st.caption("Markdown works here.")
    if st.button("Save", type="primary"):
        with widgets.answering():
            registry.describe_model(session.client(), slug, name, new.strip())
            widgets.notice("The description is saved.")
            st.rerun()


main()
