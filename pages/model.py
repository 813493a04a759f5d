"""One registered model: its versions, its card and its aliases."""

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.models import (
    alias_history,
    model_card,
    model_header,
    model_version,
    registry,
    version_details,
    version_record,
    version_table,
)
from studio_app.prompts import prompts
from studio_app.ui import address_fields, breadcrumbs, drawn, navigation, url_state, widgets

_OPEN = "version-open"
_PARTS = ("Versions", "Model card", "Alias history")


def main() -> None:
    """Shows the model that the address names, one part of it at a time."""
    url_state.restore("model", "model")
    if version := drawn.clicked(_OPEN):
        url_state.put("version", version)
    project = widgets.project_or_stop("see a model")
    slug = str(project["slug"])
    with widgets.answering():
        model = _model(slug)
        if model is None:
            model_header.show_missing(slug)
            return
        if prompts.is_prompt(model["tags"]):
            model_header.show_prompt(slug, str(model["name"]))
            return
        widgets.title_tab(str(model["name"]))
        breadcrumbs.up((str(project["name"]), "models", {"project": slug}))
        model_header.show(slug, model)
        tabs = address_fields.tabs(_PARTS, key="model-part", name="part")
        for tab, draw in zip(tabs, (_versions, _card, alias_history.show), strict=True):
            if tab.open:
                with tab:
                    draw(slug, model)


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


def _versions(slug: str, model: Json) -> None:
    name = str(model["name"])
    with st.skeleton(height=240):
        frame, more = registry.versions(session.client(), slug, name, model["aliases"])
    if frame.empty:
        _empty(slug)
        return
    asked = url_state.value("version")
    chosen = frame[frame["version"] == asked] if asked else frame.head(1)
    if chosen.empty:
        st.caption(f"There is no version {widgets.plain(asked)} of this model.")
    else:
        record = version_record.read(slug, name, chosen.iloc[0])
        model_version.show(slug, model, chosen.iloc[0], record)
        version_details.show(slug, model, frame, record)
    version_table.show(slug, frame, _OPEN)
    if more:
        st.caption(f"The newest {len(frame)} versions.")


def _card(slug: str, model: Json) -> None:
    name, text = str(model["name"]), str(model.get("description") or "")
    model_card.show(
        text,
        may_edit=session.may("register", slug),
        about="model",
        edit=lambda: model_card.edit_of_model(slug, name, text),
    )


def _empty(slug: str) -> None:
    widgets.empty_state(
        "No version yet",
        "Open a run and register a model that it logged, or log one with "
        "`registered_model_name=…`.",
        lambda: navigation.link("experiments", "Go to experiments", project=slug),
        icon="deployed_code",
    )


main()
