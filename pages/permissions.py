"""Permissions: people and groups by projects, for administrators; each cell is a role."""

from functools import partial
from typing import Any

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import matrix, preview
from studio_app.ui import drawn, widgets

_PER_PAGE = 50
_COLUMNS = 8
_MOST_PROJECTS = 500
_SAVES = "matrix-saves"


def main() -> None:
    """Shows the matrix to administrators, who change roles in it."""
    if not session.person()["administrator"]:
        widgets.refusal(
            "Only for administrators",
            "Administrators see everybody's roles. Owners change those of their project on the "
            "page Members.",
        )
        return
    widgets.page_header(
        "Permissions", "Roles as they were granted. Change cells, look who is touched, then save."
    )
    with widgets.answering():
        _show()


def _show() -> None:
    wanted, projects = _filters()
    if not projects:
        widgets.empty_state(
            "No projects yet", "Roles are given in projects. Open one first.", icon="grid_on"
        )
        return
    key = "permissions"
    with st.spinner("Reading roles …"):
        token = widgets.page_token(key, of=str(sorted(wanted.items())))
        page = session.client().permissions(max_results=_PER_PAGE, page_token=token, **wanted)
    if page["people"]:
        _table(page, projects)
    else:
        widgets.empty_state("Nobody found", "No person fits. Search for less.", icon="search")
    widgets.pager(key, page["next_page_token"])


def _filters() -> tuple[dict[str, str], list[str]]:
    """What the API is asked for, and the projects that have a column."""
    known = session.client().projects(max_results=_MOST_PROJECTS)["projects"]
    slugs = [str(project["slug"]) for project in known]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        user = st.text_input("Person", key="matrix-user", placeholder="Part of a name")
        group = st.text_input("Group", key="matrix-group", placeholder="Its exact name")
        shown = st.multiselect(
            "Projects",
            slugs,
            default=slugs[:_COLUMNS],
            key="matrix-projects",
            placeholder="Choose the columns",
        )
    wanted = {"user": user.strip(), "group": group.strip()}
    if len(shown) == 1:
        wanted["project"] = shown[0]
    return wanted, shown


def _table(page: Json, projects: list[str]) -> None:
    table = matrix.frame(page, projects)
    # What was typed belongs to rows and columns by their place: with others it starts anew.
    cells = [f"{row[matrix.KIND]} {row[matrix.NAME]}" for row in table.to_dict("records")]
    edited = st.data_editor(
        table,
        key=drawn.key(f"matrix-{st.session_state.get(_SAVES, 0)}", [*cells, *projects]),
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
            _save(made)


def _save(made: list[matrix.Change]) -> None:
    for change in made:
        preview.unless_changed(partial(change.send, session.client()))
    # A new key, or the table would go on showing what was typed over what is true now.
    session.remember(_SAVES, st.session_state.get(_SAVES, 0) + 1)
    widgets.notice("The roles are saved.")
    st.rerun()


main()
