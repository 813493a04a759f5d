"""One service's part of a request: its id in the trace, and how long it waited for the next one.

With OpenTelemetry (telemetry/spans.py) each part is a span, and each wait another; without it the
same ids go on to the next service and into the log.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry import ids, spans

if TYPE_CHECKING:
    from opentelemetry.trace import Span


@dataclass(slots=True)
class Hop:
    """What is under way in this service for one request or page.

    `request_id` is empty for a page, whose calls have ids of their own. `address` is the client's,
    behind all proxies. `waited` are seconds until
    the heads of the answers of the next service, all `calls` together.
    """

    request_id: str
    trace_id: str
    flags: str
    span: Span | None = None
    address: str = ""
    waited: float = 0.0
    calls: int = 0

    def next(self) -> str:
        """The traceparent for the next service."""
        if self.span is not None:
            return spans.traceparent(self.span)
        return ids.traceparent(self.trace_id, self.flags)


_current: ContextVar[Hop | None] = ContextVar("hop", default=None)


def current() -> Hop | None:
    """The part of this thread's request; None where nothing is under way."""
    return _current.get()


def begin(
    offered: str = "", request_id: str = "", *, silent: bool = False, address: str = ""
) -> Hop:
    """Take a request up, in the trace that its traceparent names or in a new one.

    A `silent` one is no span: health checks.
    """
    hop = Hop(request_id, *ids.traced(offered, request_id), address=address)
    if spans.on() and not silent:
        hop.span = spans.start(offered)
        hop.trace_id = spans.trace_id(hop.span)
    _current.set(hop)
    return hop


def end(hop: Hop, name: str, attributes: Mapping[str, object], *, failed: bool) -> None:
    """The part is over; `name` is what it turned out to be. No secret may be an attribute."""
    if _current.get() is hop:
        _current.set(None)
    if hop.span is not None:
        spans.end(hop.span, name, attributes, failed=failed)


@contextmanager
def call(name: str) -> Iterator[str]:
    """A wait for the next service: yields its traceparent, and takes down the time."""
    hop = _current.get()
    if hop is None:
        trace_id, flags = ids.traced("", "")
        yield ids.traceparent(trace_id, flags)
        return
    began = time.perf_counter()
    span = spans.child(name, hop.span) if hop.span is not None else None
    failed = True
    try:
        yield hop.next() if span is None else spans.traceparent(span)
        failed = False
    finally:
        hop.waited += time.perf_counter() - began
        hop.calls += 1
        if span is not None:
            spans.end(span, name, {}, failed=failed)
