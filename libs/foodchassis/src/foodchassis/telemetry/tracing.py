"""Traces: all work has trace ids; spans are recorded and exported when an endpoint is set."""

import logging
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.kernel.types import new_id
from foodchassis.telemetry.semconv import Attributes

PROPAGATOR = TraceContextTextMapPropagator()
tracer = trace.get_tracer("foodchassis")


def traceparent() -> str | None:
    """Return the current span's W3C traceparent, to be stored with work that continues the trace later."""
    present = trace.get_current_span().get_span_context()
    return as_traceparent(present) if present.is_valid else None


def as_traceparent(context: SpanContext) -> str:
    """Return the W3C traceparent of a span."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def trace_id() -> str | None:
    """Return the id of the current trace."""
    present = trace.get_current_span().get_span_context()
    return trace.format_trace_id(present.trace_id) if present.is_valid else None


def recording() -> bool:
    """Return whether the current trace is sampled."""
    return trace.get_current_span().is_recording()


def begin_span(
    name: str, parent: str | None, kind: SpanKind, attributes: Attributes | None = None, *, state: str | None = None
) -> trace.Span:
    """Return a span that continues `parent`, like `span`; the caller must enter and end it if it is recorded."""
    carrier = {"traceparent": parent, "tracestate": state or ""} if parent else None
    context = PROPAGATOR.extract(carrier) if carrier else None
    begun = tracer.start_span(name, context, kind, attributes)
    return begun if begun.get_span_context().is_valid else NonRecordingSpan(_root())


@contextmanager
def span(
    name: str, parent: str | None, kind: SpanKind, attributes: Attributes | None = None, *, state: str | None = None
) -> Iterator[trace.Span]:
    """Run a block in a span that continues `parent`, a stored traceparent and tracestate, or the current span."""
    begun = begin_span(name, parent, kind, attributes, state=state)
    with trace.use_span(begun, end_on_exit=True):
        yield begun


@contextmanager
def untraced() -> Iterator[trace.Span]:
    """Run a block in a trace that is not sampled."""
    with trace.use_span(NonRecordingSpan(_root())) as begun:
        yield begun


@contextmanager
def step(name: str, kind: SpanKind = SpanKind.INTERNAL, attributes: Attributes | None = None) -> Iterator[None]:
    """Run a block in a child span if the trace is sampled, and almost without cost otherwise."""
    if not recording():
        yield
        return
    with span(name, None, kind, attributes):
        yield


def annotate(attributes: Mapping[str, object]) -> None:
    """Add attributes to the current span; None values are omitted."""
    present = trace.get_current_span()
    if present.is_recording():
        present.set_attributes({name: str(value) for name, value in attributes.items() if value is not None})


def link(stored: str | None) -> None:
    """Link the current span to the stored one whose work it continues, if that belongs to another trace."""
    present = trace.get_current_span()
    if stored is None or not present.is_recording():
        return
    before = trace.get_current_span(PROPAGATOR.extract({"traceparent": stored})).get_span_context()
    if before.is_valid and before.trace_id != present.get_span_context().trace_id:
        present.add_link(before)


def set_up(settings: ServiceSettings) -> None:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT; does nothing when that is not set."""
    if settings.otel_exporter_otlp_endpoint is None:
        return
    # Imported late, to save their memory in services without a collector.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(settings.otel_sample_ratio),
        resource=Resource.create(
            {
                "service.name": settings.service_name,
                "service.namespace": settings.service_namespace,
                "service.version": settings.service_version,
                "service.instance.id": str(new_id()),
                "deployment.environment.name": settings.environment,
            }
        ),
    )
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=2)))
    trace.set_tracer_provider(provider)


def shut_down(seconds: float = 2.0) -> None:
    """Flush the last spans for at most `seconds`: the exporter ignores its own time-out when the collector is down."""
    if shutdown := getattr(trace.get_tracer_provider(), "shutdown", None):
        flusher = threading.Thread(target=shutdown, daemon=True)
        flusher.start()
        flusher.join(seconds)


def _root() -> SpanContext:
    """Begin a trace that is not sampled; its id still links a response to the logs."""
    return SpanContext(random.getrandbits(128) or 1, random.getrandbits(64) or 1, False, TraceFlags(0))
