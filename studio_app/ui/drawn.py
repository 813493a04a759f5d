"""What a click on a table means: the rows that the person saw, not those that are there now.

A browser says only which row was clicked or ticked. Between drawing and click a row may have come,
so every table's key names the rows that it was drawn with, and their ids travel with the click.
"""

import hashlib
from collections.abc import Sequence
from functools import partial

import streamlit as st


def key(name: str, ids: Sequence[str]) -> str:
    """The key of a widget that was drawn with these rows, in this order."""
    # Lengths keep two lists apart whose ids are the same letters.
    text = "".join(f"{len(own)}:{own}" for own in ids)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


class Buttons:
    """The button column of a table: `key` and `on_click` are given to it."""

    def __init__(self, name: str, ids: Sequence[str]) -> None:
        self.key = key(name, ids)
        # Streamlit keeps the callback that was drawn until its click arrives.
        self.on_click = partial(_note, name, self.key, tuple(ids))


def clicked(name: str) -> str | None:
    """The id of the row whose button was clicked just now; it is told once."""
    found: str | None = st.session_state.pop(_place(name), None)
    return found


def _place(name: str) -> str:
    return f"{name}-clicked"


def _note(name: str, widget: str, ids: tuple[str, ...]) -> None:
    click = st.session_state[widget]
    if click is not None and click["row"] < len(ids):
        st.session_state[_place(name)] = ids[click["row"]]
