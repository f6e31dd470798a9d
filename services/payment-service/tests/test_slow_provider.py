"""A slow provider delays neither other customers nor the service's connections."""

import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from foodchassis import Database, new_id
from foodchassis.messaging import Effects
from foodchassis.testing import eventually
from payment_service.models import Payment
from payment_service.settings import PaymentSettings

if TYPE_CHECKING:
    from conftest import Deliver, Order, Stored

PROVIDER_SECONDS = 5.0
ORDERS = 20


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    return {**service_environment, "DATABASE_POOL_SIZE": "5", "CONCURRENT_MESSAGES": "5"}


async def test_twenty_authorizations_run_concurrently_with_five_connections(
    app: FastAPI, handle_event: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    settings = app.state.resources.get(PaymentSettings)
    settings.simulated_delay, settings.provider_timeout = PROVIDER_SECONDS, 3 * PROVIDER_SECONDS
    restaurant = new_id()
    started = time.perf_counter()

    await asyncio.gather(
        *(handle_event(an_order(restaurant_id=restaurant, payment_method="tok_slow").created) for _ in range(ORDERS))
    )
    await eventually(lambda: all_waiting(stored))
    await eventually(lambda: idle(app.state.resources.get(Database)))
    assert len(await stored.open_requests()) == ORDERS
    await eventually(stored.all_answered)

    assert time.perf_counter() - started < 2 * PROVIDER_SECONDS
    assert {payment.status for payment in await stored.rows(Payment)} == {"authorized"}


async def test_slow_orders_of_one_customer_do_not_delay_others(
    app: FastAPI, handle_event: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    effects, settings = app.state.resources.get(Effects), app.state.resources.get(PaymentSettings)
    customer, restaurant = new_id(), new_id()

    async def authorization() -> float:
        order = an_order(restaurant_id=restaurant)
        started = time.perf_counter()
        await handle_event(order.created)
        await effects.finished(f"{UUID(int=order.id.int ^ 1)}:authorize", 10)
        return time.perf_counter() - started

    async def ratio() -> float:
        usual = [await authorization() for _ in range(5)]
        settings.simulated_delay = 2.0
        slow = {"customer_id": customer, "restaurant_id": restaurant, "payment_method": "tok_slow"}
        await asyncio.gather(*(handle_event(an_order(**slow).created) for _ in range(25)))
        beside = [await authorization() for _ in range(5)]
        assert len(await stored.open_requests()) > settings.effects_of_a_group
        settings.simulated_delay = 0
        await eventually(stored.all_answered, 30)
        return median(beside) / median(usual)

    # A busy machine affects single rounds only; slow orders would affect all rounds.
    assert min([await ratio() for _ in range(3)]) <= 1.5


async def all_waiting(stored: "Stored") -> bool:
    return len(await stored.effects()) == ORDERS


async def idle(database: Any) -> bool:
    """Return whether no connection is in use."""
    return bool(database.engine.pool.checkedout() == database._in_use() == 0)
