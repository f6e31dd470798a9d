"""Connections to PostgreSQL are opened once: a backlog does not open and close them."""

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import psycopg
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodchassis.messaging.broker import Broker
from foodchassis.storage import Statement
from foodchassis.storage.database import Database
from foodchassis.testing import eventually

EVENTS, CLIENTS = 120, 20
OPENED = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
HANDLED = "events_handled_total"
LABELS = {"handler": "on_order_delivered", "outcome": "handled"}


@pytest.fixture
async def observer(database_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """Yield a session of the test itself, which counts as one."""
    connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    yield connection
    await connection.close()


async def opened(observer: psycopg.AsyncConnection) -> int:
    """Return how many sessions were ever opened at the database."""
    row = await (await observer.execute(OPENED)).fetchone()
    assert row is not None
    return int(row[0])


async def backlog(app: FastAPI, pattern: Envelope) -> None:
    """Send many events and requests at once, and wait until all are done."""
    before = REGISTRY.get_sample_value(HANDLED, LABELS) or 0
    broker, database = app.state.resources.get(Broker), app.state.resources.get(Database)
    exchange = broker.exchange(broker.events)

    async def publish() -> None:
        event = pattern.model_copy(update={"id": new_id(), "data": {**pattern.data, "order_id": str(new_id())}})
        await exchange.publish(aio_pika.Message(event.model_dump_json().encode()), "order.delivered")

    async def client() -> None:
        for _ in range(EVENTS // CLIENTS):
            async with database.serve() as transaction:
                await transaction.send(Statement("SELECT 1"))
            await database.answers()

    async def all_handled() -> bool:
        return (REGISTRY.get_sample_value(HANDLED, LABELS) or 0) - before == EVENTS

    await asyncio.gather(*(publish() for _ in range(EVENTS)), *(client() for _ in range(CLIENTS)))
    await eventually(all_handled, 60)


async def test_a_backlog_opens_no_more_sessions_than_the_pools_hold(
    live_app: FastAPI, observer: psycopg.AsyncConnection, delivered: Envelope
) -> None:
    database: Database = live_app.state.resources.get(Database)
    before = await opened(observer)

    for _ in range(2):
        await backlog(live_app, delivered)

    bound = database._pool.max_size + live_app.state.resources.settings.database_pool_size
    assert bound < EVENTS / 5
    assert 0 <= await opened(observer) - before <= bound
