"""The files of a run: a folder on the left, the chosen file on the right."""

from collections.abc import Sequence
from functools import partial
from pathlib import PurePosixPath

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Client, Download
from studio_app.artifacts import artifact_preview, artifacts
from studio_app.artifacts.artifacts import Entry, Root
from studio_app.ui import commands, formats, url_state, widgets

# A browser draws so many buttons at once.
_PER_PAGE = 100
_ICONS = {
    "image": "image",
    "vector": "image",
    "table": "table",
    "json": "data_object",
    "html": "html",
    "markdown": "article",
    "text": "description",
    "none": "draft",
}


def show(project: str, roots: Sequence[Root]) -> None:
    """Draws the files of one of the roots; which, and the folder or file, is in the address."""
    by_id = {root.id: root for root in roots}
    first = roots[0].id
    chosen = url_state.load("files-root", "files", first, list(by_id))
    if len(roots) > 1:
        st.pills(
            "Files of",
            list(by_id),
            required=True,
            format_func=lambda found: by_id[found].label,
            key="files-root",
            label_visibility="collapsed",
            on_change=_change_root,
            args=(first,),
        )
    root, path = by_id[chosen], url_state.value("path")
    folder = path.rstrip("/") if path.endswith("/") else _parent(path)
    left, right = st.columns([1, 2], gap="medium")
    with left, st.skeleton(height=200):
        entries = artifacts.listing(session.client(), project, root, folder)
        _folder(folder, path, entries)
    with right:
        entry = next((found for found in entries if found.path == path), None)
        if entry:
            _file(project, root, entry)
        elif path and not path.endswith("/"):
            st.caption(f"There is no file {widgets.plain(path)} here.")
        elif entries:
            st.caption("Choose a file to look at it here.")


def _folder(folder: str, path: str, entries: list[Entry]) -> None:
    with st.container(border=True, gap="xxsmall", key="files-list"):
        if folder:
            st.button(
                widgets.plain(folder) + "/",
                icon=":material/arrow_upward:",
                type="tertiary",
                key="files-up",
                help="To the folder above",
                on_click=_open,
                args=(_parent(folder) + "/",),
            )
        for entry in _page(folder, path, entries):
            _entry(entry, chosen=entry.path == path)
        if folder and not entries:
            st.caption("This folder is empty, or there is none of this name.")
        elif not entries:
            st.caption("No file was logged here. `mlflow.log_artifact` puts one.")


def _page(folder: str, path: str, entries: list[Entry]) -> list[Entry]:
    """The entries to draw; for many, those of one page and with the letters that were typed."""
    if len(entries) <= _PER_PAGE:
        return entries
    letters = (
        st.text_input(
            "Find a file", key=f"files-find-{folder}", type="search", live=True, width="stretch"
        )
        or ""
    ).strip()
    found = [entry for entry in entries if letters.casefold() in entry.name.casefold()]
    if not found:
        st.caption("No name here has these letters.")
        return []
    pages = -(-len(found) // _PER_PAGE)
    if pages == 1:
        return found
    at = next((place for place, entry in enumerate(found) if entry.path == path), 0)
    # Only previous and next: the numbers of fifty pages do not fit beside a preview.
    number = st.pagination(
        pages,
        default=at // _PER_PAGE + 1,
        max_visible_pages=3,
        key=f"files-page-{folder}-{letters}-{pages}",
    )
    first = (int(number) - 1) * _PER_PAGE
    st.caption(
        f"{formats.grouped(first + 1)} to {formats.grouped(min(first + _PER_PAGE, len(found)))} "
        f"of {formats.grouped(len(found))}"
    )
    return found[first : first + _PER_PAGE]


def _entry(entry: Entry, *, chosen: bool) -> None:
    icon = "folder" if entry.folder else _ICONS[artifacts.kind(entry.path)]
    name = widgets.plain(entry.name)
    label = f"**{name}**" if chosen else name
    if entry.size is not None:
        label += f"\u2002:gray[:small[{formats.size(entry.size)}]]"
    st.button(
        label,
        icon=f":material/{icon}:",
        type="tertiary",
        key=f"file-{entry.path}",
        on_click=_open,
        args=(entry.path + ("/" if entry.folder else ""),),
    )


def _file(project: str, root: Root, entry: Entry) -> None:
    client = session.client()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{widgets.plain(entry.path)}**", width="stretch")
        if (entry.size or 0) <= artifacts.DOWNLOAD_LIMIT:
            st.download_button(
                "Download",
                # Called when it is clicked: nothing is fetched for a look at the list.
                partial(artifacts.read_whole, client, project, root, entry.path),
                file_name=entry.name,
                # Never a type that a browser would open as a page.
                mime="application/octet-stream",
                icon=":material/download:",
                on_click="ignore",
                key=f"download-{entry.path}",
            )
    if (entry.size or 0) > artifacts.DOWNLOAD_LIMIT:
        _by_client(root, entry)
    kind = artifacts.kind(entry.path)
    if kind in {"image", "vector"} and (entry.size or 0) > artifacts.PREVIEW_LIMIT:
        st.caption("This image is too large to show. Download it to look at it.")
        return
    try:
        with st.skeleton(height=240):
            found = _content(client, project, root, entry)
        artifact_preview.show(entry.path, found)
    except ApiError as error:
        if error.status in {401, 502, 503, 504}:
            raise
        widgets.error_box(error)


def _content(client: Client, project: str, root: Root, entry: Entry) -> Download:
    # For files of no known kind a first look tells whether they are text.
    known = artifacts.kind(entry.path) != "none"
    limit = artifacts.PREVIEW_LIMIT if known else 65_536
    return artifacts.read(client, project, root, entry.path, limit)


def _by_client(root: Root, entry: Entry) -> None:
    st.caption("Too large for the browser. With a token from Connect, this fetches it:")
    source = ("--run-id", root.id) if root.kind == "run" else ("-u", f"models:/{root.id}")
    st.code(commands.download(*source, entry.path), language="bash", wrap_lines=True)


def _parent(path: str) -> str:
    parent = str(PurePosixPath(path).parent) if path else ""
    return "" if parent == "." else parent


def _open(path: str) -> None:
    url_state.put("path", path.lstrip("/"))


def _change_root(default: str) -> None:
    url_state.put("path", "")
    url_state.save("files-root", "files", default)
