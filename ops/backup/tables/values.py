"""One value of a row, as it is kept in a line of JSON, whichever database it is from or for.

Numbers, texts and NULL are themselves; everything else is an object with its kind as the key.
Truth is 0 or 1, as two of three databases have it. JSON documents are kept as their text, so that
nothing of them is lost between databases that read them in different ways.
"""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Text, bindparam, cast, literal_column, type_coerce
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import mysql

from ops.backup.errors import BackupError

DOUBLE = sqltypes.Float(53, asdecimal=False)
Value = Any

# Most of all values; they stand in a line as they are.
PLAIN = frozenset({int, str, type(None)})
_DECODERS: dict[str, Callable[[str], Value]] = {
    "float": float,
    "bytes": base64.b64decode,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
}


def reading(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """The expression that reads a column without losing anything."""
    kind = column.type
    if isinstance(kind, sqltypes.JSON):
        text = type_coerce(column, Text) if dialect == "sqlite" else cast(column, Text)
        return text.label(column.name)
    if is_single(column):
        # MySQL shows six digits of a FLOAT; in an expression it shows the number.
        return type_coerce(column.op("+")(literal_column("0e0")), DOUBLE).label(column.name)
    if isinstance(kind, sqltypes.Float):
        # What reflection finds in MySQL would round to ten decimal places.
        return type_coerce(column, DOUBLE).label(column.name)
    return column


def writing(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """The parameter that writes a column, named as the column."""
    if isinstance(column.type, sqltypes.JSON):
        text = bindparam(column.key, type_=Text)
        return cast(text, column.type) if dialect == "postgresql" else text
    if isinstance(column.type, sqltypes.Float):
        return bindparam(column.key, type_=DOUBLE)
    return bindparam(column.key, type_=column.type)


def is_single(column: Column[Any]) -> bool:
    """Whether the column keeps seven digits only: MySQL's FLOAT."""
    return isinstance(column.type, mysql.FLOAT | mysql.REAL)


def encoded(value: Value) -> Value:
    """What stands in the line for a value that a driver returned. Raises BackupError."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": base64.b64encode(value).decode()}
    # A datetime is a date too, so it comes first.
    for kind, name in ((datetime, "datetime"), (date, "date"), (time, "time")):
        if isinstance(value, kind):
            return {name: value.isoformat()}
    for other, name in ((Decimal, "decimal"), (UUID, "uuid")):
        if isinstance(value, other):
            return {name: str(value)}
    raise BackupError(f"a value of the type {type(value).__name__}, which a backup cannot keep")


def decoded(cell: Value) -> Value:
    """The value of `encoded` again; raises ValueError for what it never makes."""
    if not isinstance(cell, dict):
        return cell
    [(kind, text)] = cell.items()
    if kind not in _DECODERS:
        raise ValueError(kind)
    return _DECODERS[kind](text)


def fitted(value: Value, column: Column[Any]) -> Value:
    """The value as a driver takes it for this column."""
    if value is None:
        return None
    if isinstance(column.type, sqltypes.Boolean):
        return bool(value)
    if isinstance(column.type, sqltypes.Float):
        return float(value)
    return value


def varies(column: Column[Any]) -> bool:
    """Whether databases show one value of such a column in several ways."""
    return isinstance(column.type, sqltypes.Float | sqltypes.JSON)


def comparable(cell: Value, column: Column[Any]) -> Value:
    """A cell in the form that this column gives it: equal if nothing was lost that it can hold."""
    if isinstance(cell, int | float) and isinstance(column.type, sqltypes.Float):
        return _single(float(cell)) if is_single(column) else float(cell)
    if isinstance(cell, str) and isinstance(column.type, sqltypes.JSON):
        try:
            return json.dumps(json.loads(cell), sort_keys=True)
        except ValueError:
            return cell
    return cell


def _single(value: float) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded
