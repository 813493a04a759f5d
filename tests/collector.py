"""A collector of OpenTelemetry, as small as one can be: it keeps every span that is sent to it."""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from served import Served


@dataclass(frozen=True)
class Kept:
    """A span as it arrived."""

    service: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent: str
    attributes: dict[str, Any]


@dataclass
class Collector:
    """Takes OTLP over HTTP at /v1/traces, in protobuf."""

    spans: list[Kept] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    served: Served = field(init=False)

    def __post_init__(self) -> None:
        self.served = Served(self)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Keep what was sent."""
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
            content = gzip.decompress(content)
        self.paths.add(environ["PATH_INFO"])
        for resource in ExportTraceServiceRequest.FromString(content).resource_spans:
            about = _told(resource.resource.attributes)
            for scope in resource.scope_spans:
                self.spans += [_kept(span, about["service.name"]) for span in scope.spans]
        start_response("200 OK", [("Content-Type", "application/x-protobuf")])
        return [b""]

    def trace(self, trace_id: str, *, least: int, outside: str = "") -> list[Kept]:
        """The spans of a trace, once there are so many and each has its parent.

        Every service sends its own every now and then, in any order. `outside` is the parent of
        the first one, if a client sent it.
        """
        end = time.monotonic() + 30
        while True:
            found = [span for span in self.spans if span.trace_id == trace_id]
            known = {"", outside} | {span.span_id for span in found}
            whole = all(span.parent in known for span in found)
            if (len(found) >= least and whole) or time.monotonic() > end:
                return found
            time.sleep(0.1)


def _kept(span: Any, service: str) -> Kept:
    ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
    return Kept(service, span.name, span.kind, *ids, _told(span.attributes))


def _told(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
