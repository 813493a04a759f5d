"""Model cards: what a model or a version is for, in Markdown, kept as MLflow's description."""

import re
from collections.abc import Callable

import streamlit as st

from studio_app import session
from studio_app.models import registry
from studio_app.models.version_record import VersionRecord
from studio_app.runs import text_differences
from studio_app.ui import foreign_markdown, formats, widgets

# MLflow's column is no longer (SqlRegisteredModel, SqlModelVersion).
LONGEST = 5000
_METRICS = 12
# In one line above the rest; a longer card has its own place.
_EXCERPT_SIGNS = 240

_SECTIONS = """\
## What it is for
Who uses it, and for which decision. What it must not be used for.

## Data
{data}

## Evaluation
{evaluation}

## Limits
Where it is known to fail, and for whom.

## Who to ask
"""


def show(text: str, *, may_edit: bool, about: str, edit: Callable[[], None]) -> None:
    """Draws a card, or says that there is none; `about` is "model" or "version"."""
    if text:
        with st.container(border=True, key=f"card-{about}"):
            foreign_markdown.show(text)
    else:
        widgets.empty_state(
            f"No card of this {about} yet",
            "A card says what it is for, what it was trained on, and where it fails."
            + ("" if may_edit else " Contributors can write one."),
            icon="description",
        )
    label, icon = ("Edit card", "edit") if text else ("Write a card", "edit_note")
    if may_edit and st.button(label, icon=f":material/{icon}:", key=f"card-edit-{about}"):
        edit()


def show_excerpt(text: str) -> None:
    """Draws the first words of a card, as plain text."""
    if said := excerpt(text):
        st.markdown(widgets.plain(said))


def excerpt(text: str) -> str:
    """The first paragraph of a card that is no heading, on one line."""
    paragraphs = re.split(r"\n\s*\n", re.sub(r"(?m)^ {0,3}#+ .*$", "\n", text).strip())
    return formats.excerpt(paragraphs[0], _EXCERPT_SIGNS)


def show_difference(text: str, other: str, names: tuple[str, str]) -> None:
    """Draws what changed from another version's card; nothing where one has none."""
    if not text or not other:
        return
    if text == other:
        st.caption(f"The same card as {names[1][:1].lower()}{names[1][1:]}.")
        return
    with st.expander(f"What changed since {names[1][:1].lower()}{names[1][1:]}"):
        st.code(text_differences.between(other, text), language="diff", wrap_lines=True)


def template(record: VersionRecord | None = None) -> str:
    """A card to fill in; of a version with the data and the metrics that are known."""
    data = "What it was trained on, from when, and what was left out."
    evaluation = "How it was measured, and how good is good enough."
    if record and record.run and record.run.datasets:
        lines = [
            f"- {widgets.plain(one['name'])} ({widgets.plain(one['digest'])})"
            for one in record.run.datasets
        ]
        data += "\n\n" + "\n".join(lines)
    if record and record.metrics:
        rows = [
            f"| {_cell(name)} | {formats.number(value)} |"
            for name, value in sorted(record.metrics.items())[:_METRICS]
        ]
        evaluation += "\n\n" + "\n".join(["| Metric | Value |", "|---|---|", *rows])
    return _SECTIONS.format(data=data, evaluation=evaluation)


@st.dialog("Card of the model", width="large")
def edit_of_model(slug: str, name: str, text: str) -> None:
    """Asks for the card of a model, with a preview."""
    _edit(
        "card-text",
        text,
        template(),
        lambda new: registry.describe_model(session.client(), slug, name, new),
    )


@st.dialog("Card of the version", width="large")
def edit_of_version(slug: str, name: str, record: VersionRecord) -> None:
    """Asks for the card of a version, with a preview."""
    number = record.number
    _edit(
        f"card-text-{number}",
        record.description,
        template(record),
        lambda new: registry.describe_version(session.client(), slug, name, number, new),
    )


def _edit(key: str, text: str, begin: str, save: Callable[[str], None]) -> None:
    written, seen = st.tabs(["Write", "Preview"])
    with written:
        if not text and not st.session_state.get(key):
            st.button(
                "Begin with a template",
                icon=":material/description:",
                key="card-template",
                on_click=session.remember,
                args=(key, begin[:LONGEST]),
            )
        new = st.text_area("Card", text, height=360, key=key, max_chars=LONGEST)
        st.caption("Markdown works here. Images are not loaded.")
    with seen:
        if new.strip():
            foreign_markdown.show(new)
        else:
            st.caption("Nothing is written yet.")
    if st.button("Save", type="primary", key="card-save"):
        with widgets.answering():
            save(new.strip())
            widgets.notice("The card is saved.")
            st.rerun()


def _cell(text: str) -> str:
    return widgets.plain(text).replace("|", "\\|")
