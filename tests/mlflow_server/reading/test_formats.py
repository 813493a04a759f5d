"""The same rows in every format."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlflow_server.reading.formats import encode

NAMES = ["text", 'say "x", 50%', "number", "whole"]
ROWS = [
    ("a", "line\r\nbreak", 0.1, 1),
    ('say "x"', "50% \\ , ;", math.inf, None),
    ("größe 😀", "", -math.inf, 2**62),
    (None, None, None, -1),
    ("", "=1+1", math.nan, 0),
    ("0.10", " x ", 1e-300, 5),
]
SCHEMA = pa.schema(
    [
        (NAMES[0], pa.string()),
        (NAMES[1], pa.string()),
        (NAMES[2], pa.float64()),
        (NAMES[3], pa.int64()),
    ]
)


def batches() -> Iterator[pa.RecordBatch]:
    for start in range(0, len(ROWS), 4):
        columns = list(zip(*ROWS[start : start + 4], strict=True))
        arrays = [pa.array(one, kind) for one, kind in zip(columns, SCHEMA.types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def encoded(form: Any, parts: Iterator[pa.RecordBatch] | None = None) -> bytes:
    return b"".join(encode(form, SCHEMA, batches() if parts is None else parts))


def test_arrow_and_parquet_are_what_they_were() -> None:
    whole = pa.Table.from_batches(list(batches()))
    for table in (
        pa.ipc.open_stream(encoded("arrow")).read_all(),
        pq.read_table(io.BytesIO(encoded("parquet"))),
    ):
        assert str(table.to_pylist()) == str(whole.to_pylist())
        assert table.schema.equals(SCHEMA)


def test_json_has_a_word_for_what_is_no_number() -> None:
    found = json.loads(encoded("json"), parse_constant=lambda word: pytest.fail(word))
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    for row, wanted in zip(found, ROWS, strict=True):
        number = wanted[2]
        is_nan = number is not None and math.isnan(number)
        told = "NaN" if is_nan else words.get(number, number)  # type: ignore[arg-type]
        assert list(row.values()) == [wanted[0], wanted[1], told, wanted[3]]
        assert list(row) == NAMES


def test_csv_is_read_back_by_any_reader() -> None:
    text = encoded("csv").decode()
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert lines[0] == NAMES
    for line, row in zip(lines[1:], ROWS, strict=True):
        assert line[:2] == [row[0] or "", row[1] or ""]
        assert line[3] == ("" if row[3] is None else str(row[3]))
    assert [line[2] for line in lines[1:]] == ["0.1", "Infinity", "-Infinity", "", "NaN", "1e-300"]
    assert text.endswith("\r\n")


@pytest.mark.parametrize("form", ["arrow", "parquet", "csv", "json"])
def test_no_rows_are_an_answer_too(form: str) -> None:
    content = encoded(form, iter(()))
    if form == "json":
        assert json.loads(content) == []
    elif form == "csv":
        assert content.count(b"\r\n") == 1
    elif form == "arrow":
        assert pa.ipc.open_stream(content).read_all().num_rows == 0
    else:
        assert pq.read_table(io.BytesIO(content)).num_rows == 0


@pytest.mark.parametrize("form", ["arrow", "parquet", "csv", "json"])
def test_a_batch_is_read_when_its_piece_is_wanted(form: Any) -> None:
    read: list[int] = []

    def counted() -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(batches()):
            read.append(number)
            yield batch

    pieces = encode(form, SCHEMA, counted())
    next(pieces)
    assert read == [0]
