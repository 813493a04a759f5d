"""The deleted projects that a person may bring back, below the list of projects."""

from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import keeping
from studio_app.ui import list_row, widgets


def show() -> None:
    """Draws them with a button to restore each; nothing if there are none."""
    token = widgets.page_token("deleted-projects")
    page = session.client().deleted_projects(max_results=10, page_token=token)
    if page["projects"]:
        st.header("Deleted projects", anchor=False)
    for project in page["projects"]:
        _row(project)
    widgets.pager("deleted-projects", page["next_page_token"])


def _row(project: Json) -> None:
    slug, name = str(project["slug"]), str(project["name"])
    with list_row.line(f"deleted-{slug}"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{widgets.plain(name)}** {keeping.left(project)}")
            widgets.facts(" · ".join([f"`{slug}`", *keeping.facts(project)]))
        pressed = st.button("Restore", key=f"restore-{slug}", help=f"Brings {slug} back")
    if pressed:
        widgets.confirm(
            "Restore project",
            f"**{widgets.plain(name)}** comes back with its content, its members and their roles. "
            "Tokens for it work again.",
            "Restore",
            partial(session.client().restore_project, slug),
            done=f"The project {slug} is back.",
        )
