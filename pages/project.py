"""A project: what it is about, what runs and failed in it, and its best runs."""

import streamlit as st

from studio_app import session
from studio_app.project import notes, overview
from studio_app.runs import kept
from studio_app.ui import formats, navigation, widgets


def main() -> None:
    """Shows the project that the address names."""
    project = widgets.project_or_stop("see what goes on in it", title="Project")
    slug = str(project["slug"])
    count = formats.count(int(project["members"]), "member")
    role = widgets.plain(str(project["role"] or "administrator"))
    title, whole = widgets.named(str(project["name"]))
    with widgets.page_header(title, f"{role} · {count} · `{slug}`", whole=whole):
        navigation.link(
            "runs", "All runs", icon=":material/table_rows:", project=slug, experiment_id="all"
        )
        navigation.link("members", "Members", icon=":material/group:", project=slug)
        if st.button("Refresh", icon=":material/refresh:", key="project-refresh"):
            kept.forget()
            st.rerun()
    notes.show(project)
    # Who administers sees that a project is there, not what is in it.
    if session.may("read", slug):
        with widgets.answering():
            overview.show(project)


main()
