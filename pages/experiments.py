"""Experiments: over all my projects or the chosen one, newest update first."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.runs import kept, run_rows, tracking
from studio_app.sharing import keeping
from studio_app.ui import breadcrumbs, formats, navigation, widgets

_PAGE = 25


def main() -> None:
    """Lists experiments with a search; creates, renames and deletes them."""
    project = session.project()
    if st.query_params.get("project") and not project:
        widgets.project_or_stop("see its experiments")
    slug = str(project["slug"]) if project else None
    caption = (
        f"In {widgets.plain(project['name'])}" if project else "Over all the projects you are in"
    )
    creatable = [found for found in session.projects() if "log" in found["may"]]
    if project:
        creatable = [found for found in creatable if found["slug"] == slug]
    with widgets.page_header("Experiments", caption):
        if project is not None:
            navigation.link(
                "runs",
                "All runs",
                icon=":material/table_rows:",
                project=slug,
                experiment_id="all",
            )
        if creatable and st.button("New experiment", icon=":material/add:", type="primary"):
            _create(creatable)
    query = st.text_input(
        "Search",
        key="experiments-search",
        type="search",
        placeholder="Search by name",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    with widgets.answering():
        token = widgets.page_token("experiments", of=f"{slug} {query}")
        with st.skeleton(height=320):
            page = session.client().experiments(
                project=slug, query=query.strip(), max_results=_PAGE, page_token=token
            )
        if page["experiments"]:
            _rows(page["experiments"], with_project=project is None)
        else:
            _nothing(query.strip(), project)
        widgets.pager("experiments", page["next_page_token"])


def _rows(experiments: list[Json], *, with_project: bool) -> None:
    names = {project["slug"]: str(project["name"]) for project in session.projects()}
    with st.container(border=True, gap="medium", key="experiment-rows"):
        for row in experiments:
            _row(row, names.get(row["project"], "") if with_project else "")


def _row(row: Json, project_name: str) -> None:
    slug, experiment_id = str(row["project"]), str(row["experiment_id"])
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        with st.container(width="stretch", gap="xxsmall"):
            params = {"project": slug, "experiment_id": experiment_id}
            breadcrumbs.row(str(row["name"]), "runs", params, "science")
            if note := row["tags"].get(tracking.NOTE):
                st.caption(widgets.plain(formats.excerpt(note)))
            breadcrumbs.facts([widgets.plain(project_name), *run_rows.experiment_facts(row)])
        _menu(row, slug, experiment_id)


def _menu(row: Json, slug: str, experiment_id: str) -> None:
    allowed = ["Rename"] if session.may("log", slug) else []
    allowed += ["Delete"] if session.may("delete", slug) else []
    if not allowed:
        return
    chosen = st.menu_button(
        "",
        allowed,
        icon=":material/more_vert:",
        type="tertiary",
        key=f"menu-{slug}-{experiment_id}",
        help=f"What you can do with {row['name']}",
    )
    if chosen == "Rename":
        _rename(slug, experiment_id, row["name"])
    elif chosen == "Delete":
        widgets.confirm(
            "Delete experiment",
            f"This deletes **{widgets.plain(row['name'])}** with all its runs, for all members "
            f"of the project. {keeping.describe()}",
            "Delete experiment",
            lambda: _delete_experiment(slug, experiment_id),
            done="The experiment is deleted.",
        )


def _delete_experiment(slug: str, experiment_id: str) -> None:
    kept.forget()
    tracking.delete_experiment(session.client(), slug, experiment_id)


def _nothing(query: str, project: Json | None) -> None:
    if query:
        widgets.empty_state(
            "No experiment found",
            "No name contains these letters. Search for less, or choose another project.",
            icon="search",
        )
    elif not session.projects():
        widgets.empty_state(
            "You have no project yet",
            "Create one, or ask the owner of an existing project to add you.",
            lambda: navigation.link("projects", "Go to projects", icon=":material/folder_open:"),
            icon="folder_open",
        )
    else:
        slug = str(project["slug"]) if project else None
        widgets.empty_state(
            "No experiment yet",
            "Point a script at this project and log a run: its experiment shows here.",
            lambda: navigation.link(
                "connect", "Connect a script", icon=":material/terminal:", project=slug
            ),
            icon="science",
        )


@st.dialog("New experiment")
def _create(projects: list[Json]) -> None:
    names = {str(project["slug"]): str(project["name"]) for project in projects}
    slug = st.selectbox("Project", list(names), format_func=lambda found: names[found])
    name = st.text_input("Name", key="new-experiment", max_chars=500, placeholder="Grid search")
    if st.button("Create experiment", type="primary", disabled=not name.strip()):
        with widgets.answering():
            made = tracking.create_experiment(session.client(), slug, name.strip())
            navigation.go("runs", project=slug, experiment_id=made)


@st.dialog("Rename experiment")
def _rename(slug: str, experiment_id: str, old: str) -> None:
    name = st.text_input("Name", old, key="rename-experiment", max_chars=500)
    if st.button("Rename", type="primary", disabled=name.strip() in {"", old}):
        with widgets.answering():
            kept.forget()
            tracking.rename_experiment(session.client(), slug, experiment_id, name.strip())
            widgets.notice("The experiment has its new name.")
            st.rerun()


main()
