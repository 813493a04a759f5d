"""Odd files: each is a table whose cells are what the file says, or none, and never an error."""

import io
import json
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_app.artifacts import file_tables
from studio_app.artifacts.file_tables import FileTable
from studio_app.ui import cells

BIG = 2**53 + 1


def parquet(columns: dict[str, Any] | pa.Table) -> bytes:
    """A Parquet file."""
    file = io.BytesIO()
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, file)
    return file.getvalue()


def drawn(table: FileTable | None) -> list[list[Any]]:
    """The table as the page draws it: labels, then rows."""
    assert table is not None
    frame, config = cells.table(table.labels, table.columns)
    # What Streamlit does with a frame first of all.
    pa.Table.from_pandas(frame)
    texts = frame.astype("object").where(frame.notna(), None).to_numpy().tolist()
    return [[config[name]["label"] for name in frame.columns], *texts]


TWICE = pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"])


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.csv", b"id,x\n00123,0.5\n7,1.25\n", [["id", "x"], ["00123", 0.5], ["7", 1.25]]),
        ("a.csv", b"id\n9007199254740993\n9007199254740992", [["id"], [str(BIG)], [str(BIG - 1)]]),
        ("a.csv", b"a,b\nNA,null\n,NaN\n", [["a", "b"], ["NA", "null"], ["", "NaN"]]),
        ("a.csv", b"a,a,\n1,2,3\n", [["a", "a", " "], [1.0, 2.0, 3.0]]),
        ("a.csv", b"\xef\xbb\xbfa\n1.0\n2\n", [["a"], ["1.0"], ["2"]]),
        ("a.csv", b'a\n"1,5"\n<b>*x*\n', [["a"], ["1,5"], ["<b>*x*"]]),
        ("a.tsv", b"a\tb\n1\t1e-7\n", [["a", "b"], [1.0, "1e-7"]]),
        ("a.csv", b"only,header\n", [["only", "header"]]),
        ("a.parquet", parquet({"n": [BIG, 1]}), [["n"], [str(BIG)], ["1"]]),
        (
            "a.parquet",
            parquet({"n": pa.array([2**64 - 1], pa.uint64())}),
            [["n"], [str(2**64 - 1)]],
        ),
        ("a.parquet", parquet({"d": [Decimal("0.10")]}), [["d"], ["0.10"]]),
        ("a.parquet", parquet({"b": [b"\x00\xff"]}), [["b"], ["00 ff"]]),
        ("a.parquet", parquet({"o": [{"k": [1, None]}]}), [["o"], ['{"k": [1, null]}']]),
        ("a.parquet", parquet({"x": [0.5, float("nan"), None]}), [["x"], ["0.5"], ["NaN"], [None]]),
        ("a.parquet", parquet({"x": [float("inf"), 1.0]}), [["x"], ["∞"], ["1"]]),
        ("a.parquet", parquet({"null": pa.nulls(1)}), [["null"], [None]]),
        ("a.parquet", parquet(TWICE), [["a", "a"], [1.0, "x"]]),
        ("a.parquet", parquet({"empty": pa.array([], pa.int64())}), [["empty"]]),
    ],
)
def test_a_table_shows_what_the_file_says(name: str, content: bytes, rows: list[Any]) -> None:
    assert drawn(file_tables.read(name, content)) == rows


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("blob.csv", bytes(range(256)) * 8),
        ("latin.csv", b"name\ncaf\xe9\n"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3,4\n"),
        ("quote.csv", b'a,b\n"never closed,2\n' + b"x" * 1000),
        ("wide.csv", b"," * 1_000_000),
        ("text.parquet", b"no parquet"),
        ("cut.parquet", parquet({"a": [1, 2]})[:-20]),
        ("middle.parquet", b"PAR1" + b"\xff" * 200 + b"PAR1"),
        ("empty.parquet", b""),
    ],
)
def test_what_is_no_table_is_none_and_no_error(name: str, content: bytes) -> None:
    assert file_tables.read(name, content) is None


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error(content: bytes) -> None:
    for name in ("a.csv", "a.tsv", "a.parquet"):
        if table := file_tables.read(name, content):
            drawn(table)
    table = file_tables.from_json(file_tables.exact_json(content))
    assert table is None or drawn(table)


def test_a_cut_file_loses_the_line_that_was_cut_and_says_so() -> None:
    table = file_tables.read("t.csv", b"a,b\n1,2\n3,", truncated=True)
    assert drawn(table) == [["a", "b"], [1.0, 2.0]]
    assert table is not None
    assert table.cut
    assert file_tables.read("t.csv", b"x" * 4_000_000, truncated=True) is None
    assert file_tables.read("t.parquet", parquet({"a": [1]}), truncated=True) is None


def test_long_and_wide_tables_are_begun() -> None:
    wide = ",".join(map(str, range(500))) + "\n" + ",".join("1" * 500) + "\n"
    table = file_tables.read("t.csv", wide.encode())
    assert table is not None
    assert (len(table.columns), table.rows, table.cut) == (file_tables.COLUMNS_SHOWN, 1, True)
    long = parquet({"a": list(range(5_000))})
    table = file_tables.read("t.parquet", long)
    assert table is not None
    assert (table.rows, table.cut) == (file_tables.ROWS_SHOWN, True)


def test_an_index_without_a_name_is_no_column() -> None:
    file = io.BytesIO()
    pd.DataFrame({"a": [1]}, index=[7]).to_parquet(file)
    assert drawn(file_tables.read("t.parquet", file.getvalue())) == [["a"], [1.0]]


def logged(columns: list[Any], *rows: list[Any]) -> bytes:
    """A table as mlflow.log_table writes it."""
    return json.dumps({"columns": columns, "data": rows}).encode()


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (logged(["q", "ok"], ["a", 1]), [["q", "ok"], ["a", 1.0]]),
        (logged(["a", "a"], [1, 2]), [["a", "a"], [1.0, 2.0]]),
        (logged([None, 3, ["x", "y"]], [1, 2, 3]), [[" ", "3", '["x", "y"]'], [1.0, 2.0, 3.0]]),
        (logged(["o"], [{"k": 1}], ["s"], [None]), [["o"], ['{"k": 1}'], ["s"], [None]]),
        (logged(["n"], [BIG], [1]), [["n"], [str(BIG)], ["1"]]),
        (logged(["n"], [2**80]), [["n"], [str(2**80)]]),
        (logged(["t"], [True], [False]), [["t"], ["True"], ["False"]]),
        (logged(["s"], ["\ud800"]), [["s"], ["?"]]),
    ],
)
def test_json_of_log_table_becomes_a_table(content: bytes, rows: list[Any]) -> None:
    assert drawn(file_tables.from_json(file_tables.exact_json(content))) == rows


@pytest.mark.parametrize(
    "content", [logged(["a"], [1, 2]), logged([]), b"[1]", b'{"columns": 1, "data": []}']
)
def test_other_json_is_no_table(content: bytes) -> None:
    assert file_tables.from_json(file_tables.exact_json(content)) is None


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"id": 9007199254740993}', {"id": "9007199254740993"}),
        (b"[9007199254740991, -5, 0.5, 1.0]", [2**53 - 1, -5, 0.5, 1.0]),
        (b"[0.12345678901234567890]", ["0.12345678901234567890"]),
        (b"[1e400, NaN, -Infinity]", ["1e400", "NaN", "-Infinity"]),
        (b"[" + b"1" * 5000 + b"]", ["1" * 5000]),
    ],
)
def test_numbers_that_a_browser_would_change_are_texts(content: bytes, value: object) -> None:
    assert file_tables.exact_json(content) == value


@pytest.mark.parametrize(
    "content",
    [b"{broken", b"", b"[" * 100_000, b"[" * 500 + b"]" * 500, b'{"a": 1, "a": 2}', b"\xff\xfe"],
)
def test_json_that_is_broken_too_deep_or_ambiguous_is_shown_as_text(content: bytes) -> None:
    assert file_tables.exact_json(content) is None
