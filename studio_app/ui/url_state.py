"""Widgets whose value lives in the address, so that links and the Back button keep it."""

from collections.abc import Sequence

import streamlit as st


def value(name: str, default: str = "", among: Sequence[str] | None = None) -> str:
    """What the address says for `name`; the default when it says nothing that is allowed."""
    found = st.query_params.get(name, default)
    return default if among is not None and found not in among else found


def load(key: str, name: str, default: str = "", among: Sequence[str] | None = None) -> str:
    """Gives the widget `key` the value of the address, before it is drawn.

    Draw it with `on_change=address.save` and `args=(key, name, default)`.
    """
    st.session_state[key] = value(name, default, among)
    return str(st.session_state[key])


def save(key: str, name: str, default: str = "") -> None:
    """Writes the value of the widget `key` into the address; its default leaves no trace."""
    put(name, str(st.session_state.get(key) or default), default)


def put(name: str, text: str, default: str = "") -> None:
    """Writes one value into the address."""
    if text and text != default:
        st.query_params[name] = text
    elif name in st.query_params:
        del st.query_params[name]


def restore(page: str, required: str) -> None:
    """Gives a page its last address back when the one it is opened at lacks `required`.

    st.switch_page leaves an entry in the browser's history that joins the old page with the
    new page's values. Reached by Back, it is replaced by what the page showed before.
    """
    key, here = f"address-{page}", st.query_params.to_dict()
    if here.get(required):
        st.session_state[key] = here
        return
    kept: dict[str, str] = st.session_state.get(key, {})
    if kept and kept.get("project") == here.get("project"):
        st.query_params.from_dict(kept)
