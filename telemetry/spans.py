"""OpenTelemetry, if an operator names a collector: nothing of it is imported otherwise.

The names of its settings are OpenTelemetry's own (OTEL_...); its SDK reads the others of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

# Whichever is set; the first names the address of traces alone.
TRACES_ENDPOINT, ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"
# At the end of a service, for what it has not sent yet. A collector that is away holds nobody up.
FLUSH_MILLISECONDS = 3000
PREFIX = "studio."


class _Tracing:
    """What `configure` made; nothing until then."""

    provider: TracerProvider | None = None
    tracer: Tracer | None = None


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the environment names a collector."""
    return any(environment.get(name, "").strip() for name in (TRACES_ENDPOINT, ENDPOINT))


def configure(service: str) -> None:
    """Send the spans of this process from now on; for servers, after they have forked."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    if _Tracing.provider is not None:
        return
    named = {"service.name": service, "service.namespace": "ml-studio"}
    # Not the process's own provider, which MLflow and others would find and fill.
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _Tracing.provider, _Tracing.tracer = provider, provider.get_tracer("ml-studio")


def stop() -> None:
    """Send what waits, within three seconds, and end."""
    provider, _Tracing.provider, _Tracing.tracer = _Tracing.provider, None, None
    if provider is not None:
        provider.force_flush(FLUSH_MILLISECONDS)
        provider.shutdown()


def on() -> bool:
    """Whether spans are made."""
    return _Tracing.tracer is not None


def start(offered: str) -> Span:
    """A span of a service that was asked; the traceparent `offered` is its parent if it is one.

    Its name is given at its end, when it is known what was asked.
    """
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract({"traceparent": offered}, Context())
    return _tracer().start_span("", context=parent, kind=SpanKind.SERVER)


def child(name: str, of: Span) -> Span:
    """A span of a wait for the next service."""
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanKind, set_span_in_context

    return _tracer().start_span(
        name, context=set_span_in_context(of, Context()), kind=SpanKind.CLIENT
    )


def end(span: Span, name: str, attributes: Mapping[str, object], *, failed: bool) -> None:
    """The span is over; empty attributes are left out."""
    from opentelemetry.trace import StatusCode

    span.update_name(name)
    for key, value in attributes.items():
        if value not in (None, ""):
            span.set_attribute(PREFIX + key, _plain(value))
    if failed:
        span.set_status(StatusCode.ERROR)
    span.end()


def trace_id(span: Span) -> str:
    """The id of its trace, as W3C writes it."""
    return f"{span.get_span_context().trace_id:032x}"


def traceparent(span: Span) -> str:
    """The span as the next service gets it."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _plain(value: object) -> Any:
    return value if isinstance(value, (bool, int, float)) else str(value)


def _tracer() -> Tracer:
    if _Tracing.tracer is None:
        raise RuntimeError("spans.configure was not called.")
    return _Tracing.tracer
