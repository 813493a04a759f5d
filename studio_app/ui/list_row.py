"""One row of a list that people manage: a framed line, and the menu at its end."""

from typing import Any

import streamlit as st


def line(key: str) -> Any:
    """The frame of a row; what is drawn inside stands side by side."""
    return st.container(
        border=True, horizontal=True, vertical_alignment="center", wrap=False, key=key
    )


def menu(name: str, options: list[str]) -> str | None:
    """Draws what can be done with the row of that name; the chosen one, or None."""
    return st.menu_button(
        "More",
        options,
        type="tertiary",
        key=f"menu-{name}",
        help=f"What you can do with {name}",
    )
