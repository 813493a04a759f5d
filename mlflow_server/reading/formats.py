"""Record batches as a stream of bytes: Arrow IPC, Parquet, CSV, JSON.

    arrow    the stream format of Arrow IPC
    parquet  a row group for each batch
    csv      RFC 4180 with a header line, values as they were logged, empty where there is none
    json     an array of objects

In CSV and JSON what is no number in JSON is `NaN`, `Infinity` and `-Infinity`, in JSON as a text.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from mlflow_server.reading.questions import Format

CONTENT_TYPES: Mapping[Format, str] = {
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
# Rows turned into text at a time.
_SLICE = 1000

Batches = Iterable[pa.RecordBatch]


def encode(form: Format, schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """The batches in this format, piece by piece; a batch is read when its piece is wanted."""
    return _ENCODERS[form](schema, batches)


class _Outlet(io.RawIOBase):
    """A file that is taken away while it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """A file to write to."""
        return True

    def write(self, part: bytes) -> int:  # type: ignore[override]
        """Keep what is written until it is taken."""
        self._parts.append(bytes(part))
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        """How much has been written, taken or not."""
        return self._size

    def take(self) -> bytes:
        """What has been written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _arrow(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    outlet = _Outlet()
    with pa.ipc.new_stream(pa.PythonFile(outlet, "w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield outlet.take()
    yield outlet.take()


def _parquet(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    outlet = _Outlet()
    with pq.ParquetWriter(pa.PythonFile(outlet, "w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield outlet.take()
    yield outlet.take()


def _csv(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(schema.names)
    for part in _slices(batches):
        columns = [_plain(column) for column in part.columns]
        writer.writerows(zip(*columns, strict=True))
        yield _take(text)
    yield _take(text)


def _json(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    fields = ", ".join(f"{_quoted(name)}: %s" for name in schema.names)
    row = "{" + fields + "}"
    before = "["
    for part in _slices(batches):
        columns = [_encoded(column) for column in part.columns]
        lines = ",\n".join([row % values for values in zip(*columns, strict=True)])
        yield f"{before}{lines}".encode()
        before = ",\n"
    yield b"[]" if before == "[" else b"]"


def _slices(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, _SLICE):
            yield batch.slice(start, _SLICE)


def _take(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False).replace("%", "%%")


def _plain(column: pa.Array) -> list[object]:
    values: list[object] = column.to_pylist()
    if pa.types.is_floating(column.type):
        return [_number(value) for value in values]
    return values


def _encoded(column: pa.Array) -> list[str]:
    values = column.to_pylist()
    if pa.types.is_floating(column.type):
        return ["null" if value is None else _number_in_json(value) for value in values]
    write: Callable[[object], str] = json.JSONEncoder(ensure_ascii=False).encode
    return [write(value) for value in values]


def _number(value: object) -> object:
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _number_in_json(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'"{_number(value)}"'


_ENCODERS: Mapping[Format, Callable[[pa.Schema, Batches], Iterator[bytes]]] = {
    "arrow": _arrow,
    "parquet": _parquet,
    "csv": _csv,
    "json": _json,
}
