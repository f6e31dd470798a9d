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
    from conftest import Books, Deliver, Order

PROVIDER_SECONDS = 5.0
ORDERS = 20


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    return {**service_environment, "DATABASE_POOL_SIZE": "5", "CONCURRENT_MESSAGES": "5"}


async def test_twenty_authorisations_take_one_provider_time_with_five_connections(
    app: FastAPI, hand_over: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    settings = app.state.resources.get(PaymentSettings)
    settings.simulated_delay, settings.provider_timeout = PROVIDER_SECONDS, 3 * PROVIDER_SECONDS
    restaurant = new_id()
    began = time.perf_counter()

    await asyncio.gather(
        *(hand_over(an_order(restaurant_id=restaurant, payment_method="tok_slow").created) for _ in range(ORDERS))
    )
    await eventually(lambda: all_thinking(books))
    await eventually(lambda: idle(app.state.resources.get(Database)))
    assert len(await books.asked()) == ORDERS
    await eventually(books.all_answered)

    assert time.perf_counter() - began < 2 * PROVIDER_SECONDS
    assert {payment.status for payment in await books.rows(Payment)} == {"authorized"}


async def test_slow_orders_of_one_customer_delay_no_other(
    app: FastAPI, hand_over: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    effects, settings = app.state.resources.get(Effects), app.state.resources.get(PaymentSettings)
    customer, restaurant = new_id(), new_id()

    async def authorization() -> float:
        order = an_order(restaurant_id=restaurant)
        began = time.perf_counter()
        await hand_over(order.created)
        await effects.finished(f"{UUID(int=order.id.int ^ 1)}:authorize", 10)
        return time.perf_counter() - began

    async def ratio() -> float:
        usual = [await authorization() for _ in range(5)]
        settings.simulated_delay = 2.0
        slow = {"customer_id": customer, "restaurant_id": restaurant, "payment_method": "tok_slow"}
        await asyncio.gather(*(hand_over(an_order(**slow).created) for _ in range(25)))
        beside = [await authorization() for _ in range(5)]
        assert len(await books.asked()) > settings.effects_of_a_group
        settings.simulated_delay = 0
        await eventually(books.all_answered, 30)
        return median(beside) / median(usual)

    # A busy machine affects single rounds only; slow orders would affect all rounds.
    assert min([await ratio() for _ in range(3)]) <= 1.5


async def all_thinking(books: "Books") -> bool:
    return len(await books.effects()) == ORDERS


async def idle(database: Any) -> bool:
    """Return whether no connection is in use."""
    return bool(database.engine.pool.checkedout() == database._in_use() == 0)
