"""Markdown that somebody else wrote: it loads nothing, and cannot look like a part of Studio.

Streamlit shows HTML as text. Beyond Markdown it draws badges, colours and icons, as of
`:green-badge[...]`, by which a text could claim what only Studio may say, and images, whose server
would learn who reads them.
"""

import re

import streamlit as st

# Where an image begins; it is also the address of a file on this server.
_IMAGE = re.compile(r"!(?=\[)")
# Where a directive of Streamlit's begins. Emoji by name (`:+1:`) are left.
_DIRECTIVE = re.compile(r":(?=[A-Za-z][\w-]*[\[{])", re.ASCII)
# Icons are looked for after escapes are gone, and `:material/` is made `:material_` before.
_ICON = re.compile(r":(?=material[/_]|streamlit:)")
# Keeps two letters from being taken for a sign; it is not seen (U+2060).
_JOINER = "\u2060"

NOTE = "Images are not loaded. Their addresses stand in their place."


def inert(text: str) -> str:
    """Markdown without images and without Streamlit's own signs: both stand there as written.

    They are taken for such also within code, where a backslash is seen then: what is code to one
    parser is none to another.
    """
    return without_icons(_DIRECTIVE.sub(r"\\:", _IMAGE.sub(r"!\\", text)))


def without_icons(text: str) -> str:
    """A text in which no name of an icon is one: a backslash would not keep it from that."""
    return _ICON.sub(f":{_JOINER}", text)


def show(text: str) -> None:
    """Draws a foreign text, and says so where something of it is left out."""
    st.markdown(inert(text))
    if _IMAGE.search(text):
        st.caption(NOTE)
