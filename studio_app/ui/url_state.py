"""Widgets whose value lives in the address, so that links and the Back button keep it.

An address may stand on a saved view: it names the view and says what differs from it, so that it
stays short. What a page reads here is the whole of it.

    saved=12                           as the view 12 is
    saved=12&sort=start+asc            sorted in another way
    saved=12&without=filter,sort       without what the view says of these
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

SAVED = "saved"
WITHOUT = "without"
_BASE = "address-base"


@dataclass(frozen=True)
class Base:
    """The saved view that the address of the page stands on, and what it holds."""

    saved: str
    held: Mapping[str, str]


def stand_on(base: Base | None) -> None:
    """Has the address of the page, and what is written to it, stand on a view, or on nothing.

    It holds for one run of the app: what other pages write stands on nothing.
    """
    if base is None:
        st.session_state.pop(_BASE, None)
    else:
        st.session_state[_BASE] = base


def address() -> dict[str, str]:
    """The whole address: what the view holds, and what the address itself says."""
    said = st.query_params.to_dict()
    base: Base | None = st.session_state.get(_BASE)
    said.pop(SAVED, None)
    without = set(said.pop(WITHOUT, "").split(","))
    held = base.held if base else {}
    return {name: text for name, text in held.items() if name not in without} | said


def replace(wanted: Mapping[str, str]) -> None:
    """Makes this the whole address, in one step of the browser's history."""
    base: Base | None = st.session_state.get(_BASE)
    written = dict(wanted)
    if base is not None:
        written = {name: text for name, text in wanted.items() if base.held.get(name) != text}
        without = ",".join(name for name in base.held if name not in wanted)
        written |= {SAVED: base.saved} | ({WITHOUT: without} if without else {})
    # What opened with a view that nobody named says its name with the first change only.
    if dict(wanted) != address():
        st.query_params.from_dict(written)


def named() -> dict[str, str]:
    """The address as it is written, with the name of the view that it stands on."""
    base: Base | None = st.session_state.get(_BASE)
    return st.query_params.to_dict() | ({SAVED: base.saved} if base else {})


def value(name: str, default: str = "", among: Sequence[str] | None = None) -> str:
    """What the address says for `name`; the default when it says nothing that is allowed."""
    found = address().get(name, default)
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
    wanted = address()
    wanted.pop(name, None)
    replace(wanted | ({name: text} if text and text != default else {}))


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


def restore_own(page: str, own: Collection[str]) -> None:
    """Gives a page its last address back when the one it is opened at says what it never says.

    As `restore`, for a page that needs nothing in its address: `own` are the names that it knows.
    """
    key, here = f"address-{page}", st.query_params.to_dict()
    if set(here) <= set(own):
        st.session_state[key] = here
        return
    kept: dict[str, str] = st.session_state.get(key, {})
    known = {name: text for name, text in here.items() if name in own}
    mine = kept.get("project") == here.get("project")
    st.query_params.from_dict(kept if kept and mine else known)
