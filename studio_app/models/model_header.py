"""The head of a model's page: its name, aliases, and what a person may do with all of it."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.artifacts import mlflow_link
from studio_app.models import model_badges, model_card, registry
from studio_app.sharing import keeping
from studio_app.ui import navigation, times, widgets


def show(slug: str, model: Json) -> None:
    """Draws the head with the beginning of the model's card."""
    name, text = str(model["name"]), str(model.get("description") or "")
    title, whole = widgets.named(name)
    with widgets.page_header(title, whole=whole):
        mlflow_link.show(slug, "models", name)
        allowed = ["Edit card"] if session.may("register", slug) else []
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
            # MLflow counts no moved alias as a change of the model.
            when = times.ago(times.from_milliseconds(updated))
            st.caption(f"versions or card changed {when}")
    model_card.show_excerpt(text)
    if chosen == "Edit card":
        model_card.edit_of_model(slug, name, text)
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


def show_missing(slug: str) -> None:
    """Says that there is no such model for this person."""
    widgets.empty_state(
        "No such model",
        "There is no model of this name in this project. It may have been deleted.",
        lambda: navigation.link("models", "Go to models", project=slug),
        icon="search_off",
    )


def show_prompt(slug: str, name: str) -> None:
    """Says that the name is a prompt's, and leads there."""
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
