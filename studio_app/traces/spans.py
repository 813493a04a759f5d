"""Spans of a trace for the browser: times since it began, texts as they were logged.

MLflow keeps a span as OpenTelemetry has it. Each attribute is a text of JSON; inputs, outputs, kind
and token counts are attributes with names of their own. The text goes to the browser as it is, so
that no number in it passes through a float.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ml_studio.trace_tree import Span, SpanEvent
from studio_app.api.client import Json

_KIND = "mlflow.spanType"
_INPUTS = "mlflow.spanInputs"
_OUTPUTS = "mlflow.spanOutputs"

# What every span has and the page says elsewhere.
_KNOWN = frozenset({_KIND, _INPUTS, _OUTPUTS, "mlflow.traceRequestId"})

# A text goes to the browser up to so many signs; the download has the whole of it.
LONGEST = 100_000
# So many spans are drawn, those that began first.
MOST = 10_000

_NANOSECONDS = 1_000_000


def spans_of(found: Sequence[Json]) -> list[Span]:
    """The spans in the order in which they began, times in milliseconds since the first.

    A span whose parent is missing stands at the top, as its parent may come later or never.
    """
    ordered = sorted(found, key=lambda one: (_time(one, "start"), str(one.get("span_id", ""))))
    begin = _time(ordered[0], "start") if ordered else 0
    ids = {str(one.get("span_id", "")) for one in ordered}
    return [_span(one, begin, ids) for one in ordered[:MOST]]


def _span(one: Json, begin: int, ids: set[str]) -> Span:
    attributes: Mapping[str, Any] = one.get("attributes") or {}
    status = one.get("status") or {}
    start, end = _time(one, "start"), _time(one, "end")
    span_id = str(one.get("span_id", ""))
    parent = str(one.get("parent_span_id") or one.get("parent_id") or "")
    return Span(
        id=span_id,
        parent=parent if parent in ids and parent != span_id else "",
        name=str(one.get("name") or "span"),
        kind=_kind(attributes.get(_KIND)),
        start=(start - begin) / _NANOSECONDS,
        duration=(end - start) / _NANOSECONDS if end >= start and end else None,
        failed=str(status.get("code", one.get("status_code", ""))).endswith("ERROR"),
        message=str(status.get("message") or ""),
        inputs=_text(attributes.get(_INPUTS)),
        outputs=_text(attributes.get(_OUTPUTS)),
        attributes={
            str(name): _text(value) for name, value in attributes.items() if name not in _KNOWN
        },
        events=[_event(event, begin) for event in one.get("events") or []],
    )


def _event(event: Json, begin: int) -> SpanEvent:
    attributes: Mapping[str, Any] = event.get("attributes") or {}
    moment = event.get("time_unix_nano", event.get("timestamp")) or begin
    return SpanEvent(
        name=str(event.get("name") or "event"),
        at=(int(moment) - begin) / _NANOSECONDS,
        attributes={str(name): _text(value) for name, value in attributes.items()},
    )


def _time(one: Json, which: str) -> int:
    """Nanoseconds since 1970; an unfinished span has no end. Older clients use other names."""
    found = one.get(f"{which}_time_unix_nano", one.get(f"{which}_time"))
    try:
        return int(found or 0)
    except (TypeError, ValueError):
        return 0


def _kind(value: object) -> str:
    """The kind of a span, which is a text of JSON: `"TOOL"` in quotes."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = value
    return str(found or "UNKNOWN")


def _text(value: object) -> str:
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}…"
