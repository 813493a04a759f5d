"""Links that stand in the text of a page: the way up, and the name in a row of a list."""

from collections.abc import Sequence

import streamlit as st

from studio_app.ui import formats, navigation, widgets

# Streamlit cuts the label of a link as wide as its content by the gap beside it: spaces of
# that width are cut in place of letters.
_ROOM = "\u2003"


def up(*steps: tuple[str, str, dict[str, str]]) -> None:
    """Draws the pages above this one: label, page and parameters of each, the top first."""
    with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center"):
        for place, (label, page, params) in enumerate(steps):
            if place:
                st.caption("/", width="content")
            inline(formats.short(label, 48), page, params)


def inline(label: str, page: str, params: dict[str, str], icon: str | None = None) -> None:
    """Draws a link as wide as its label."""
    st.page_link(
        navigation.page(page),
        label=widgets.plain(label) + _ROOM,
        icon=icon,
        query_params=params,
    )


def row(label: str, page: str, params: dict[str, str], icon: str) -> None:
    """Draws the name of a row as a link over the whole width."""
    st.page_link(
        navigation.page(page),
        label=f"**{widgets.plain(label)}**",
        icon=f":material/{icon}:",
        query_params=params,
        width="stretch",
    )


def facts(parts: Sequence[str]) -> None:
    """Draws short facts on one line; the parts are Markdown."""
    st.caption(" · ".join(part for part in parts if part))
