"""What a click on a table means: the rows that the person saw, not those that are there now.

A browser says only which row was clicked or ticked. Between drawing and click a row may have come,
so every table's key names the rows that it was drawn with, and their ids travel with the click.
"""

import hashlib
from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.elements.arrow import DataframeStateInput


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


class Ticks:
    """The ticked rows of a table, which stay ticked when other rows come between them."""

    def __init__(self, name: str, ids: Sequence[str]) -> None:
        self.key = key(name, ids)
        self._place = f"{name}-ticked"
        self._ids = list(ids)

    def default(self) -> DataframeStateInput:
        """What is ticked when the table is drawn with other rows than before."""
        ticked = set(st.session_state.get(self._place, ()))
        return {"selection": {"rows": [at for at, own in enumerate(self._ids) if own in ticked]}}

    def chosen(self, rows: Sequence[int]) -> list[str]:
        """The ids of the ticked rows; remembered for the next drawing."""
        found = [self._ids[row] for row in rows if row < len(self._ids)]
        st.session_state[self._place] = found
        return found


def _place(name: str) -> str:
    return f"{name}-clicked"


def _note(name: str, widget: str, ids: tuple[str, ...]) -> None:
    click = st.session_state[widget]
    if click is not None and click["row"] < len(ids):
        st.session_state[_place(name)] = ids[click["row"]]
