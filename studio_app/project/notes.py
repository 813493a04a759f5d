"""What a project is about, in Markdown: its description, which its owners write."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import foreign_markdown, widgets

# The API takes no longer description.
_LONGEST = 4000


def show(project: Json) -> None:
    """Draws the description of a project, and for its owners a way to write it."""
    text = str(project["description"])
    writes = session.may("manage", str(project["slug"]))
    if not text and not writes:
        return
    with st.container(border=bool(text), gap="small", key="project-notes"):
        if text:
            foreign_markdown.show(text)
        label = "Edit notes" if text else "Add notes"
        if writes and st.button(label, icon=":material/edit:", type="tertiary", key="notes"):
            _edit(project, text)


@st.dialog("Notes of the project", width="large")
def _edit(project: Json, text: str) -> None:
    new = st.text_area(
        "What it is for, what was found, where to read on",
        text,
        height=280,
        max_chars=_LONGEST,
        key="notes-text",
    )
    st.caption("Markdown works here. Members and administrators see it.")
    if st.button("Save", type="primary", key="notes-save"):
        with widgets.answering():
            session.client().update_project(
                str(project["slug"]), name=str(project["name"]), description=new.strip()
            )
            widgets.notice("The notes are saved.")
            st.rerun()
