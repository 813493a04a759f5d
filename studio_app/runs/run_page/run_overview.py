"""What a run was and gave: notes, metrics, parameters, tags, children and where it came from."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from functools import partial

import streamlit as st

from ml_studio.run_values import TextValue, ValuesOptions, run_values
from studio_app import session
from studio_app.runs import kept, tracking
from studio_app.runs.run_page import live_run, metric_values, run_code
from studio_app.runs.table import run_table
from studio_app.runs.table.run_columns import by_name
from studio_app.runs.tracking import NOTE, Run
from studio_app.ui import cells, drawn, foreign_markdown, formats, navigation, widgets

_CHILD = "child-open"
_MANY_CHILDREN = 200


def show(slug: str, run: Run) -> None:
    """Draws the overview: metrics first, then the rest in columns, on a phone below each other."""
    if run_id := drawn.clicked(_CHILD):
        navigation.go("run", project=slug, run_id=run_id)
    _note(slug, run)
    st.header("Metrics", anchor=False)
    live_run.follow(slug, run, partial(metric_values.show, slug))
    left, right = st.columns(2, gap="large")
    with left:
        _params(run)
    with right:
        _tags(slug, run)
    _children(slug, run)
    _details(run)


def _note(slug: str, run: Run) -> None:
    text, may_write = run.tags.get(NOTE, ""), session.may("log", slug) and not run.deleted
    if not text and not may_write:
        return
    with st.container(border=bool(text), gap="small"):
        if text:
            foreign_markdown.show(text)
        label = "Edit note" if text else "Add a note"
        if may_write and st.button(label, icon=":material/edit:", type="tertiary", key="note"):
            _edit_note(slug, run, text)


@st.dialog("Note", width="large")
def _edit_note(slug: str, run: Run, text: str) -> None:
    new = st.text_area("What was tried, and what came of it", text, height=260, key="note-text")
    st.caption("Markdown works here.")
    if st.button("Save", type="primary", key="note-save"):
        with widgets.answering():
            tracking.set_tag(session.client(), slug, run.run_id, NOTE, new.strip())
            kept.forget()
            widgets.notice("The note is saved.")
            st.rerun()


def _params(run: Run) -> None:
    st.header("Parameters", anchor=False)
    if not run.params:
        st.caption("None logged.")
        return
    _texts("Parameter", run.params, by_name(run.params))


def _tags(slug: str, run: Run) -> None:
    own = {name: value for name, value in run.tags.items() if not name.startswith("mlflow.")}
    may_write = session.may("log", slug) and not run.deleted
    if not own and not may_write:
        return
    st.header("Tags", anchor=False)
    if own:
        _texts("Tag", own, by_name(own))
    if may_write:
        label = "Edit tags" if own else "Add a tag"
        if st.button(label, icon=":material/sell:", type="tertiary", key="tags-edit"):
            _edit_tags(slug, run, own)


@st.dialog("Tags")
def _edit_tags(slug: str, run: Run, own: dict[str, str]) -> None:
    name = st.selectbox(
        "Tag",
        sorted(own),
        index=None,
        accept_new_options=True,
        placeholder="Name of a tag",
        key="tag-name",
    )
    value = st.text_input("Value", own.get(name or "", ""), key=f"tag-value-{name}")
    with st.container(horizontal=True, horizontal_alignment="right"):
        removed = name in own and st.button("Remove", key="tag-remove")
        saved = st.button("Save", type="primary", key="tag-save", disabled=not (name or "").strip())
    if not name or not (removed or saved):
        return
    with widgets.answering():
        if removed:
            tracking.delete_tag(session.client(), slug, run.run_id, name)
        else:
            tracking.set_tag(session.client(), slug, run.run_id, name.strip(), value)
        kept.forget()
        widgets.notice("The tags are saved.")
        st.rerun()


def _children(slug: str, run: Run) -> None:
    found = kept.read(
        ("children", slug, run.run_id),
        lambda: tracking.children(session.client(), slug, run, _MANY_CHILDREN),
        height=120,
    )
    if found.frame.empty:
        return
    st.header("Nested runs", anchor=False)
    frame = found.frame.assign(parent="")
    shown = run_table.displayed(
        frame,
        found.columns,
        formats.zone(st.context.timezone),
        time.time() * 1000,
    )
    st.dataframe(
        shown,
        key="run-children",
        hide_index=True,
        height=run_table.height(len(shown), 10),
        column_config=run_table.configuration(
            shown, drawn.Buttons(_CHILD, [str(run_id) for run_id in frame["run_id"]])
        ),
        placeholder="",
        alt="Runs nested in this one",
    )
    if found.more:
        st.caption(f"The first {_MANY_CHILDREN}.")


def _details(run: Run) -> None:
    st.header("Details", anchor=False)
    rows = {"Run id": run.run_id, "Artifacts": str(run.info.get("artifact_uri", ""))}
    rows |= {label: run.tags[name] for name, label in run_code.ORIGIN.items() if run.tags.get(name)}
    _texts("Detail", rows, rows)


def _texts(kind: str, values: Mapping[str, str], order: Iterable[str]) -> None:
    """Texts that can be searched, unfolded and copied."""
    texts = [TextValue(cells.encodable(name), cells.encodable(str(values[name]))) for name in order]
    said = json.dumps([(text.name, text.value) for text in texts])
    version = hashlib.sha256(said.encode()).hexdigest()
    run_values(key=f"run-{kind.lower()}s", options=ValuesOptions(kind, version), texts=texts)
