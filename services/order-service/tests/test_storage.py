from typing import Any

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import new_id, now
from foodevents import OrderReady
from order_service.errors import OrderNotFoundError
from order_service.models import OrderFacts
from order_service.service.history import step_of
from order_service.service.storage import free_order, locked_order, store_step
from order_service.timers import Timing


async def a_step(session: AsyncSession, order: OrderFacts) -> None:
    row = step_of(order, order.status, trigger="ready", event="order.ready", actor="restaurant", at=now())
    await store_step(
        session, order, row, OrderReady(order_id=order.id, restaurant_id=order.restaurant_id), Timing({}, [])
    )


async def test_a_version_is_stored_only_once(place: Any, transaction: Any, session: AsyncSession) -> None:
    placed = await place()
    async with transaction() as own:
        order = await locked_order(own, placed.id)
        order.version += 1
        await a_step(own, order)

    with pytest.raises(psycopg.errors.UniqueViolation):
        await a_step(session, order)


async def test_what_is_locked_is_the_order_as_stored(place: Any, bistro: Any, session: AsyncSession) -> None:
    placed = await place()
    order = await locked_order(session, placed.id)

    assert {name: getattr(order, name) for name in ("id", "status", "kitchen", "total", "created_at")} == {
        name: getattr(placed, name) for name in ("id", "status", "kitchen", "total", "created_at")
    }
    assert (order.owner_id, order.driver_id, order.pickup["city"]) == (bistro.owner, None, "Wien")


async def test_a_locked_order_keeps_others_waiting(place: Any, transaction: Any, session: AsyncSession) -> None:
    placed = await place()
    await locked_order(session, placed.id)

    async with transaction() as other:
        await (await other.connection()).exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await locked_order(other, placed.id)
        await other.rollback()
        assert await free_order(other, placed.id) is None


async def test_an_unknown_order_cannot_be_locked(session: AsyncSession) -> None:
    with pytest.raises(OrderNotFoundError):
        await locked_order(session, new_id())
