import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from opentelemetry.trace import SpanKind
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import new_id, now
from foodchassis.kernel import BusyError, current_cause
from foodchassis.kernel.events import caused_by
from foodchassis.messaging import load
from foodchassis.storage import Transaction
from foodchassis.telemetry.tracing import span
from order_service.models import Order, OrderHistory, OrderLine
from order_service.service.storage import ORDERS, PLACE, insert

Begin = Callable[[], AbstractAsyncContextManager[Transaction]]


async def test_each_version_is_stored_once(place: Any, begin: Begin, app: FastAPI) -> None:
    placed = await place()
    async with begin() as transaction:
        before = await load(transaction, ORDERS, placed.id)
    decision = ORDERS.decide(before, "payment.unanswered", event=None, now=now(), resources=app.state.resources)
    async with begin() as transaction:
        await transaction.send(*ORDERS.store(before, decision))

    with pytest.raises(psycopg.errors.UniqueViolation):
        async with begin() as transaction:
            await transaction.send(*ORDERS.store(before, decision))


async def test_a_locked_order_is_returned_as_stored(place: Any, bistro: Any, begin: Begin) -> None:
    placed = await place()
    async with begin() as transaction:
        order: Any = await load(transaction, ORDERS, placed.id)

    shown = ("id", "status", "kitchen", "total", "created_at")
    assert [getattr(order, name) for name in shown] == [getattr(placed, name) for name in shown]
    assert (order.owner_id, order.driver_id, order.pickup["city"]) == (bistro.owner, None, "Wien")


async def test_a_locked_order_blocks_other_transactions(place: Any, begin: Begin) -> None:
    placed = await place()

    async def load_too(*, wait: bool) -> None:
        async with begin() as other:
            await other.connection.execute("SET LOCAL lock_timeout = '50ms'")
            await load(other, ORDERS, placed.id, wait=wait)

    async with begin() as transaction:
        await load(transaction, ORDERS, placed.id)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await load_too(wait=True)
        with pytest.raises(BusyError):
            await load_too(wait=False)


async def test_an_unknown_order_cannot_be_locked(begin: Begin) -> None:
    async with begin() as transaction:
        assert await load(transaction, ORDERS, new_id()) is None


def test_an_insert_names_every_column() -> None:
    assert "SELECT *" not in PLACE
    for table in (Order, OrderLine, OrderHistory):
        columns = ", ".join(column.name for column in table.metadata.tables[table.__tablename__].columns)
        assert set(columns.split(", ")) == set(table.model_fields)
        assert f"({', '.join(table.model_fields)})" in insert(table, "rows")


def a_step(bistro: Any, app: FastAPI) -> dict[str, Any]:
    resources = app.state.resources
    order = bistro.order("pending")
    decision = ORDERS.decide(order, "payment.unanswered", event=None, now=now(), resources=resources)
    (moved,) = ORDERS.store(order, decision)
    (step,) = json.loads(moved.parameters["history"])
    return dict(step)


async def test_a_step_stores_its_cause_and_trace(bistro: Any, app: FastAPI) -> None:
    caused_by("request-1", "event-1")
    with span("process", f"00-{'ab' * 16}-{'cd' * 8}-01", SpanKind.CONSUMER):
        row = a_step(bistro, app)

    assert (row["correlation_id"], row["causation_id"]) == ("request-1", "event-1")
    assert current_cause().correlation_id == "request-1"
    assert row["trace_id"] == "ab" * 16


async def test_a_step_outside_a_trace_stores_none(bistro: Any, app: FastAPI) -> None:
    assert a_step(bistro, app)["trace_id"] is None


async def test_a_trigger_without_changes_stores_nothing(bistro: Any, app: FastAPI, session: AsyncSession) -> None:
    order = bistro.order("paid")
    decision = ORDERS.decide(order, "payment.unanswered", event=None, now=now(), resources=app.state.resources)

    assert ORDERS.store(order, decision) == ()
