"""Files that are not what they seem, too large, broken or hostile, and how each is shown."""

from __future__ import annotations

import io
import json
import struct
import wave
import zipfile
import zlib
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from laboratory import PIXEL

# How a file is shown: by the name of Streamlit's element, or with a sentence in its place.
NOTE = "note"


def image(form: str, mode: str = "RGB", size: tuple[int, int] = (8, 8)) -> bytes:
    """An image file."""
    file = io.BytesIO()
    Image.new(mode, size, 1).save(file, form)
    return file.getvalue()


def png_bomb() -> bytes:
    """A PNG of a few bytes that says to have 10 thousand million points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def parquet(columns: dict[str, Any]) -> bytes:
    """A table as Parquet."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def parquet_bomb() -> bytes:
    """A Parquet file of some kilobytes with a column of 400 MB."""
    file = io.BytesIO()
    values = pa.array([b"x" * 1_000_000] * 400, pa.large_binary())
    pq.write_table(pa.table({"a": values}), file, use_dictionary=False, compression="zstd")
    return file.getvalue()


def parquet_twice() -> bytes:
    """A Parquet file with two columns of one name."""
    file = io.BytesIO()
    table = pa.Table.from_arrays([pa.array([1]), pa.array([{"b": [2]}])], ["a", "a"])
    pq.write_table(table, file)
    return file.getvalue()


def wav() -> bytes:
    """A sound of a hundredth of a second."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(160))
    return file.getvalue()


def zipped() -> bytes:
    """A zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../evil.txt", "x")
    return file.getvalue()


def notebook(cells: list[Any]) -> bytes:
    """A notebook with these cells."""
    return json.dumps({"nbformat": 4, "cells": cells, "metadata": {}}).encode()


CODE = {"cell_type": "code", "source": "1 + 1", "outputs": []}
POINTS = {"type": "MultiPoint", "coordinates": [[0, 0]] * 60_000}


def odd_files() -> dict[str, tuple[bytes, str]]:
    """By its name each file and how it is shown; made when asked for, as one takes two seconds."""
    return {
        # Empty
        "empty.csv": (b"", NOTE),
        "empty.png": (b"", NOTE),
        "empty.parquet": (b"", NOTE),
        "empty.ipynb": (b"", NOTE),
        # Tables
        "twice.json": (
            b'{"columns": ["a", "a", null], "data": [[1, {"b": 2}, "x"]]}',
            "dataframe",
        ),
        "objects.json": (
            b'{"columns": ["a"], "data": [[{"b": [1]}], ["text"], [null]]}',
            "dataframe",
        ),
        "large.json": (
            b'{"columns": ["a"], "data": [[18446744073709551616], [1]]}',
            "dataframe",
        ),
        "records.json": (b'[{"a": 1, "b": null}, {"b": {"c": 1}}]', "dataframe"),
        "half-pair.json": (b'{"columns": ["\\ud800"], "data": [["\\ud800"]]}', "dataframe"),
        "rows.jsonl": (b'{"a": 1}\n\n{"b": 18446744073709551616}\n', "dataframe"),
        "mixed.jsonl": (b'{"a": 1}\n[2]\n', "code"),
        "broken.jsonl": (b'{"a": 1}\n{"a": ', "code"),
        "ids.csv": (b"id\n00123\n18446744073709551616\n", "dataframe"),
        "twice.csv": (b"a,a,\n1,2,3\n", "dataframe"),
        "ragged.csv": (b"a,b\n1\n1,2,3,4\n", "code"),
        "latin.csv": (b"name\ncaf\xe9\n", "code"),
        "wide.csv": (b",".join([b"x"] * 100_000), "code"),
        "quote.csv": (b'a,b\n"1,2\n' * 1000, "dataframe"),
        "blob.csv": (bytes(range(256)), NOTE),
        "text.parquet": (b"PAR1 no parquet PAR1", NOTE),
        "named.parquet": (b"a,b\n1,2\n", "code"),
        "twice.parquet": (parquet_twice(), "dataframe"),
        "null.parquet": (parquet({"a": pa.array([None, None])}), "dataframe"),
        "wide-integers.parquet": (
            parquet({"a": pa.array([2**64 - 1], pa.uint64()), "b": pa.array([2**62])}),
            "dataframe",
        ),
        "truncated.parquet": (parquet({"a": [1, 2]})[:-40], NOTE),
        "bomb.parquet": (parquet_bomb(), NOTE),
        # JSON
        "deep.json": (b"[" * 900 + b"]" * 900, "code"),
        "deeper.json": (b"[" * 100_000, "code"),
        "no-number.json": (b'{"a": [NaN, 1e999, 9007199254740993]}', "json"),
        "same-key.json": (b'{"a": 1, "a": 2}', "code"),
        "one-line.json": (b'["' + b"x" * 5_000_000 + b'"]', "code"),
        "chart.json": (b'{"data": [{"type": "bar", "y": [1, 2]}], "layout": {}}', "plotly_chart"),
        "no-chart.json": (b'{"data": [{"type": "bar", "wrong": 1}], "layout": {}}', "json"),
        "map.json": (b'{"data": [{"type": "scattergeo"}], "layout": {}}', "json"),
        "shape.geojson": (b'{"type": "Point", "coordinates": [8.5, 47.4]}', "plotly_chart"),
        "many.geojson": (json.dumps(POINTS).encode(), "json"),
        # Images
        "truncated.png": (PIXEL[:30], NOTE),
        "bomb.png": (png_bomb(), NOTE),
        "picture.txt": (PIXEL, NOTE),
        "text.png": (b"no image", "code"),
        "deep.tiff": (image("TIFF", "I;16"), "image"),
        "truncated.tif": (image("TIFF")[:60], NOTE),
        "real.webp": (image("WEBP"), "image"),
        "zip.png": (zipped(), NOTE),
        "broken.svg": (b"<svg", "iframe"),
        # Sounds and films
        "real.wav": (wav(), "audio"),
        "text.mp3": (b"step 1", "code"),
        "picture.mp4": (PIXEL, NOTE),
        "film.mp4": (b"\x00\x00\x00\x18ftypmp42" + bytes(64), "video"),
        # Notebooks
        "real.ipynb": (notebook([CODE]), "code"),
        "many.ipynb": (notebook([CODE] * 2_000), "code"),
        "odd.ipynb": (notebook([None, 1, {"cell_type": "code", "outputs": {}}, CODE]), "code"),
        "broken.ipynb": (b'{"cells": [', "code"),
        # Texts
        "one-line.txt": (b"x" * 10_000_000, "code"),
        "<b>*x*`$.log": (b"<script>alert(1)</script>", "code"),
        "bytes.log": (b"step 1\x00\x01", NOTE),
        "broken.html": (b"</iframe><script>", "iframe"),
        "utf16.txt": ("step 1".encode("utf-16"), NOTE),
    }
