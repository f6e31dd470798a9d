"""Each statement is a span that names what it does to which table; values stay out of it."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from psycopg.errors import UniqueViolation
from review_service.models import Review
from sqlmodel import select

from foodchassis import Database
from foodchassis.storage import Statement, connection_of, statements
from foodchassis.storage.statements import LONGEST, described
from foodchassis.telemetry import tracing

WRITE = "INSERT INTO reviews (id, order_id, customer_id) VALUES (%s, %s, %s)"
NAMED = "INSERT INTO reviews (id, order_id, customer_id) VALUES (%(id)s, %(order_id)s, %(customer_id)s)"


@pytest.fixture
async def spans(monkeypatch: pytest.MonkeyPatch, database: Database) -> AsyncIterator[InMemorySpanExporter]:
    """Collect the spans of a test that works within a trace, on connections that are open already."""
    assert await database.answers()
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("foodchassis")
    for module in (tracing, statements):
        monkeypatch.setattr(module, "tracer", tracer)
    with tracer.start_as_current_span("work"):
        yield exporter


def named(spans: InMemorySpanExporter) -> list[str]:
    return [span.name for span in spans.get_finished_spans()]


def of(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in spans.get_finished_spans() if span.name == name)


def review() -> tuple[str, ...]:
    return (str(uuid4()), str(uuid4()), str(uuid4()))


async def test_a_statement_of_the_orm_is_a_span(database: Database, spans: InMemorySpanExporter) -> None:
    async with database.transaction() as session:
        session.add(Review(order_id=uuid4(), customer_id=uuid4()))
        await session.flush()
        await session.exec(select(Review))

    assert named(spans) == ["INSERT reviews", "SELECT reviews", "COMMIT"]


async def test_many_sets_of_values_are_one_span_without_them(database: Database, spans: InMemorySpanExporter) -> None:
    rows = [review() for _ in range(3)]
    async with database.transaction() as session, (await connection_of(session)).cursor() as cursor:
        await cursor.executemany(WRITE, rows)

    assert named(spans) == ["INSERT reviews", "COMMIT"]
    assert of(spans, "INSERT reviews").attributes == {
        "db.system.name": "postgresql",
        "db.operation.name": "INSERT",
        "db.query.text": WRITE,
    }


async def test_statements_sent_together_are_a_span_each(database: Database, spans: InMemorySpanExporter) -> None:
    id_, order_id, customer_id = review()
    known = {"id": id_, "order_id": order_id, "customer_id": customer_id}
    async with database.plain() as transaction:
        await transaction.put(Statement(NAMED, known))
        await transaction.send(Statement("SELECT count(*) FROM reviews"))

    assert named(spans) == ["INSERT reviews", "SELECT reviews", "COMMIT"]
    assert not any(id_ in str(span.attributes) for span in spans.get_finished_spans())


async def test_a_statement_that_fails_fails_the_spans_of_its_exchange(
    database: Database, spans: InMemorySpanExporter
) -> None:
    id_, order_id, customer_id = review()
    twice = Statement(NAMED, {"id": id_, "order_id": order_id, "customer_id": customer_id})
    with pytest.raises(UniqueViolation):
        async with database.plain() as transaction:
            await transaction.send(twice, twice)

    assert named(spans) == ["INSERT reviews", "INSERT reviews"]
    for span in spans.get_finished_spans():
        assert span.status.status_code is StatusCode.ERROR
        assert [event.name for event in span.events] == ["exception"]


async def test_outside_a_trace_nothing_is_recorded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(statements, "tracer", provider.get_tracer("foodchassis"))
    async with database.transaction() as session, (await connection_of(session)).cursor() as cursor:
        await cursor.executemany(WRITE, [review()])
    async with database.plain() as transaction:
        await transaction.send(Statement("SELECT 1"))

    assert exporter.get_finished_spans() == ()


def test_a_description_is_one_line_of_limited_length() -> None:
    text = described(f"SELECT\n    a{' ' * 9}b\n{'x' * 3 * LONGEST}")["db.query.text"]

    assert isinstance(text, str)
    assert text.startswith("SELECT a b x")
    assert len(text) == LONGEST
