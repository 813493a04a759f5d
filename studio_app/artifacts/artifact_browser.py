"""The files of a run: a tree on the left, the chosen file on the right."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from ml_studio.file_tree import FileRow, FileTreeActions, FileTreeOptions, file_tree
from studio_app import session
from studio_app.api.client import ApiError, Client, Download
from studio_app.artifacts import artifact_preview, artifact_tree, artifacts, downloads
from studio_app.artifacts.artifact_tree import Tree
from studio_app.artifacts.artifacts import Entry, Root
from studio_app.runs import kept
from studio_app.ui import commands, formats, url_state, widgets

# What is of no use without its end.
_WHOLE = {
    "image": "This image",
    "vector": "This image",
    "audio": "This sound",
    "video": "This film",
}


def show(project: str, roots: Sequence[Root], *, goes_on: bool = False) -> None:
    """Draws the files of one of the roots; which, and the chosen file, is in the address.

    Those of a run that `goes_on` are listed anew where the file of the address is not among them.
    """
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
    left, right = st.columns([2, 3], gap="medium")
    with left:
        tree = _read(project, root, path, goes_on=goes_on)
        if tree.files:
            _tree(project, root, tree, path)
        else:
            widgets.empty_state(
                "No file yet", "`mlflow.log_artifact('report.html')` puts one here.", icon="folder"
            )
    with right:
        entry = tree.entry(path)
        if entry and not entry.folder:
            _file(project, root, entry)
        elif path and tree.entry(path.rstrip("/")) is None:
            thing = "folder" if path.endswith("/") else "file"
            st.caption(f"There is no {thing} {widgets.plain(path)} here.")
        elif tree.files:
            st.caption("Choose a file to look at it here.")


def _read(project: str, root: Root, path: str, *, goes_on: bool) -> Tree:
    """The tree as far as it was listed, with the folders that lead to the path of the address."""
    question, ask = _question(project, root), _ask(project, root)
    folder = path.rstrip("/") if path.endswith("/") else artifact_tree.parent(path)
    before = kept.read(question, lambda: Tree().opened(folder, ask))
    tree = before.opened(folder, ask)
    if path and goes_on and tree.entry(path.rstrip("/")) is None:
        tree = Tree(drawn=tree.drawn).opened(folder, ask)
    if path and kept.get((*question, "seen"), str) != path:
        kept.keep((*question, "seen"), path)
        tree = tree.with_path_seen(path.rstrip("/"))
    if tree is not before:
        kept.keep(question, tree)
    return tree


def _tree(project: str, root: Root, tree: Tree, path: str) -> None:
    question, ask = _question(project, root), _ask(project, root)
    letters = kept.get((*question, "search"), str) or ""

    def open_folder(folder: str) -> None:
        with widgets.answering():
            kept.keep(question, tree.opened(folder, ask))

    def search(letters: str) -> None:
        kept.keep((*question, "search"), letters)

    def refresh(_pressed: str) -> None:
        kept.drop(question)

    rows, status = _rows(tree, letters)
    file_tree(
        rows,
        key=f"files-{root.id}",
        options=FileTreeOptions(
            label=f"Files of {root.label or root.id}",
            chosen=path,
            search=letters,
            status=status,
            zip=downloads.zip_address(project, root),
        ),
        actions=FileTreeActions(
            open=open_folder,
            more=lambda folder: kept.keep(question, tree.with_more(folder)),
            search=search,
            choose=partial(url_state.put, "path"),
            refresh=refresh,
        ),
    )


def _rows(tree: Tree, letters: str) -> tuple[list[FileRow], str]:
    """The lines to draw, and how many there are in words."""
    if not letters:
        return artifact_tree.rows(tree), f"{formats.grouped(tree.files)} listed"
    rows, found = artifact_tree.search(tree, letters)
    if not found:
        return [], "No listed name has these letters. Open a folder to search in it, too."
    if found > len(rows):
        return rows, f"The first {formats.grouped(len(rows))} of {formats.grouped(found)} found"
    return rows, f"{formats.grouped(found)} of {formats.grouped(tree.files)} listed"


def _question(project: str, root: Root) -> tuple[str, str, str]:
    return "files", project, root.id


def _ask(project: str, root: Root) -> artifact_tree.List:
    return partial(artifacts.listing, session.client(), project, root)


def _file(project: str, root: Root, entry: Entry) -> None:
    client = session.client()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{widgets.plain(entry.path)}**", width="stretch")
        download_link(project, root, entry)
        with st.popover("Command", icon=":material/terminal:", key=f"command-{entry.path}"):
            st.caption("With a token from Connect, this fetches it:")
            st.code(_command(root, entry), language="bash", wrap_lines=True)
    kind = artifacts.kind(entry.path)
    if kind in _WHOLE and (entry.size or 0) > artifacts.most_read(kind):
        st.caption(f"{_WHOLE[kind]} is too large to show. Download it to open it.")
        return
    try:
        with st.skeleton(height=240):
            found = _content(client, project, root, entry)
        artifact_preview.show(entry.path, found)
    except ApiError as error:
        if error.status in {401, 502, 503, 504}:
            raise
        widgets.error_box(error)


def download_link(project: str, root: Root, entry: Entry) -> None:
    """Draws the link that downloads a file; nothing is fetched before it is followed."""
    st.link_button(
        "Download",
        downloads.file_address(project, root, entry.path),
        icon=":material/download:",
        help=formats.size(entry.size) if entry.size is not None else None,
        key=f"download-{entry.path}",
    )


def _content(client: Client, project: str, root: Root, entry: Entry) -> Download:
    # For files of no known kind a first look tells whether they are text.
    limit = artifacts.most_read(artifacts.kind(entry.path))
    return artifacts.read(client, project, root, entry.path, limit)


def _command(root: Root, entry: Entry) -> str:
    if root.kind == "run":
        return commands.download_of_run(root.id, entry.path)
    return commands.download_of_model(root.id, entry.path)


def _change_root(default: str) -> None:
    url_state.put("path", "")
    url_state.save("files-root", "files", default)
