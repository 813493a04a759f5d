"""The matrix of roles as administrators look at it, and what is known of one cell."""

from functools import partial

import streamlit as st

from ml_studio.role_matrix import (
    MatrixCell,
    MatrixOptions,
    MatrixProject,
    chosen_cell,
    role_matrix,
)
from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import matrix, preview
from studio_app.ui import drawn, navigation, widgets

SAVES = "matrix-saves"
ORDERS = ("By name", "Most access first")
_KEY = "role-matrix"
_CHANGE = "Change role"


def arrangement() -> tuple[str, str]:
    """Draws how the matrix is arranged: the role that a row must have, if any, and the order."""
    role = st.selectbox(
        "Role",
        ["", *reversed(widgets.ROLES)],
        format_func=lambda name: name.capitalize() or "Any",
        key="matrix-role",
        width=140,
    )
    order = st.selectbox("Order", ORDERS, key="matrix-order", width=170)
    return str(role or ""), str(order)


@st.fragment
def show(page: Json, names: dict[str, str], role: str, order: str) -> None:
    """Draws the matrix with a column for each of `names`, projects by slug, and the chosen cell.

    It is a fragment: a chosen cell is told of what was read, nothing is read again.
    """
    rows = matrix.rows(page, list(names), role=role)
    if order == ORDERS[1]:
        rows = matrix.most_access_first(rows)
    if not rows:
        widgets.empty_state(
            "Nobody has this role", "Choose another one, or other projects.", icon="search"
        )
        return
    # What is said of a cell stands above at one height, so that no row moves when one is chosen.
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="matrix-cell"):
        _cell(page, names)
    version = drawn.key("matrix", [*(f"{row.name} {row.cells}" for row in rows), *names])
    role_matrix(
        rows,
        [MatrixProject(slug, name) for slug, name in names.items()],
        key=_KEY,
        options=MatrixOptions("Roles of people and groups by project", version),
    )


def _cell(page: Json, names: dict[str, str]) -> None:
    cell = chosen_cell(_KEY)
    if cell is None or cell.project not in names:
        st.markdown(
            ":gray[Choose a cell to see why, what happened, and to change it.]", width="stretch"
        )
        st.button(_CHANGE, icon=":material/edit:", key="matrix-no-change", disabled=True)
        return
    now = matrix.change(page, cell, matrix.NOTHING).before
    name, project = widgets.plain(cell.name), widgets.plain(names[cell.project])
    own = f"role of their own: **{now}**" if cell.kind == matrix.PERSON else f"role: **{now}**"
    none = "no role of their own" if cell.kind == matrix.PERSON else "no role"
    with st.container(width="stretch"):
        st.markdown(f"**{name}** in **{project}**, {own if now else none}")
    if cell.kind == matrix.PERSON:
        navigation.link("why", "Why?", icon=":material/help:", project=cell.project, user=cell.name)
    navigation.link(
        "audit",
        "Audit events",
        icon=":material/history:",
        project=cell.project,
        about=cell.name,
        period="years",
    )
    if st.button(_CHANGE, icon=":material/edit:", key="matrix-change"):
        _change(page, cell, names[cell.project])


@st.dialog("Change role")
def _change(page: Json, cell: MatrixCell, project: str) -> None:
    before = matrix.change(page, cell, matrix.NOTHING).before
    st.markdown(f"**{widgets.plain(cell.name)}** in **{widgets.plain(project)}**")
    after = st.selectbox(
        "Role",
        [matrix.NOTHING, *widgets.ROLES],
        index=[matrix.NOTHING, *widgets.ROLES].index(before),
        format_func=lambda name: f"{name} · {widgets.ROLES[name]}" if name else "No role",
        key=f"matrix-role-{cell.kind}-{cell.name}-{cell.project}",
    )
    made = matrix.change(page, cell, str(after))
    if made.after == made.before:
        widgets.facts("Choose another role to see who gains and who loses.")
        return
    with widgets.answering():
        possible = preview.rehearsed(partial(made.send, session.client(), preview=True))
        if st.button("Save", type="primary", disabled=not possible):
            save([made])


def save(made: list[matrix.Change]) -> None:
    """Makes changes that were shown, each only if the role is still the one that was seen."""
    for change in made:
        preview.unless_changed(partial(change.send, session.client()))
    # A new key, or the table would go on showing what was typed over what is true now.
    session.remember(SAVES, st.session_state.get(SAVES, 0) + 1)
    widgets.notice("The roles are saved." if len(made) > 1 else "The role is saved.")
    st.rerun()
