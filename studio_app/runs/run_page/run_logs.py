"""The logs of a run: text files that may grow, the newest part of one of them."""

from functools import partial
from pathlib import PurePosixPath

import streamlit as st

from ml_studio.log_view import LogOptions, log_view
from studio_app import session
from studio_app.artifacts import artifacts, file_tail
from studio_app.artifacts.artifact_browser import download_link
from studio_app.artifacts.artifacts import Entry, Root
from studio_app.artifacts.file_tail import Tail
from studio_app.runs import kept
from studio_app.runs.run_page import live_run
from studio_app.runs.tracking import Run
from studio_app.ui import address_fields, formats, widgets

_ENDINGS = (".log", ".out", ".err", ".txt")
# Folders in which programs keep what they say.
_FOLDERS = frozenset({"log", "logs", "output", "outputs", "console"})
_MOST_FILES = 200


def show(slug: str, run: Run) -> None:
    """Draws the chosen log of a run, and while the run goes on what is written to it."""
    root = Root("run", run.run_id, str(run.info.get("artifact_uri", "")))
    question = ("logs", slug, run.run_id)
    files = kept.read(question, lambda: find(slug, root), keeps=lambda _found: not run.running)
    if not files:
        widgets.empty_state(
            "No log yet",
            "`mlflow.log_artifact('train.log')` keeps one: files that end in `.log`, `.out`, "
            "`.err` or `.txt`, and texts in a folder `logs`.",
            icon="article",
        )
        return
    by_path = {entry.path: entry for entry in files}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        path = address_fields.select(
            "File", list(by_path), key="run-log", name="log", default=files[0].path, width=420
        )
        download_link(slug, root, by_path[path])
    live_run.follow(slug, run, partial(_log, slug, root, path))


def find(slug: str, root: Root) -> list[Entry]:
    """The files of a run that look like logs, `.log` first. Raises ApiError."""
    client = session.client()
    found = []
    for entry in artifacts.listing(client, slug, root):
        if entry.folder and entry.name.casefold() in _FOLDERS:
            inside = artifacts.listing(client, slug, root, entry.path)
            found += [one for one in inside if not one.folder and _is_text(one)]
        elif not entry.folder and _is_log(entry):
            found.append(entry)
    found.sort(key=lambda entry: (not entry.name.casefold().endswith(".log"), entry.path))
    return found[:_MOST_FILES]


def _is_log(entry: Entry) -> bool:
    return entry.name.casefold().endswith(_ENDINGS)


def _is_text(entry: Entry) -> bool:
    plain = not PurePosixPath(entry.path).suffix
    return plain or _is_log(entry) or artifacts.kind(entry.path) in {"text", "json", "markdown"}


def _log(slug: str, root: Root, path: str, run: Run) -> None:
    client = session.client()
    question = ("log", slug, root.id, path)
    before = kept.get(question, Tail)
    tail = kept.read(question, lambda: file_tail.read(client, slug, root, path))
    if before is not None and (run.running or kept.get((*question, "ended"), bool) is None):
        tail = file_tail.renew(client, slug, root, path, before)
        kept.keep(question, tail)
    if not run.running:
        # What was written last is read once more, and then no more.
        kept.keep((*question, "ended"), True)

    def earlier() -> None:
        with widgets.answering():
            kept.keep(question, file_tail.extend(client, slug, root, path, tail))

    text = tail.text(goes_on=run.running)
    log_view(
        text,
        key="run-log-view",
        options=LogOptions(
            file=f"{root.id}/{path}",
            label=f"{PurePosixPath(path).name} of the run",
            version=f"{tail.version}-{run.running}",
            before=tail.start,
            more=tail.more,
            live=run.running,
        ),
        on_earlier=earlier,
    )
    if tail.start and not tail.more:
        st.caption(f"The newest {formats.size(len(tail.content))}. Download the file for the rest.")
