"""The link from a page to MLflow's own interface, which shows what Studio has no page for."""

from urllib.parse import quote

import streamlit as st

from studio_app.settings import settings


def url(slug: str, *place: str) -> str:
    """The address of a place of a project's interface, such as "experiments", "7", "runs"."""
    path = "/".join(quote(part, safe="") for part in place)
    return f"{settings().public_api_url}/projects/{slug}/#/{path}"


def show(slug: str, *place: str) -> None:
    """Draws the link; it opens in a tab of its own."""
    st.link_button(
        "Open in MLflow",
        url(slug, *place),
        type="tertiary",
        icon=":material/open_in_new:",
        help="Evaluations, datasets and more, in MLflow's own interface",
    )
