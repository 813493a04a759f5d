"""How many values an OpenTelemetry export in protobuf holds, counted without building any of them.

A span without anything is two bytes in the body and some hundred in memory. Texts are passed over,
so a large body that is large by its texts is counted as fast as a small one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
LENGTHS = {FIXED64: 8, FIXED32: 4}


@dataclass(slots=True)
class Shape:
    """The fields of a message that are messages themselves, by their numbers."""

    inner: dict[int, Shape] = field(default_factory=dict)


def _shapes() -> Shape:
    """ExportTraceServiceRequest (opentelemetry/proto/collector/trace/v1/trace_service.proto)."""
    any_value, attribute = Shape(), Shape()
    attribute.inner[2] = any_value
    any_value.inner |= {5: Shape({1: any_value}), 6: Shape({1: attribute})}
    event, link = Shape({3: attribute}), Shape({4: attribute})
    span = Shape({9: attribute, 11: event, 13: link, 15: Shape()})
    scope_spans = Shape({1: Shape({3: attribute}), 2: span})
    return Shape({1: Shape({1: Shape({1: attribute}), 2: scope_spans})})


REQUEST = _shapes()


def has_more_values(body: bytes, most: int) -> bool:
    """Whether the body has more than `most` fields; False for one that is no protobuf.

    Such a body MLflow's parser refuses as a whole.
    """
    # A field has two bytes at least.
    if len(body) <= 2 * most:
        return False
    found = 0
    # Of each message that was not looked through: where it begins and ends, and its fields.
    todo: list[tuple[int, int, Mapping[int, Shape]]] = [(0, len(body), REQUEST.inner)]
    try:
        while todo:
            at, end, inner = todo.pop()
            while at < end:
                found += 1
                if found > most:
                    return True
                tag, at = _varint(body, at)
                kind = tag & 7
                if kind == VARINT:
                    _, at = _varint(body, at)
                elif kind == DELIMITED:
                    length, at = _varint(body, at)
                    below = inner.get(tag >> 3)
                    if below is not None and length:
                        todo.append((at, min(at + length, end), below.inner))
                    at += length
                else:
                    at += LENGTHS[kind]
    except (IndexError, KeyError):
        return False
    return False


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and the place behind it."""
    value = body[at]
    at += 1
    if value < 128:
        return value, at
    value &= 127
    shift = 7
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
