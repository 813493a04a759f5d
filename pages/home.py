"""Home: my projects, and what was worked on last in all of them."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import requests
from studio_app.tokens import token_rows
from studio_app.ui import navigation, times, widgets

_CARDS = 6
_RECENT = 8


def main() -> None:
    """Shows the cards of my projects and the experiments updated last."""
    user = session.person()
    widgets.page_header(f"Hello, {widgets.plain(user['display_name'] or user['username'])}")
    projects = session.projects()
    if not projects:
        _first_steps(administrator=bool(user["administrator"]))
        return
    with widgets.answering():
        requests.badge()
        token_rows.warn(token_rows.ending(session.client().tokens()), link=True)
    _projects(projects)
    st.header("Recent experiments", anchor=False)
    with widgets.answering(), st.spinner("Reading experiments …"):
        _experiments(session.client().experiments(max_results=_RECENT)["experiments"])


def _first_steps(*, administrator: bool) -> None:
    widgets.empty_state(
        "You have no project yet",
        "A project holds experiments, runs and models, and the people who share them. "
        "Create one, or ask the owner of an existing project to add you.",
        lambda: navigation.link("projects", "Go to projects", icon=":material/folder_open:"),
        icon="folder_open",
    )
    if administrator:
        with st.container(horizontal_alignment="center"):
            navigation.link("people", "Create accounts for your people")


def _projects(projects: list[Json]) -> None:
    st.header("Projects", anchor=False)
    columns = [column for _ in range(0, min(len(projects), _CARDS), 3) for column in st.columns(3)]
    for column, project in zip(columns, projects, strict=False):
        with column, st.container(border=True, height="stretch", gap="xsmall"):
            navigation.link(
                "experiments", f"**{widgets.plain(project['name'])}**", project=project["slug"]
            )
            if project["description"]:
                widgets.facts(widgets.plain(widgets.shortened(project["description"], 110)))
            role = project["role"] or "administrator"
            count = project["members"]
            people = "1 member" if count == 1 else f"{count} members"
            widgets.facts(f"{role} · {people}")
    if len(projects) > _CARDS:
        navigation.link("projects", f"All {len(projects)} projects")


def _experiments(experiments: list[Json]) -> None:
    if not experiments:
        widgets.empty_state(
            "Nothing logged yet",
            "Create a token, paste three lines into your script, and the first run shows here.",
            lambda: navigation.link("connect", "Connect a script", icon=":material/terminal:"),
            icon="science",
        )
        return
    names = {project["slug"]: str(project["name"]) for project in session.projects()}
    with st.container(border=True, gap="small"):
        for row in experiments:
            with st.container(gap="xxsmall"):
                navigation.link(
                    "runs",
                    f"**{widgets.plain(row['name'])}**",
                    project=row["project"],
                    experiment_id=row["experiment_id"],
                )
                updated = times.ago(times.from_milliseconds(row["last_update_time"]))
                project = names.get(row["project"], str(row["project"]))
                widgets.facts(f"{widgets.plain(project)} · updated {updated}")


main()
