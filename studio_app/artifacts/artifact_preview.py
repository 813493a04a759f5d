"""The content of one file on the page: by its kind, else as text, else not at all."""

import logging
from pathlib import PurePosixPath

import streamlit as st

from studio_app.api.client import Download
from studio_app.artifacts import artifacts, figures, file_tables, notebooks, pictures
from studio_app.artifacts.file_tables import FileTable
from studio_app.runs.table import run_table
from studio_app.ui import cells, chart_theme, foreign_markdown, formats
from telemetry import log_lines

_log = logging.getLogger("studio_app.artifacts.artifact_preview")

_FRAME_HEIGHT = 620
_TEXT_HEIGHT = 560
_TABLE_ROWS = 16
# Marking the syntax of a longer line takes seconds in the browser.
_LONGEST_LINE = 5_000


def show(path: str, found: Download) -> None:
    """Draws a file, or says that it has no preview; no file takes the page down.

    Foreign bytes go through parsers of many kinds: what one of them raises in the end is logged,
    and the reader can still download the file.
    """
    try:
        _draw(path, found)
    except Exception as error:
        facts = {"kind": artifacts.kind(path), "error": type(error).__name__}
        log_lines.say(_log, "preview_failed", facts, level=logging.WARNING)
        st.caption("This file is too unusual to show. Download it to open it.")


def _draw(path: str, found: Download) -> None:
    content, name = found.content, PurePosixPath(path).name
    kind = artifacts.kind(path, content)
    if not content:
        st.caption("This file is empty.")
    elif kind == "image":
        _image(content)
    elif kind == "audio":
        st.audio(content, format=artifacts.media_type(path))
    elif kind == "video":
        st.video(content, format=artifacts.media_type(path))
    elif kind == "notebook":
        _notebook(path, found)
    elif kind == "vector":
        st.iframe(artifacts.framed_vector(content, name), height=_FRAME_HEIGHT)
    elif kind == "html":
        with st.container(border=True):
            st.iframe(artifacts.framed(artifacts.text(content), name), height=_FRAME_HEIGHT)
        st.caption("Shown without its scripts. Download the file to see it whole.")
    elif kind == "markdown":
        _markdown(found)
    elif kind == "json":
        _json(path, found)
    elif kind == "table":
        _table(path, found)
    elif kind == "text":
        _text(path, found)
    else:
        st.caption("There is no preview for this kind of file. Download it to open it.")


def _image(content: bytes) -> None:
    image = pictures.shown(content)
    if image is not None:
        st.image(image)
    else:
        st.caption("This image is broken or too large to show. Download it to open it.")


def _markdown(found: Download) -> None:
    text = artifacts.text(found.content)
    with st.container(border=True):
        foreign_markdown.show(text[: artifacts.TEXT_SHOWN])
    _cut_note(text, found)


def _notebook(path: str, found: Download) -> None:
    value = None if found.truncated else file_tables.exact_json(found.content)
    notebook = notebooks.from_json(value)
    if notebook is None:
        _text(path, found)
        return
    with st.container(border=True):
        for part in notebook.parts:
            if part.kind == "markdown":
                foreign_markdown.show(part.text)
            elif part.kind == "image":
                _image(part.content)
            elif part.kind == "code":
                st.code(part.text, language=notebook.language, wrap_lines=True)
            else:
                st.code(part.text, language=None, wrap_lines=True)
    if notebook.cut:
        st.caption(f"The first {notebooks.MOST_CELLS} cells. Download the file for the rest.")


def _json(path: str, found: Download) -> None:
    value = None if found.truncated else file_tables.exact_json(found.content)
    table = file_tables.from_json(value)
    if table is not None:
        _rows(path, table)
    elif figure := figures.of_plotly(value) or figures.of_geojson(value, chart_theme.current()):
        st.plotly_chart(figure, key=f"figure-{path}", config={"displaylogo": False})
    elif isinstance(value, dict | list) and len(found.content) <= artifacts.JSON_SHOWN:
        with st.container(border=True):
            st.json(value, expanded=2)
    else:
        _text(path, found)


def _table(path: str, found: Download) -> None:
    table = file_tables.read(path, found.content, truncated=found.truncated)
    if table is not None:
        _rows(path, table)
    elif path.lower().endswith(".parquet"):
        st.caption("This table is too large or too unusual to show. Download it to open it.")
    else:
        _text(path, found)


def _rows(path: str, table: FileTable) -> None:
    frame, config = cells.table(table.labels, table.columns)
    st.dataframe(
        frame,
        hide_index=True,
        height=run_table.height(len(frame), _TABLE_ROWS),
        column_config=config,
        placeholder="",
        key=f"table-{path}",
    )
    if table.cut:
        shown = f"{formats.grouped(table.rows)} rows and {len(table.columns)} columns"
        st.caption(f"The first {shown}. Download the file for the rest.")


def _text(path: str, found: Download) -> None:
    text = artifacts.text(found.content)
    shown = text[: artifacts.TEXT_SHOWN]
    marked = max(map(len, shown.splitlines()), default=0) <= _LONGEST_LINE
    with st.container(height=_TEXT_HEIGHT if len(shown) > 4_000 else "content"):
        st.code(shown, language=artifacts.language(path) if marked else None, wrap_lines=True)
    _cut_note(text, found)


def _cut_note(text: str, found: Download) -> None:
    shown = text[: artifacts.TEXT_SHOWN]
    if found.truncated or len(shown) < len(text):
        st.caption(
            f"The first {formats.size(len(shown.encode()))}. Download the file for the rest."
        )
