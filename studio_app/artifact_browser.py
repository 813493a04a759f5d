"""The files of a run: a folder on the left, the chosen file on the right."""

from collections.abc import Sequence
from functools import partial
from pathlib import PurePosixPath

import streamlit as st

from studio_app import address, artifacts, formats, run_table, session, widgets
from studio_app.artifacts import Entry, Root
from studio_app.client import ApiError, Client, Download

_FRAME_HEIGHT = 620
_TEXT_HEIGHT = 560
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
    chosen = address.load("files-root", "files", first, list(by_id))
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
    root, path = by_id[chosen], address.value("path")
    folder = path.rstrip("/") if path.endswith("/") else _parent(path)
    left, right = st.columns([1, 2], gap="medium")
    with left, st.skeleton(height=200):
        entries = artifacts.listing(session.client(), project, root, folder)
        _folder(folder, path, entries)
    with right:
        entry = next((found for found in entries if found.path == path), None)
        if entry:
            _file(project, root, entry)
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
        for entry in entries:
            _entry(entry, chosen=entry.path == path)
        if not entries:
            st.caption("No file was logged here. `mlflow.log_artifact` puts one.")


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
            _preview(entry.path, _content(client, project, root, entry))
    except ApiError as error:
        if error.status in {401, 502, 503, 504}:
            raise
        widgets.error_box(error)


def _content(client: Client, project: str, root: Root, entry: Entry) -> Download:
    # For files of no known kind a first look tells whether they are text.
    known = artifacts.kind(entry.path) != "none"
    limit = artifacts.PREVIEW_LIMIT if known else 65_536
    return artifacts.read(client, project, root, entry.path, limit)


def _preview(path: str, found: Download) -> None:
    content, name = found.content, PurePosixPath(path).name
    kind = artifacts.kind(path, content)
    if not content:
        st.caption("This file is empty.")
    elif kind == "image":
        st.image(content)
    elif kind == "vector":
        st.iframe(artifacts.framed_vector(content, name), height=_FRAME_HEIGHT)
    elif kind == "html":
        with st.container(border=True):
            st.iframe(artifacts.framed(artifacts.text(content), name), height=_FRAME_HEIGHT)
        st.caption("Shown without its scripts. Download the file to see it whole.")
    elif kind == "markdown":
        with st.container(border=True):
            st.markdown(artifacts.text(content))
    elif kind == "json":
        _json(path, found)
    elif kind == "table":
        _table(path, found)
    elif kind == "text":
        _text(path, found)
    else:
        st.caption("There is no preview for this kind of file. Download it to open it.")


def _json(path: str, found: Download) -> None:
    value = artifacts.as_json(found.content)
    table = artifacts.json_table(value)
    if table is not None:
        st.dataframe(table, hide_index=True, height="content", key=f"table-{path}")
    elif isinstance(value, dict | list):
        with st.container(border=True):
            st.json(value, expanded=2)
    else:
        _text(path, found)


def _table(path: str, found: Download) -> None:
    table = artifacts.table(path, found.content, found.truncated)
    if table is None:
        if path.lower().endswith(".parquet"):
            st.caption("This table is too large or too unusual to show. Download it.")
        else:
            _text(path, found)
        return
    st.dataframe(
        table, hide_index=True, height=run_table.height(len(table), 16), key=f"table-{path}"
    )
    if len(table) >= artifacts.ROWS_SHOWN or found.truncated:
        st.caption(f"The first {formats.grouped(len(table))} rows.")


def _text(path: str, found: Download) -> None:
    text = artifacts.text(found.content)
    shown = text[: artifacts.TEXT_SHOWN]
    with st.container(height=_TEXT_HEIGHT if shown.count("\n") > 24 else "content"):
        st.code(shown, language=artifacts.language(path), wrap_lines=True)
    if found.truncated or len(shown) < len(text):
        st.caption(
            f"The first {formats.size(len(shown.encode()))}. Download the file for the rest."
        )


def _by_client(root: Root, entry: Entry) -> None:
    st.caption("Too large for the browser. With a token from Connect, this fetches it:")
    option = f"--run-id {root.id}" if root.kind == "run" else f"-u models:/{root.id}"
    st.code(f'mlflow artifacts download {option} --artifact-path "{entry.path}"', language="bash")


def _parent(path: str) -> str:
    parent = str(PurePosixPath(path).parent) if path else ""
    return "" if parent == "." else parent


def _open(path: str) -> None:
    address.put("path", path.lstrip("/"))


def _change_root(default: str) -> None:
    address.put("path", "")
    address.save("files-root", "files", default)
