"""Home: my projects, and what was worked on last in all of them."""

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.quotas import meters
from studio_app.runs import my_runs, run_rows
from studio_app.sharing import requests
from studio_app.tokens import token_rows
from studio_app.ui import navigation, widgets

_CARDS = 6
_RECENT = 8


def main() -> None:
    """Shows what waits for me, my projects and the experiments updated last."""
    user = session.person()
    widgets.page_header(f"Hello, {widgets.plain(user['display_name'] or user['username'])}")
    projects = session.projects()
    if not projects:
        _first_steps(administrator=bool(user["administrator"]))
        return
    with widgets.answering():
        requests.badge()
        token_rows.warn(token_rows.ending(session.client().tokens()), link=True)
        # The frame says it of the chosen project.
        chosen = session.project()
        meters.near(session.client().usage_near(), without=str(chosen["slug"]) if chosen else None)
    experiments: list[Json] | None = None
    with widgets.answering(), st.spinner("Reading what was logged …"):
        experiments = session.client().experiments(max_results=_RECENT)["experiments"]
        _mine(str(user["username"]))
    # The projects are there even while MLflow is not.
    _projects(run_rows.by_activity(projects, experiments or []))
    if experiments is not None:
        st.header("Recent experiments", anchor=False)
        _experiments(experiments)


def _mine(username: str) -> None:
    """Draws my runs that run now or failed since yesterday; nothing where there are none."""
    try:
        found = my_runs.read(session.client(), username)
    except ApiError as error:
        # One of many projects may be at its limit: the rest of the page is there nevertheless.
        if error.status not in (400, 429):
            raise
        st.caption(f"Your runs cannot be listed now. {widgets.plain(error.message)}")
        return
    if not found.num_rows:
        return
    st.header("My runs: running, or failed since yesterday", anchor=False)
    names = {str(project["slug"]): str(project["name"]) for project in session.projects()}
    run_rows.show(found, names, "home-runs")


def _first_steps(*, administrator: bool) -> None:
    widgets.empty_state(
        "You are in no project yet" if administrator else "You have no project yet",
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
                "project", f"**{widgets.plain(project['name'])}**", project=project["slug"]
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
    names = {str(project["slug"]): str(project["name"]) for project in session.projects()}
    run_rows.experiments(experiments, names, "home-experiments")


main()
