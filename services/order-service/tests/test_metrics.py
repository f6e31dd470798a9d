from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import now
from order_service import service
from order_service.adapters.metrics import count, count_delivered

Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
OUTCOMES = ("created", "placed", "accepted", "paid", "ready", "assigned", "picked_up", "delivered")


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("orders_total", {"outcome": outcome}) or 0


def test_an_outcome_is_counted_and_timed_since_creation() -> None:
    labels = {"milestone": "delivered"}
    before = REGISTRY.get_sample_value("order_milestone_seconds_sum", labels) or 0
    count("delivered", now() - timedelta(seconds=40))

    after = REGISTRY.get_sample_value("order_milestone_seconds_sum", labels) or 0
    assert after - before == pytest.approx(40, abs=5)


async def test_each_step_is_counted_once(
    bistro: Any, order_before: Callable[[str], Awaitable[Any]], transaction: Transaction
) -> None:
    before = [counted(outcome) for outcome in OUTCOMES]
    order = await order_before("delivery.assigned")
    async with transaction() as session:
        await service.ready(session, order.id, user=bistro.kitchen, version=None)

    gained = [counted(outcome) - was for outcome, was in zip(OUTCOMES, before, strict=True)]
    assert gained == [1, 1, 1, 1, 1, 0, 0, 0]


async def test_a_rolled_back_step_is_not_counted(
    bistro: Any, order_before: Callable[[str], Awaitable[Any]], transaction: Transaction
) -> None:
    order = await order_before("delivery.assigned")
    before = counted("ready")

    async def ready_and_fail() -> None:
        async with transaction() as session:
            await service.ready(session, order.id, user=bistro.kitchen, version=None)
            raise ConnectionError("the database is gone")

    with pytest.raises(ConnectionError):
        await ready_and_fail()

    assert counted("ready") == before


@pytest.mark.parametrize("outcome", [*OUTCOMES, "rejected", "payment_failed", "cancelled", "undeliverable"])
def test_every_outcome_has_a_series_before_the_first_order(outcome: str) -> None:
    assert REGISTRY.get_sample_value("orders_total", {"outcome": outcome}) is not None
    assert REGISTRY.get_sample_value("order_milestone_seconds_count", {"milestone": outcome}) is not None


@pytest.mark.parametrize(("ago", "on_time"), [(1700, "true"), (1900, "false")])
def test_a_delivery_is_counted_as_on_time_or_late(ago: float, on_time: str) -> None:
    before = REGISTRY.get_sample_value("orders_on_time_total", {"on_time": on_time}) or 0
    count_delivered(now() - timedelta(seconds=ago), 1800)

    assert REGISTRY.get_sample_value("orders_on_time_total", {"on_time": on_time}) == before + 1
