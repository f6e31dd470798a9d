"""Spans of all work, one trace across services, and trace ids without a collector."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from redis.asyncio import Redis
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import new_id, publish, traceparent
from foodchassis.kernel import Envelope
from foodchassis.messaging import set_deadline
from foodchassis.messaging.broker import Broker
from foodchassis.messaging.deadlines import Sweeper
from foodchassis.storage import connection_of
from foodchassis.storage.database import Database
from foodchassis.storage.statements import summary
from foodchassis.telemetry import link, trace_id, tracing
from foodchassis.testing import eventually
from foodchassis.web.middleware import Traced
from foodevents import OrderDelivered

STRANGE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{STRANGE}-b7ad6b7169203331-01"


@pytest.fixture
def provider() -> TracerProvider:
    return TracerProvider()


@pytest.fixture
def spans(provider: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Collect the chassis' spans of this test alone: a provider set for the process would affect all later tests."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "tracer", provider.get_tracer("foodchassis"))
    return exporter


async def connected(app: FastAPI) -> None:
    """Open a connection, for which SQLAlchemy sends statements of its own."""
    assert await app.state.resources.get(Database).answers()


def named(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans.get_finished_spans()}


async def test_a_trace_continues_across_outbox_and_broker(
    provider: TracerProvider, spans: InMemorySpanExporter, live_app: FastAPI
) -> None:
    with provider.get_tracer("test").start_as_current_span("request") as request:
        async with live_app.state.resources.get(Database).transaction() as session:
            await publish(session, OrderDelivered(order_id=new_id(), customer_id=new_id(), restaurant_id=new_id()))

    async def both_told() -> bool:
        return {"publish order.delivered", "process order.delivered"} <= set(named(spans))

    await eventually(both_told)
    told = named(spans)
    published, processed = (told[f"{verb} order.delivered"] for verb in ("publish", "process"))
    assert published.context.trace_id == processed.context.trace_id == request.get_span_context().trace_id
    assert processed.parent is not None
    assert processed.parent.span_id == published.context.span_id
    assert processed.attributes is not None
    assert processed.attributes["messaging.destination.name"] == (
        "events:order.delivered:review-service.order.delivered"
    )
    assert processed.attributes["messaging.handling.outcome"] == "handled"


async def test_the_span_of_a_parked_message_has_an_error(
    spans: InMemorySpanExporter, live_app: FastAPI, delivered: Envelope
) -> None:
    broken = delivered.model_copy(update={"data": {"order_id": 7}})
    held = live_app.state.resources
    await held.get(Broker).faststream.publish(
        broken.model_dump_json().encode(),
        exchange="events",
        routing_key="order.delivered",
        headers={"traceparent": TRACEPARENT},
    )

    async def processed() -> bool:
        return "process order.delivered" in named(spans)

    await eventually(processed)
    span = named(spans)["process order.delivered"]
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "parked")
    assert format(span.context.trace_id, "032x") == STRANGE


async def test_a_request_span_has_its_route_and_statement_spans(
    app: FastAPI, client: AsyncClient, spans: InMemorySpanExporter
) -> None:
    await connected(app)
    assert (await client.get("/reviews?limit=5", headers={"traceparent": TRACEPARENT})).status_code == 200

    told = named(spans)
    assert set(told) == {"GET /reviews", "SELECT reviews", "COMMIT"}
    assert told["GET /reviews"].attributes == {
        "http.request.method": "GET",
        "url.path": "/reviews",
        "url.scheme": "http",
        "http.route": "/reviews",
        "http.response.status_code": 200,
    }
    assert {format(span.context.trace_id, "032x") for span in told.values()} == {STRANGE}
    assert told["SELECT reviews"].attributes is not None
    assert "%" in str(told["SELECT reviews"].attributes["db.query.text"])


async def test_probes_and_unknown_methods_create_no_spans_or_names(
    client: AsyncClient, spans: InMemorySpanExporter
) -> None:
    await client.get("/health/live")
    await client.request("BREW", "/reviews")

    assert set(named(spans)) == {"HTTP /reviews"}


async def test_statements_without_the_orm_and_redis_commands_have_spans(
    app: FastAPI, spans: InMemorySpanExporter
) -> None:
    held = app.state.resources
    await connected(app)
    with tracing.tracer.start_as_current_span("work"):
        async with held.get(Database).transaction() as session:
            await (await connection_of(session)).execute("SELECT count(*) FROM inbox")
        await held.get(Redis).set("secret", "value")
        async with held.get(Redis).pipeline() as batch:
            await batch.get("secret").delete("secret").execute()

    told = named(spans)
    assert set(told) == {"work", "SELECT inbox", "COMMIT", "SET", "PIPELINE"}
    assert told["SET"].attributes == {"db.system.name": "redis", "db.operation.name": "SET"}
    assert told["PIPELINE"].attributes is not None
    assert told["PIPELINE"].attributes["db.operation.batch.size"] == 2


async def test_work_outside_a_sampled_trace_has_no_spans(app: FastAPI, spans: InMemorySpanExporter) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        await (await connection_of(session)).execute("SELECT 1")

    assert spans.get_finished_spans() == ()


async def test_a_deadline_continues_the_trace_in_which_it_was_set(app: FastAPI, spans: InMemorySpanExporter) -> None:
    held, seen = app.state.resources, []

    async def ring(_: UUID, __: AsyncSession) -> None:
        seen.append(trace_id())

    with tracing.tracer.start_as_current_span("request") as request:
        async with held.get(Database).transaction() as session:
            await set_deadline(session, "bell", uuid4(), timedelta(seconds=-1))
    assert await Sweeper(held.settings, held.get(Database), {"bell": ring}).sweep_one()

    assert seen == [format(request.get_span_context().trace_id, "032x")]
    assert "deadline bell" in named(spans)


async def test_work_continued_later_links_to_its_first_trace(spans: InMemorySpanExporter) -> None:
    with tracing.tracer.start_as_current_span("later"):
        link(TRACEPARENT)
        link(traceparent())
        link("junk")
        link(None)

    [pointer] = named(spans)["later"].links
    assert format(pointer.context.trace_id, "032x") == STRANGE


async def test_a_problem_has_a_trace_id_without_a_collector(client: AsyncClient) -> None:
    first, second = [(await client.get("/nowhere")).json()["trace_id"] for _ in range(2)]
    told = (await client.get("/nowhere", headers={"traceparent": TRACEPARENT})).json()["trace_id"]

    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second
    assert told == STRANGE


@pytest.mark.parametrize("junk", ["00-zz-zz-zz", "", f"00-{'0' * 32}-b7ad6b7169203331-01", "x" * 5000])
async def test_an_invalid_traceparent_begins_a_new_trace(client: AsyncClient, junk: str) -> None:
    told = (await client.get("/nowhere", headers={"traceparent": junk})).json()["trace_id"]

    assert re.fullmatch("[0-9a-f]{32}", told)
    assert told != "0" * 32


async def test_an_untrusted_traceparent_begins_a_new_trace() -> None:
    async def app(scope: Any, _: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["trace_id"].encode()})

    async with AsyncClient(transport=ASGITransport(Traced(app, lambda _: False)), base_url="http://service") as http:
        answer = await http.get("/", headers={"traceparent": TRACEPARENT})

    assert answer.text != STRANGE


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("SELECT a FROM orders WHERE id = %s", "SELECT orders"),
        ('SELECT "a" FROM "orders"', "SELECT orders"),
        ("WITH x AS (INSERT INTO orders SELECT * FROM y) INSERT INTO outbox VALUES (1)", "INSERT orders"),
        ("UPDATE orders SET a = 1 FROM lines", "UPDATE orders"),
        ("delete from outbox", "DELETE outbox"),
        ("SET LOCAL x = 1", "SET"),
        ("", "QUERY"),
    ],
)
def test_a_statement_is_named_by_verb_and_table(statement: str, name: str) -> None:
    assert summary(statement) == name
