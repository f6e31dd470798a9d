from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import now
from order_service import service
from order_service.metrics import count

OUTCOMES = ("created", "placed", "accepted", "paid", "ready", "assigned", "picked_up", "delivered")


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("orders_total", {"outcome": outcome}) or 0


def test_an_outcome_is_counted_and_timed_since_creation() -> None:
    labels = {"milestone": "delivered"}
    before = REGISTRY.get_sample_value("order_milestone_seconds_sum", labels) or 0
    count("delivered", now() - timedelta(seconds=40))

    after = REGISTRY.get_sample_value("order_milestone_seconds_sum", labels) or 0
    assert after - before == pytest.approx(40, abs=5)


async def test_each_step_of_an_order_is_counted_once(
    bistro: Any, drive: Callable[[str], Awaitable[Any]], session: AsyncSession
) -> None:
    before = [counted(outcome) for outcome in OUTCOMES]
    order = await drive("delivery.assigned")
    await service.ready(session, order.id, owner_id=bistro.owner, version=None)

    gained = [counted(outcome) - was for outcome, was in zip(OUTCOMES, before, strict=True)]
    assert gained == [1, 1, 1, 1, 1, 0, 0, 0]
