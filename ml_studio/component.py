"""One component on a page: its module in the browser, its data, its state."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import streamlit as st

# The distribution's name, before the names in pyproject.toml beside this file.
DISTRIBUTION = "ml-studio"


def mount(
    name: str,
    *,
    key: str,
    data: Mapping[str, object],
    callbacks: Mapping[str, Callable[[], None]],
) -> None:
    """Draw a component; `callbacks` has one for each state and trigger that it may send.

    With the same key it is the same component to the browser, whatever data it gets: scroll
    position, focus and what it keeps to itself stay.
    """
    _renderer(name)(
        key=key,
        data=dict(data),
        **{f"on_{event}_change": act for event, act in callbacks.items()},
    )


def state_of(key: str) -> Mapping[str, Any]:
    """What the component with this key sent last; nothing before it was drawn."""
    found = st.session_state.get(key)
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def ignore() -> None:
    """The callback of a state that is read where it is needed."""


@cache
def _renderer(name: str) -> Callable[..., object]:
    # The name of the built file holds a hash of its content.
    return st.components.v2.component(f"{DISTRIBUTION}.{name}", js=f"{name}-*.js")
