from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.service.search import move
from foodchassis import new_id
from foodchassis.kernel import Envelope

Published = Callable[[], Awaitable[list[Envelope]]]


async def test_one_order_gets_one_delivery(city: Any, published: Published) -> None:
    order = city.order()
    for _ in range(2):
        await city.pay(order)

    assert [one.type for one in await published()] == ["delivery.created.v1"]


async def test_a_delivery_stores_the_facts_of_its_order(city: Any) -> None:
    order = city.order(tip=0, delivery_fee=1)

    await city.pay(order)

    kept = (await city.delivery_of(order.order_id)).model_dump()
    assert {name: kept[name] for name in order.model_dump()} == order.model_dump()


async def test_ready_food_is_recorded_once(city: Any) -> None:
    delivery = await city.paid()
    assert delivery.food_ready_at is None
    first = await city.order_ready(delivery)
    await city.order_ready(delivery)

    assert first.food_ready_at is not None
    assert (await city.delivery(delivery.id)).food_ready_at == first.food_ready_at


async def test_ready_food_of_an_unknown_order_is_retried(city: Any) -> None:
    with pytest.raises(DeliveryNotFoundError):
        await city.work(move, new_id(), "order.ready", by="order_id")
