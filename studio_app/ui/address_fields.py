"""Fields that live in the address: what is chosen in them is there, so that a link shows the same.

    part = address_fields.select("Compare with", choices, key="run-against", name="against",
                                 default=usual)

Each is given the value of the address before it is drawn, and writes what the person chooses back
as one step of the browser's history; its default leaves no trace. `key` is the widget's, `name` the
parameter of the address. The answer is what the address says where that is among the options, so
that a link which has grown old falls back to the default.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer

from studio_app.ui import url_state

Width = int | Literal["stretch"]


def select(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    name: str,
    default: str = "",
    shown: Callable[[str], str] = str,
    width: Width = "stretch",
    labelled: bool = True,
) -> str:
    """Draws a box to choose one of the options from; without a visible label unless `labelled`."""
    bound = _bind(key, name, default, options, labelled=labelled)
    st.selectbox(label, list(options), format_func=shown, width=width, **bound)
    return url_state.value(name, default, options)


def segments(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    name: str,
    shown: Callable[[str], str] = str,
) -> str:
    """Draws the options beside each other, one of them pressed: the first, if nothing is said."""
    default = options[0]
    bound = _bind(key, name, default, options, labelled=False)
    st.segmented_control(label, list(options), required=True, format_func=shown, **bound)
    return url_state.value(name, default, options)


def tabs(labels: Sequence[str], *, key: str, name: str) -> Sequence[TabContainer]:
    """Draws tabs of which the chosen one is `open`: the first, if nothing is said."""
    first = labels[0]
    url_state.load(key, name, first, labels)
    drawn: Sequence[TabContainer] = st.tabs(
        list(labels), key=key, on_change=url_state.save, args=(key, name, first)
    )
    return drawn


def slider(
    label: str, options: Sequence[str], *, key: str, name: str, default: str, width: Width
) -> str:
    """Draws a slider over the options, in their order."""
    bound = _bind(key, name, default, options, labelled=True)
    st.select_slider(label, list(options), width=width, **bound)
    return url_state.value(name, default, options)


def text(
    label: str,
    *,
    key: str,
    name: str,
    placeholder: str,
    width: Width = "stretch",
    search: bool = False,
    labelled: bool = True,
) -> str:
    """Draws a field for a text; one to `search` by has a sign and a button that empties it."""
    bound = _bind(key, name, "", None, labelled=labelled)
    if search:
        bound |= {"type": "search", "icon": ":material/search:"}
    st.text_input(label, placeholder=placeholder, width=width, **bound)
    return url_state.value(name)


def _bind(
    key: str, name: str, default: str, options: Sequence[str] | None, *, labelled: bool
) -> dict[str, Any]:
    url_state.load(key, name, default, options)
    return {
        "key": key,
        "on_change": url_state.save,
        "args": (key, name, default),
        "label_visibility": "visible" if labelled else "collapsed",
    }
