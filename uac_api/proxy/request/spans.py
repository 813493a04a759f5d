"""Spans that arrive by OpenTelemetry (`/v1/traces`), as protobuf or JSON, plain or compressed.

MLflow makes tags of a trace from attributes of its root span. Its own client sends none of those
that MLflow keeps for itself, so they are refused and nothing else of the spans is looked at.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...errors import BadRequest
from . import bodies, fields, otlp
from .call import Call, too_large

# mlflow.tracing.constant.SpanAttributeKey.TRACE_TAG_PREFIX
PREFIX = b"mlflow.traceTag."
ENCODING_HEADER = "HTTP_CONTENT_ENCODING"
# How much behind the prefix is read: the longest name below, spelled in a wasteful way.
LONGEST = 1000
# In JSON a text costs MLflow three times what it does in protobuf.
MOST_JSON = 8 * bodies.MIB
# What MLflow decodes by hand (mlflow.server.otel_api).
HEX_IDS = ("traceId", "spanId", "parentSpanId")
GZIP, ZLIB, RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def unpack(call: Call, limit: int, admit_large: Callable[[], None] = lambda: None) -> Call:
    """The call with its body unpacked; raises BadRequest if that sets a tag not the client's.

    The plain body goes on to MLflow: what was looked at is what is forwarded. `admit_large` is
    called before more than bodies.SMALL_BYTES of it are unpacked.
    """
    body = call.body or b""
    encoding = str(call.environ.get(ENCODING_HEADER, "")).lower()
    if encoding:
        body = _unpacked(body, encoding, limit, admit_large)
    if "json" in (call.header("Content-Type") or "").lower():
        if len(body) > MOST_JSON:
            raise too_large(MOST_JSON)
        bodies.check(body, large=True)
        body = _plain_json(body)
    elif otlp.has_more_values(body, bodies.MOST_VALUES_OF_LARGE):
        raise bodies.too_many_values(bodies.MOST_VALUES_OF_LARGE)
    _, *followed = body.split(PREFIX)
    # Inside a text the prefix may be cut off by the next one; a name never holds it.
    for text in followed:
        name = fields.folded(text[:LONGEST].decode(errors="ignore"))
        if name.startswith(fields.RESERVED_TAGS):
            raise BadRequest(
                "A span's attribute sets a tag of the trace that only ML Studio or MLflow sets: "
                f"{', '.join(fields.RESERVED_TAGS)}. Leave it out.",
                reason="reserved_tag",
            )
    plain = {name: value for name, value in call.environ.items() if name != ENCODING_HEADER}
    return replace(call, body=body, environ=plain)


def _plain_json(body: bytes) -> bytes:
    """The same document without escapes, which could hide a name, and in UTF-8."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("The body must be JSON in UTF-8.", reason="broken_json") from None
    _require_spans(document)
    if b"\\" not in body and b"\0" not in body:
        return body
    return json.dumps(document, ensure_ascii=False).encode(errors="backslashreplace")


def _require_spans(document: object) -> None:
    """Raise BadRequest for what MLflow 3.17.2 fails at with 500, because it takes it for spans."""
    for of_resource in _objects(document, "resourceSpans"):
        for of_scope in _objects(of_resource, "scopeSpans"):
            for span in _objects(of_scope, "spans"):
                for name in HEX_IDS:
                    if not isinstance(span.get(name) or "", str):
                        raise BadRequest(f"'{name}' must be a hex text.", reason="invalid")


def _objects(holder: object, name: str) -> list[dict[str, Any]]:
    found = holder.get(name, []) if isinstance(holder, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadRequest(
            f"'{name}' must be a list of objects, as OTLP/JSON has it.", reason="invalid"
        )
    return found


def _unpacked(body: bytes, encoding: str, limit: int, admit_large: Callable[[], None]) -> bytes:
    kinds = {"gzip": (GZIP,), "deflate": (ZLIB, RAW)}.get(encoding, ())
    for kind in kinds:
        try:
            return _inflated(body, kind, limit, admit_large)
        except zlib.error:
            continue
    raise BadRequest("The body is not gzip or deflate as its header says.", reason="encoding")


def _inflated(body: bytes, kind: int, limit: int, admit_large: Callable[[], None]) -> bytes:
    plain = b""
    while body:
        packed, left = zlib.decompressobj(kind), body
        if len(plain) < bodies.SMALL_BYTES:
            plain += packed.decompress(left, bodies.SMALL_BYTES - len(plain))
            left = packed.unconsumed_tail
        if not packed.eof and len(plain) >= bodies.SMALL_BYTES:
            admit_large()
            plain += packed.decompress(left, limit + 1 - len(plain))
        if len(plain) > limit:
            raise too_large(limit)
        if not packed.eof:
            raise zlib.error("cut off")
        # gzip may hold several members, one after the other.
        body = packed.unused_data if kind == GZIP else b""
    return plain
