"""Fixtures of the service's tests."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from fastapi import FastAPI

from foodchassis import Database, new_id
from foodevents import OrderDelivered
from sample_service.handlers import on_order_delivered


@pytest.fixture
def service_package() -> str:
    return "sample_service"


@pytest.fixture
def customer() -> UUID:
    return new_id()


@pytest.fixture
def delivered(app: FastAPI, customer: UUID) -> Callable[[], Awaitable[UUID]]:
    """Return a function that creates a delivered order of the customer."""

    async def tell() -> UUID:
        event = OrderDelivered(order_id=new_id(), customer_id=customer, restaurant_id=new_id())
        async with app.state.resources.get(Database).transaction() as session:
            await on_order_delivered(event, session)
        return event.order_id

    return tell
