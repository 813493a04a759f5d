"""What JSON value MLflow's protobuf parser takes for each kind of field.

The rules are those of `google.protobuf.json_format.ParseDict`, which is what MLflow's server calls
(mlflow.utils.proto_json_utils.parse_dict): a 64 bit number may be written as a text, NaN must be,
an enum has names and numbers. It is written anew for its speed: `ParseDict` takes 11 ms for a
log-batch of 1,000 metrics, this about one. `tests/proxy/test_readings.py` compares the two on
values that hypothesis makes. Where the parser takes something by losing a part of it, this refuses:
`0.5` for an enum (it reads 0), a name that the enum does not have (it reads none).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from .unreadable import Unreadable

# Reads a value at a depth of nested messages; raises Unreadable.
Reader = Callable[[Any, int], None]

# json_format's own limit for messages within messages.
MOST_DEEP = 100
BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
# The largest number of 32 bits: (2 - 2**-23) * 2**127.
FLOAT_MAX = float.fromhex("0x1.fffffep+127")
# The one text that float() of Python takes and json_format does not.
NOT_NAN = "nan"
NAMES_SHOWN = 12


def read_text(value: Any, _depth: int) -> None:
    """A string; `call.check_json` has seen to it that it can be written as UTF-8."""
    if type(value) is not str:
        raise Unreadable("a text")


def read_bool(value: Any, _depth: int) -> None:
    """true or false, without quotes."""
    if type(value) is not bool:
        raise Unreadable("true or false")


def read_bytes(value: Any, _depth: int) -> None:
    """Base64 of either alphabet, padded or not."""
    if type(value) is not str or not BASE64.fullmatch(value) or len(value.rstrip("=")) % 4 == 1:
        raise Unreadable("bytes in base64")


def integer(low: int, high: int) -> Reader:
    """A reader of whole numbers from `low` to `high`, which may be texts or end in .0."""
    expected = f"a whole number from {low} to {high}"

    def read(value: Any, _depth: int) -> None:
        if type(value) is int and low <= value <= high:
            return
        number = _whole(value)
        if number is None or not low <= number <= high:
            raise Unreadable(expected)

    return read


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if " " in value:
            return None
        found = _int(value)
        if found is not None:
            return found
        value = _float(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def _int(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def number(highest: float) -> Reader:
    """A reader of floating point numbers up to `highest`; NaN and Infinity are texts."""

    def read(value: Any, _depth: int) -> None:
        # A comparison with NaN is false.
        if type(value) is float and -highest <= value <= highest:
            return
        if isinstance(value, str):
            readable = value != NOT_NAN and _float(value) is not None
        elif isinstance(value, int):
            readable = _fits(value)
        else:
            readable = False
        if not readable:
            raise Unreadable('a number, or one of the texts "NaN", "Infinity" and "-Infinity"')

    return read


def _fits(value: int) -> bool:
    try:
        float(value)
    except OverflowError:
        return False
    return True


def enum(values: Mapping[str, int], *, closed: bool) -> Reader:
    """A reader of an enum's names and numbers; one that is not `closed` takes any number."""
    numbers = frozenset(values.values())
    shown = ", ".join(list(values)[:NAMES_SHOWN])
    expected = f"one of {shown}" + (", ..." if len(values) > NAMES_SHOWN else "")

    def read(value: Any, _depth: int) -> None:
        if type(value) is str and value in values:
            return
        # A number in a text is read more narrowly than for a field of numbers: not as 1.0.
        found = _int(value) if type(value) is str else _whole(value)
        if found is None or (closed and found not in numbers) or not -(2**31) <= found < 2**31:
            raise Unreadable(expected)

    return read


def _by(kind: Any, expected: str) -> Reader:
    def read(value: Any, _depth: int) -> None:
        if type(value) is not str:
            raise Unreadable(expected)
        try:
            kind().FromJsonString(value)
        # An exponent where fractions of a second stand overflows there.
        except (ValueError, OverflowError):
            raise Unreadable(expected) from None

    return read


def read_value(value: Any, depth: int) -> None:
    """Any JSON value (google.protobuf.Value); a list or an object counts as two messages."""
    _require_depth(depth)
    if type(value) is dict:
        read_struct(value, depth + 1)
    elif type(value) is list:
        read_list(value, depth + 1)
    elif isinstance(value, int) and not _fits(value):
        raise Unreadable("a number of floating point")


def read_struct(value: Any, depth: int) -> None:
    """A JSON object of anything (google.protobuf.Struct)."""
    _require_depth(depth)
    if type(value) is not dict:
        raise Unreadable("an object")
    for name, one in value.items():
        try:
            read_value(one, depth + 1)
        except Unreadable as error:
            raise error.under(name) from None


def read_list(value: Any, depth: int) -> None:
    """A JSON list of anything (google.protobuf.ListValue)."""
    _require_depth(depth)
    if type(value) is not list:
        raise Unreadable("a list")
    for index, one in enumerate(value):
        try:
            read_value(one, depth + 1)
        except Unreadable as error:
            raise error.under(index) from None


def _require_depth(depth: int) -> None:
    if depth > MOST_DEEP:
        raise Unreadable(f"nested in at most {MOST_DEEP} levels")


SCALARS: Mapping[str, Reader] = {
    "string": read_text,
    "bool": read_bool,
    "bytes": read_bytes,
    "int32": integer(-(2**31), 2**31 - 1),
    "int64": integer(-(2**63), 2**63 - 1),
    "uint32": integer(0, 2**32 - 1),
    "uint64": integer(0, 2**64 - 1),
    "double": number(sys.float_info.max),
    "float": number(FLOAT_MAX),
}
# Messages that protobuf writes in JSON in a way of their own.
WELL_KNOWN: Mapping[str, Reader] = {
    "google.protobuf.Timestamp": _by(Timestamp, "a moment such as 2026-01-31T12:00:00Z"),
    "google.protobuf.Duration": _by(Duration, "a duration such as 1.5s"),
    "google.protobuf.FieldMask": _by(FieldMask, "names of fields, with commas between them"),
    "google.protobuf.Value": read_value,
    "google.protobuf.Struct": read_struct,
    "google.protobuf.ListValue": read_list,
}
