"""OpenTelemetry spans: exported when an endpoint is configured, harmless and silent when not."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from foodchassis.settings import ServiceSettings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

PROPAGATOR = TraceContextTextMapPropagator()
tracer = trace.get_tracer("foodchassis")


def traceparent() -> str | None:
    """Return the present span's W3C traceparent, to be stored with what continues the trace later."""
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(name: str, parent: str | None, kind: trace.SpanKind, **attributes: Any) -> Iterator[trace.Span]:
    """Run a block in a span that continues `parent`, a stored traceparent."""
    context = PROPAGATOR.extract({"traceparent": parent}) if parent else None
    with tracer.start_as_current_span(name, context=context, kind=kind, attributes=attributes) as current:
        yield current


def set_up(settings: ServiceSettings) -> None:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT; does nothing when that is not set."""
    if settings.otel_exporter_otlp_endpoint is None:
        return
    # Imported late: an idle service without a collector saves their memory.
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
                "service.version": settings.service_version,
                "deployment.environment.name": settings.environment,
            }
        ),
    )
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=2)))
    trace.set_tracer_provider(provider)


def trace_database(engine: "AsyncEngine") -> None:
    """Give each statement a span, when spans are exported at all."""
    if type(trace.get_tracer_provider()).__module__.startswith("opentelemetry.sdk"):
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor  # noqa: PLC0415

        # The instrumentation refuses SQLAlchemy 2.1 by its version alone.
        SQLAlchemyInstrumentor().instrument(engine=engine.sync_engine, skip_dep_check=True)


def shut_down(seconds: float = 2.0) -> None:
    """Flush the last spans, for `seconds` at most: a dead collector ignores its own time limit."""
    if shutdown := getattr(trace.get_tracer_provider(), "shutdown", None):
        flusher = threading.Thread(target=shutdown, daemon=True)
        flusher.start()
        flusher.join(seconds)
