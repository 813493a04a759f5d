"""Projects: the ones I am in, and for administrators all of them."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import deleted_projects, keeping
from studio_app.ui import navigation, times, widgets
from studio_app.ui.slugs import SLUG_RULE, slug_of


def main() -> None:
    """Lists projects with what may be done to each; creates, edits, deletes, restores them."""
    administrator = bool(session.person()["administrator"])
    caption = "All projects of this ML Studio." if administrator else "The projects you are in."
    with widgets.page_header("Projects", caption):
        if st.button("New project", icon=":material/add:", type="primary"):
            _create(administrator=administrator)
    query = st.text_input(
        "Search",
        key="projects-search",
        placeholder="Search by name",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    with widgets.answering(), st.spinner("Reading projects …"):
        token = widgets.page_token("projects", of=query)
        page = session.client().projects(query, max_results=20, page_token=token)
        for project in page["projects"]:
            _row(project, administrator=administrator)
        if not page["projects"]:
            _nothing(query)
        widgets.pager("projects", page["next_page_token"])
        if not query:
            deleted_projects.show()


def _nothing(query: str) -> None:
    if query:
        widgets.empty_state(
            "No project found", "No name contains these letters. Search for less.", icon="search"
        )
    else:
        widgets.empty_state(
            "No project yet",
            "Press “New project”, or ask the owner of an existing project to add you.",
            icon="folder_open",
        )


def _row(project: Json, *, administrator: bool) -> None:
    slug = str(project["slug"])
    manages = administrator or "manage" in project["may"]
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", wrap=False, key=f"row-{slug}"
    ):
        with st.container(width="stretch", gap="xxsmall"):
            name = f"**{widgets.plain(project['name'])}**"
            if project["role"]:
                navigation.link("project", name, project=slug)
            else:
                st.markdown(name)
            if project["description"]:
                widgets.facts(widgets.plain(widgets.shortened(project["description"], 160)))
            count = project["members"]
            people = "1 member" if count == 1 else f"{count} members"
            made = times.day(project["created_at"])
            widgets.facts(f"`{slug}` · {people} · since {made}")
        if project["role"]:
            st.badge(project["role"], color="blue" if project["role"] == "owner" else "gray")
        chosen = st.menu_button(
            "More",
            [
                "Members",
                *(["Connect"] if project["role"] else []),
                *(["Edit", "Delete"] if manages else []),
            ],
            type="tertiary",
            key=f"menu-{slug}",
            help=f"What you can do with {slug}",
        )
    if chosen == "Members":
        navigation.go("members", project=slug)
    elif chosen == "Connect":
        navigation.go("connect", project=slug)
    elif chosen == "Edit":
        _edit(project)
    elif chosen == "Delete":
        widgets.confirm(
            "Delete project",
            f"This deletes **{widgets.plain(project['name'])}** with all its experiments, runs "
            f"and models, for all its members. {keeping.describe()} The address “{slug}” is never "
            "given out again.",
            "Delete project",
            lambda: session.client().delete_project(slug, slug),
            done=f"Project {slug} is deleted.",
            typed=slug,
        )


@st.dialog("New project")
def _create(*, administrator: bool) -> None:
    name = st.text_input("Name", key="new-name", placeholder="Fraud detection")
    proposed = slug_of(name)
    slug = st.text_input(
        "Address",
        value=proposed,
        # A new name brings a new proposal; what was typed over it goes with the old name.
        key=f"new-slug-{proposed}",
        help="Stands in the address that scripts log to. " + SLUG_RULE,
    )
    widgets.facts("The address can never be changed; the name and the description can.")
    description = st.text_area("Description", key="new-description", height=90)
    owner = ""
    if administrator:
        owner = st.text_input(
            "Owner",
            key="new-owner",
            placeholder=session.person()["username"],
            help="The username of the person who will manage the project. Empty: you.",
        )
    if st.button("Create project", type="primary", disabled=not (name.strip() and slug.strip())):
        with widgets.answering():
            session.client().create_project(
                slug.strip(), name.strip(), description.strip(), owner.strip() or None
            )
            if not owner.strip():
                session.choose_project(slug.strip())
            widgets.notice(f"Project {slug.strip()} is ready.")
            st.rerun()


@st.dialog("Edit project")
def _edit(project: Json) -> None:
    name = st.text_input("Name", project["name"], key="edit-name")
    description = st.text_area("Description", project["description"], key="edit-description")
    widgets.facts(f"Address: `{project['slug']}` (it never changes)")
    if st.button("Save", type="primary", disabled=not name.strip()):
        with widgets.answering():
            session.client().update_project(
                project["slug"], name=name.strip(), description=description.strip()
            )
            widgets.notice("The project is saved.")
            st.rerun()


main()
