"""Tables in files: read so that every cell is what the file says, and no odd file is an error."""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import pyarrow.parquet as pq

from studio_app.ui.cells import SAFE_INTEGER

ROWS_SHOWN = 2_000
COLUMNS_SHOWN = 100

# A JSON value nested deeper than this is shown as text: viewers unfold it by recursion.
_DEEPEST = 60
# A few bytes of Parquet may stand for gigabytes.
_MOST_UNPACKED = 256_000_000
# How pandas calls an index that had no name.
_INDEX = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class FileTable:
    """The beginning of a table; `cut` when the file has more rows or columns."""

    labels: Sequence[object]
    columns: Sequence[Sequence[object]]
    cut: bool = False

    @property
    def rows(self) -> int:
        """How many rows are here."""
        return len(self.columns[0]) if self.columns else 0


def read(path: str, content: bytes, *, truncated: bool = False) -> FileTable | None:
    """The first rows of a CSV, TSV, Parquet or JSON Lines file; None when it is none, or too odd.

    What the readers raise on foreign bytes is not one kind of error, so each means: no table.
    """
    ending = path.lower().rpartition(".")[2]
    try:
        if ending == "parquet":
            return None if truncated else _parquet(content)
        if ending in ("jsonl", "ndjson"):
            return _json_lines(content, truncated=truncated)
        return _separated(content, "\t" if ending == "tsv" else ",", truncated=truncated)
    except Exception:
        return None


def from_json(value: object) -> FileTable | None:
    """The table in a JSON value: `split` as mlflow.log_table writes it, or a list of objects."""
    if isinstance(value, list):
        return _records(value[:ROWS_SHOWN], cut=len(value) > ROWS_SHOWN)
    if not isinstance(value, dict):
        return None
    labels, rows = value.get("columns"), value.get("data")
    if not isinstance(labels, list) or not isinstance(rows, list) or not labels:
        return None
    shown = rows[:ROWS_SHOWN]
    if not all(isinstance(row, list) and len(row) == len(labels) for row in shown):
        return None
    kept = labels[:COLUMNS_SHOWN]
    columns = [[row[place] for row in shown] for place in range(len(kept))]
    return FileTable(kept, columns, cut=len(shown) < len(rows) or len(kept) < len(labels))


def exact_json(content: bytes) -> object | None:
    """The value of a JSON file; None when it is broken, cut off, too deep or names a key twice.

    A number that the browser would change becomes a text: integers beyond 2**53, decimals with
    more digits than a double has, and what is no number in JSON.
    """
    try:
        value: object = json.loads(
            content,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=str,
            object_pairs_hook=_once_each,
        )
    except (ValueError, RecursionError):
        return None
    return value if _depth(value) <= _DEEPEST else None


def _json_lines(content: bytes, *, truncated: bool) -> FileTable | None:
    if truncated:
        # The last line is cut in two.
        content = content.rpartition(b"\n")[0]
    lines = [line for line in content.split(b"\n") if line.strip()]
    rows = [exact_json(line) for line in lines[:ROWS_SHOWN]]
    return _records(rows, cut=truncated or len(lines) > ROWS_SHOWN)


def _records(rows: Sequence[object], *, cut: bool) -> FileTable | None:
    """A table of objects: a column for each name, in the order in which they come up."""
    objects = [row for row in rows if isinstance(row, dict)]
    if not objects or len(objects) < len(rows):
        return None
    labels = list(dict.fromkeys(name for row in objects for name in row))
    kept = labels[:COLUMNS_SHOWN]
    if not kept:
        return None
    columns = [[row.get(name) for row in objects] for name in kept]
    return FileTable(kept, columns, cut=cut or len(kept) < len(labels))


def _separated(content: bytes, separator: str, *, truncated: bool) -> FileTable | None:
    if truncated:
        # The last line is cut in two.
        content = content.rpartition(b"\n")[0]
    width = content.partition(b"\n")[0].count(separator.encode()) + 1
    if width > ROWS_SHOWN:
        return None
    frame = pd.read_csv(
        io.BytesIO(content),
        sep=separator,
        nrows=ROWS_SHOWN + 1,
        # Every cell is its text: `00123` is no number, `NA` is no gap.
        dtype=str,
        header=None,
        na_filter=False,
        skip_blank_lines=False,
        encoding="utf-8-sig",
    )
    if len(frame) < 1:
        return None
    kept = frame.columns[:COLUMNS_SHOWN]
    columns = [
        [cell if isinstance(cell, str) else None for cell in frame[name].iloc[1:]] for name in kept
    ]
    cut = len(frame) > ROWS_SHOWN or len(kept) < len(frame.columns) or truncated
    return FileTable([str(frame[name].iloc[0]) for name in kept], columns, cut=cut)


def _parquet(content: bytes) -> FileTable | None:
    file = pq.ParquetFile(io.BytesIO(content))
    facts = file.metadata
    groups = [facts.row_group(place) for place in range(facts.num_row_groups)]
    if sum(group.total_byte_size for group in groups) > _MOST_UNPACKED:
        return None
    batch = next(file.iter_batches(batch_size=ROWS_SHOWN), None)
    names = file.schema_arrow.names
    places = [place for place, name in enumerate(names) if not _INDEX.fullmatch(name)]
    kept = places[:COLUMNS_SHOWN]
    columns = [batch.column(place).to_pylist() if batch else [] for place in kept]
    rows = batch.num_rows if batch else 0
    cut = rows < facts.num_rows or len(kept) < len(places)
    return FileTable([names[place] for place in kept], columns, cut=cut)


def _integer(text: str) -> int | str:
    # Also spares Python the conversion of a million digits.
    if len(text) > 20:
        return text
    value = int(text)
    return value if abs(value) < SAFE_INTEGER else text


def _decimal(text: str) -> float | str:
    value = float(text)
    return value if len(text) <= 400 and Decimal(repr(value)) == Decimal(text) else text


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _depth(value: object) -> int:
    """How deep a value is nested, counted without recursion."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        found, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(found, dict):
            waiting += [(one, depth + 1) for one in found.values()]
        elif isinstance(found, list):
            waiting += [(one, depth + 1) for one in found]
    return deepest
