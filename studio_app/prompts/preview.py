"""The messages of a prompt on a page: with their variables, or with values in their place."""

import json
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from ml_studio.marked_text import Line, marked_text
from studio_app.prompts import templates
from studio_app.prompts.templates import Message
from studio_app.ui import widgets

# More of them would be more fields than a page has room for.
_MOST_VARIABLES = 40


def show_template(messages: Sequence[Message], key: str) -> None:
    """Draws messages as they are stored, their variables marked."""
    _show(messages, key, templates.mark_variables, lambda text: text)


def show_filled(messages: Sequence[Message], values: Mapping[str, str], key: str) -> None:
    """Draws messages with values in the place of their variables."""
    _show(
        messages,
        key,
        lambda text: templates.mark_values(text, values),
        lambda text: templates.fill(text, values),
    )


def ask_values(names: Sequence[str], key: str) -> dict[str, str]:
    """Draws a field for each variable; the answer are those that were filled."""
    values: dict[str, str] = {}
    for name in names[:_MOST_VARIABLES]:
        field = st.text_area(
            widgets.plain(name), key=f"{key}-{name}", height=68, placeholder="Value"
        )
        if field:
            values[name] = field
    if len(names) > _MOST_VARIABLES:
        st.caption(f"The first {_MOST_VARIABLES} of {len(names)} variables.")
    return values


def warn_of_program(messages: Sequence[Message]) -> None:
    """Says of a template in Jinja2 what is not shown of it."""
    if templates.is_program(messages):
        st.caption(
            ":material/info: This template has conditions or loops (Jinja2). Here only "
            "its plain variables are filled; `prompt.format(...)` runs all of it."
        )


def show_json(title: str, text: str) -> None:
    """Draws a JSON document set out for reading; nothing for an empty text."""
    if text:
        st.markdown(f"**{title}**")
        st.code(indented(text), language="json")


def indented(text: str) -> str:
    """A JSON document over several lines; what is none as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _show(
    messages: Sequence[Message],
    key: str,
    lines: Callable[[str], list[Line]],
    copied: Callable[[str], str],
) -> None:
    for place, one in enumerate(messages):
        with st.container(gap="xxsmall"):
            if one.role:
                st.markdown(f":small[**{widgets.plain(one.role)}**]")
            if one.content or not one.more:
                label = f"Message {place + 1}, {one.role}" if one.role else "Text of the prompt"
                marked_text(
                    lines(one.content),
                    key=f"{key}-{place}",
                    label=label,
                    copied=copied(one.content),
                )
            if one.more:
                st.code(one.more, language="json")
