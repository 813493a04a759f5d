"""Connect: what to paste into a script, and a token for it."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.settings import settings
from studio_app.tokens import first_run, new_token
from studio_app.ui import navigation, widgets
from studio_app.ui.snippets import LANGUAGES, STYLES, snippet


def main() -> None:
    """Shows what to paste for the chosen project, and makes a token for it."""
    new_token.forget()
    with widgets.page_header("Connect", "Log from any script with an unmodified MLflow client."):
        navigation.link("tokens", "Your tokens", icon=":material/key:")
        if st.button("New token", icon=":material/add:", type="primary"):
            new_token.create()
    current = session.project() or _choose()
    if current is None:
        widgets.empty_state(
            "You have no project yet",
            "Scripts log into a project. Create one, or ask an owner to add you.",
            icon="folder_open",
        )
    else:
        with widgets.answering():
            if not first_run.show(current):
                st.header("Paste into your script", anchor=False)
                _snippets(str(current["slug"]))


def _snippets(slug: str) -> None:
    style = st.segmented_control(
        "How the project is named",
        STYLES,
        default=STYLES[0],
        required=True,
        help="Both work the same. The variable suits tools that fix the address.",
    )
    for tab, (language, highlight) in zip(st.tabs(list(LANGUAGES)), LANGUAGES.items(), strict=True):
        with tab:
            text = snippet(
                language,
                str(style),
                api_url=settings().public_api_url,
                project=slug,
            )
            st.code(text, language=highlight, wrap_lines=True)
    widgets.facts(
        "Where a tool asks for a user name and a password, give your username and the token in "
        "place of the password: `MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD`."
    )


def _choose() -> Json | None:
    mine = session.projects()
    if not mine:
        return None
    chosen = st.selectbox(
        "Project", mine, format_func=lambda project: str(project["name"]), key="connect-project"
    )
    return chosen if isinstance(chosen, dict) else None


main()
