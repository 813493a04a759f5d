"""A version of a prompt against another one: the text, and what else was stored with it."""

from collections.abc import Sequence

import streamlit as st

from ml_studio.marked_text import marked_text
from studio_app.prompts import differences
from studio_app.prompts.prompts import PromptVersion
from studio_app.runs import text_differences


def show(this: PromptVersion, other: PromptVersion) -> None:
    """Draws what leads from the other version to this one."""
    st.caption(f"From version {other.number} (-) to version {this.number} (+)")
    added = [name for name in this.variables if name not in other.variables]
    gone = [name for name in other.variables if name not in this.variables]
    if added or gone:
        badges = [_variable("green", "+", name) for name in added]
        badges += [_variable("red", "-", name) for name in gone]
        st.markdown("Variables " + " ".join(badges))
    parts = (
        ("Text", _written(other), _written(this)),
        ("Response format", _in_lines(other.response_format), _in_lines(this.response_format)),
        ("Model", _in_lines(other.configuration), _in_lines(this.configuration)),
    )
    differing = [(title, before, after) for title, before, after in parts if before != after]
    if not differing:
        st.caption("Both have the same text, response format and model.")
    for title, before, after in differing:
        if title != "Text":
            st.markdown(f"**{title}**")
        lines = differences.between(before, after)
        if not lines:
            st.caption("They differ in how lines end only.")
            continue
        key = f"difference-{title}-{other.number}-{this.number}"
        marked_text(lines, key=key, label=f"{title}: what has changed", height=640)


def default_opponent(numbers: Sequence[str], number: str) -> str:
    """The version before this one, for the first one the one after; empty for none."""
    older = [one for one in numbers if int(one) < int(number)]
    newer = [one for one in numbers if int(one) > int(number)]
    return max(older, key=int, default="") or min(newer, key=int, default="")


def _variable(colour: str, sign: str, name: str) -> str:
    # Variables have letters, digits, _ and dots only.
    escaped = name.replace("_", "\\_")
    return f":{colour}-badge[{sign} {escaped}]"


def _written(version: PromptVersion) -> str:
    """The text for reading: of a chat each message below its role."""
    if not version.chat:
        return version.text
    parts = []
    for one in version.messages:
        parts += [f"{one.role}:", *filter(None, (one.content, one.more)), ""]
    return "\n".join(parts).strip("\n")


def _in_lines(text: str) -> str:
    return text_differences.in_lines(text) if text else ""
