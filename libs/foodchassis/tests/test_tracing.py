"""One trace from the request that published an event to the handler that was told."""

import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from foodchassis import new_id, publish, tracing
from foodctl.testing import eventually
from foodevents import OrderDelivered


@pytest.fixture
def provider() -> TracerProvider:
    return TracerProvider()


@pytest.fixture
def spans(provider: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Collect the chassis' spans of this test alone: a provider set for the process stays for all tests after."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "tracer", provider.get_tracer("foodchassis"))
    return exporter


async def test_a_trace_goes_on_across_outbox_and_broker(
    provider: TracerProvider, spans: InMemorySpanExporter, live_app: FastAPI
) -> None:
    with provider.get_tracer("test").start_as_current_span("request") as request:
        async with live_app.state.resources.database.transaction() as session:
            await publish(session, OrderDelivered(order_id=new_id(), customer_id=new_id(), restaurant_id=new_id()))

    async def both_told() -> bool:
        names = {span.name for span in spans.get_finished_spans()}
        return {"publish order.delivered", "process order.delivered"} <= names

    await eventually(both_told)
    told = {span.name: span for span in spans.get_finished_spans()}
    ids = {format(told[name].context.trace_id, "x") for name in ("publish order.delivered", "process order.delivered")}
    assert ids == {format(request.get_span_context().trace_id, "x")}
