"""Permissions: people and groups by projects, for administrators; each cell is a role."""

from functools import partial
from typing import Any

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import matrix, matrix_view, preview
from studio_app.ui import address_fields, drawn, widgets

_PER_PAGE = {"matrix": 1000, "edit": 50}
_COLUMNS = 8
_MOST_PROJECTS = 500
_MOST_GROUPS = 1000


def main() -> None:
    """Shows the matrix to administrators, who change roles in it."""
    if not session.person()["administrator"]:
        widgets.refusal(
            "Only for administrators",
            "Administrators see everybody's roles. Owners change those of their project on the "
            "page Members.",
        )
        return
    with widgets.page_header(
        "Permissions", "Roles as they were granted. What changes is shown before it is saved."
    ):
        view = _view()
    with widgets.answering():
        _show(view)


def _view() -> str:
    return address_fields.segments(
        "How roles are shown",
        tuple(_PER_PAGE),
        key="matrix-view",
        name="view",
        shown={"matrix": "Matrix", "edit": "Edit many"}.__getitem__,
    )


def _show(view: str) -> None:
    client = session.client()
    known = client.projects(max_results=_MOST_PROJECTS)["projects"]
    if not known:
        widgets.empty_state(
            "No projects yet", "Roles are given in projects. Open one first.", icon="grid_on"
        )
        return
    names = {str(project["slug"]): str(project["name"]) for project in known}
    wanted, chosen, (role, order) = _filters(names, view)
    projects = chosen or (list(names)[:_COLUMNS] if view == "edit" else list(names))
    key = f"permissions-{view}"
    with st.spinner("Reading roles …"):
        token = widgets.page_token(key, of=str(sorted(wanted.items())))
        page = client.permissions(max_results=_PER_PAGE[view], page_token=token, **wanted)
    if not page["people"]:
        widgets.empty_state("Nobody found", "No person fits. Search for less.", icon="search")
    elif view == "edit":
        _table(page, projects)
    else:
        matrix_view.show(page, {slug: names[slug] for slug in projects}, role, order)
    widgets.pager(key, page["next_page_token"])


def _filters(names: dict[str, str], view: str) -> tuple[dict[str, str], list[str], tuple[str, str]]:
    """What the API is asked for, the projects that were chosen as columns, and the order."""
    groups = session.client().groups(max_results=_MOST_GROUPS)["groups"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        user = st.text_input("Person", key="matrix-user", placeholder="Part of a name", width=150)
        group = st.selectbox(
            "Group",
            ["", *(str(one["name"]) for one in groups)],
            format_func=lambda name: name or "Any",
            key="matrix-group",
            width=150,
        )
        arranged = ("", matrix_view.ORDERS[0])
        if view == "matrix":
            arranged = matrix_view.arrangement()
        chosen = st.multiselect(
            "Projects",
            list(names),
            format_func=lambda slug: names.get(slug, slug),
            key="matrix-projects",
            placeholder="All, or some of them",
        )
    wanted = {"user": user.strip(), "group": str(group or "")}
    if len(chosen) == 1:
        wanted["project"] = chosen[0]
    return wanted, chosen, arranged


def _table(page: Json, projects: list[str]) -> None:
    table = matrix.frame(page, projects)
    # What was typed belongs to rows and columns by their place: with others it starts anew.
    cells = [f"{row[matrix.KIND]} {row[matrix.NAME]}" for row in table.to_dict("records")]
    edited = st.data_editor(
        table,
        key=drawn.key(f"matrix-{st.session_state.get(matrix_view.SAVES, 0)}", [*cells, *projects]),
        hide_index=True,
        width="stretch",
        disabled=list(matrix.FIXED),
        column_config=_columns(projects),
    )
    made = matrix.changes(page, edited, projects)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Export CSV",
            matrix.as_csv(table),
            "permissions.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        label = f"Review {len(made)} {'change' if len(made) == 1 else 'changes'}"
        if st.button(label, type="primary", disabled=not made):
            _review(made)
    widgets.facts("A role that comes through a group stands in the group's row.")


def _columns(projects: list[str]) -> dict[str, Any]:
    roles = [matrix.NOTHING, *widgets.ROLES]
    return {
        matrix.NAME: st.column_config.TextColumn(pinned=True),
        **{
            slug: st.column_config.SelectboxColumn(slug, options=roles, required=False)
            for slug in projects
        },
    }


@st.dialog("Review changes", width="large")
def _review(made: list[matrix.Change]) -> None:
    possible = []
    with widgets.answering():
        for change in made:
            before, after = change.before or "no role", change.after or "no role"
            st.markdown(
                f"**{widgets.plain(change.name)}** in `{change.project}`: {before} → {after}"
            )
            possible.append(preview.rehearsed(partial(change.send, session.client(), preview=True)))
        if st.button("Save all", type="primary", disabled=not all(possible)):
            matrix_view.save(made)


main()
