from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database
from foodchassis.messaging.gauges import Gauges
from order_service import service
from order_service.handlers import events
from order_service.models import OPEN

OrderBefore = Callable[[str], Awaitable[Any]]
SLACK = 5


async def age(session: AsyncSession, seconds: float) -> None:
    """Move the times of every order `seconds` into the past."""
    earlier = ", ".join(
        f"{one} = {one} - {seconds} * interval '1 s'" for one in ("created_at", "accepted_at", "ready_at")
    )
    await (await session.connection()).execute(text(f"UPDATE orders SET {earlier}"))


@pytest.mark.parametrize(
    ("before", "seconds"),
    [
        ("payment.authorized", 420),
        ("accept", 1020),
        ("payment.completed", 420),
        ("delivery.assigned", 3120),
        ("delivery.delivered", 3120),
    ],
)
async def test_an_order_is_overdue_two_minutes_after_its_deadline(
    order_before: OrderBefore, session: AsyncSession, before: str, seconds: float
) -> None:
    await order_before(before)

    await age(session, seconds - SLACK)
    assert await service.count_overdue(session) == 0
    await age(session, 2 * SLACK)
    assert await service.count_overdue(session) == 1


async def test_an_ended_order_is_never_overdue(order_before: OrderBefore, session: AsyncSession) -> None:
    await order_before("")
    await age(session, 1_000_000)

    assert await service.count_overdue(session) == 0


async def test_a_stuck_cancellation_is_overdue_immediately(
    order_before: OrderBefore, cancel: Any, pass_time: Any, session: AsyncSession
) -> None:
    order = await order_before("payment.completed")
    await cancel(order.id)
    assert await service.count_overdue(session) == 0
    await pass_time("cancelling.stuck")

    assert await service.count_overdue(session) == 1


async def test_the_query_for_overdue_orders_skips_ended_ones(session: AsyncSession) -> None:
    connection = await session.connection()
    await connection.execute(text("SET LOCAL enable_seqscan = off"))
    plan = (await connection.execute(text(f"EXPLAIN SELECT count(*) FROM orders WHERE {OPEN}"))).scalars().all()

    assert "orders_open" in "".join(plan)


async def test_the_gauge_shows_the_number_of_overdue_orders(order_before: OrderBefore, app: FastAPI) -> None:
    resources = app.state.resources
    await order_before("payment.authorized")
    async with resources.get(Database).transaction() as session:
        await age(session, 10_000)
    await Gauges(resources.settings, resources.get(Database), events.measures).measure()

    assert REGISTRY.get_sample_value("orders_overdue") == 1
    assert REGISTRY.get_sample_value("deadlines_overdue") == 0
