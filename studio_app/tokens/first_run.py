"""The guided first run: a token filled into what is pasted, and the wait for what it logs."""

import pyarrow as pa
import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json, SignedOut
from studio_app.models.registry import quoted
from studio_app.runs import run_rows, tracking
from studio_app.runs.run_frames import USER
from studio_app.settings import settings
from studio_app.ui import widgets
from studio_app.ui.snippets import LANGUAGES, PLACEHOLDER, STYLES, snippet

SECONDS = 4
_WAITED = "first-run-waited"
_NAME, _ACTIONS = "First run", ["read", "log", "register"]
_BUTTON = "Create a token and fill it in"


def show(project: Json) -> bool:
    """Draws the guide for who may log into the project and has no run of their own there yet.

    The answer is whether it was drawn. A run that it waited for is shown with a link instead.
    """
    slug = str(project["slug"])
    waited = st.session_state.get(_WAITED) == slug
    try:
        found = _find(slug) if waited or "log" in project["may"] else None
    except SignedOut:
        raise
    except ApiError:
        # Without MLflow nobody knows: what is pasted is there nevertheless.
        found = None
    if found is None or found.num_rows:
        if found is not None and waited:
            _arrived(project, found)
        return False
    session.remember(_WAITED, slug)
    st.header("Your first run", anchor=False)
    with st.container(border=True, key="first-run-paste"):
        _paste(slug)
    with st.container(border=True, key="first-run-wait"):
        _wait(slug)
    return True


def _find(slug: str) -> pa.Table:
    """The person's first run in the project; no row where there is none."""
    found = tracking.query_runs(
        session.client(),
        slug,
        [],
        filter_text=f"tags.`{USER}` = {quoted(str(session.person()['username']))}",
        order=[{"by": "attributes.start_time", "ascending": True}],
        columns=[],
        limit=1,
    )
    return found.table


@st.fragment
def _paste(slug: str) -> None:
    """Draws what to paste; the token is in the page that is drawn after the click, nowhere else."""
    st.markdown("**1. Install MLflow's client, once**")
    st.code("pip install mlflow", language=None)
    st.markdown("**2. Paste this, and run it**")
    place, token = st.empty(), PLACEHOLDER
    if place.button(_BUTTON, type="primary", icon=":material/key:", key="first-run-token"):
        with widgets.answering():
            token = _create(slug)
            place.empty()
    for tab, (language, highlight) in zip(st.tabs(list(LANGUAGES)), LANGUAGES.items(), strict=True):
        with tab:
            api_url = settings().public_api_url
            text = snippet(language, STYLES[0], api_url=api_url, project=slug, token=token)
            st.code(text, language=highlight, wrap_lines=True)
            if token != PLACEHOLDER and token not in text:
                widgets.show_once_secret(token, "The token that it asks for")
    if token == PLACEHOLDER:
        widgets.facts("A token shows who your script is. It is made for this project alone.")
    else:
        widgets.facts("Copy it now. For your safety the token is not kept and is not shown again.")


def _create(slug: str) -> str:
    made = session.client().create_token(_NAME, project=slug, actions=_ACTIONS)
    return str(made["token"])


def _wait(slug: str) -> None:
    @st.fragment(run_every=SECONDS)
    def part() -> None:
        with widgets.answering():
            st.markdown("**3. Your first run shows here**")
            try:
                arrived = bool(_find(slug).num_rows)
            except ApiError as error:
                # It is asked again in a moment: one answer that fails is no news.
                if error.status not in (400, 429, 504):
                    raise
                arrived = False
            if arrived:
                # What was pasted works: the page draws the run, and the token goes.
                st.rerun()
            widgets.facts(":material/hourglass_top: Waiting. The page looks by itself.")

    part()


def _arrived(project: Json, found: pa.Table) -> None:
    st.success(
        "**Your first run is there.** Your script and this project are connected.",
        icon=":material/celebration:",
    )
    run_rows.show(found, {str(project["slug"]): str(project["name"])}, "first-run")
