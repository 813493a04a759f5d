"""The models that a run logged, where they are registered, and how to register or load them."""

from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.api.errors import if_there
from studio_app.models import registry
from studio_app.runs.tracking import Run
from studio_app.ui import breadcrumbs, commands, formats, navigation, widgets


def show(slug: str, run: Run) -> None:
    """Draws a card for each logged model of a run."""
    if not run.model_ids:
        widgets.empty_state(
            "No model logged",
            '`mlflow.sklearn.log_model(model, name="model")` and its siblings put one here.',
            icon="deployed_code",
        )
        return
    for model_id in run.model_ids:
        with st.skeleton(height=140):
            model = if_there(partial(registry.logged_model, session.client(), slug, model_id))
        if model is None:
            st.caption(f"The model `{widgets.plain(model_id)}` was deleted.")
        else:
            _card(slug, run, model)


def _card(slug: str, run: Run, model: Json) -> None:
    model_id = str(model["model_id"])
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(gap="xxsmall", width="stretch"):
                st.markdown(f"**{widgets.plain(str(model['name']))}**")
                made = formats.moment(
                    model.get("creation_timestamp_ms"), formats.zone(st.context.timezone)
                )
                st.caption(f"`{model_id}` · {made}")
            if session.may("register", slug) and st.button(
                "Register", icon=":material/add:", key=f"register-{model_id}"
            ):
                _register(slug, run, model)
        for name, version in model["registered"]:
            params = {"project": slug, "model": name, "version": version}
            breadcrumbs.inline(
                f"{name} · version {version}", "model", params, ":material/deployed_code:"
            )
        st.code(commands.load_model(f"models:/{model_id}"), language="python")


@st.dialog("Register model")
def _register(slug: str, run: Run, model: Json) -> None:
    known = session.client().models(project=slug, max_results=100)["models"]
    name = st.selectbox(
        "Registered model",
        [str(found["name"]) for found in known],
        index=None,
        accept_new_options=True,
        placeholder="Choose one, or type a new name",
        key="register-name",
    )
    st.caption("A new name makes a new registered model with this as version 1.")
    if st.button("Register", type="primary", key="register-go", disabled=not (name or "").strip()):
        with widgets.answering():
            model_id, chosen = str(model["model_id"]), str(name).strip()
            source = f"models:/{model_id}"
            version = registry.register_version(
                session.client(), slug, chosen, source, run.run_id, model_id
            )
            widgets.notice(f"Registered as version {version} of {chosen}.")
            navigation.go("model", project=slug, model=chosen, version=version)
