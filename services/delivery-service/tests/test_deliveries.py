from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.models import DeliveryStatus, OfferStatus
from delivery_service.service import deliveries
from foodchassis import Envelope, IllegalTransitionError, new_id

Published = Callable[[], Awaitable[list[Envelope]]]


async def test_one_order_gets_one_delivery(city: Any, published: Published) -> None:
    order = city.order()
    for _ in range(2):
        async with city.database.transaction() as session:
            await deliveries.begin(session, order)

    assert [one.type for one in await published()] == ["delivery.created.v1"]


async def test_a_delivery_keeps_what_the_order_said(city: Any) -> None:
    order = city.order(tip=0, delivery_fee=1)

    async with city.database.transaction() as session:
        await deliveries.begin(session, order)

    kept = (await city.delivery_of(order.order_id)).model_dump()
    assert {name: kept[name] for name in order.model_dump()} == order.model_dump()


async def test_the_food_reaches_the_door_and_the_driver_is_free(city: Any, published: Published) -> None:
    driver = await city.driver(auto_accept=True)
    delivery, waiting = await city.paid(), await city.paid()
    await published()

    async with city.database.transaction() as session:
        await deliveries.pick_up(session, delivery.id, driver)
    async with city.database.transaction() as session:
        await deliveries.hand_over(session, delivery.id, driver)

    done = await city.delivery(delivery.id)
    assert (done.status, done.driver_id) == (DeliveryStatus.DELIVERED, driver)
    assert done.assigned_at <= done.picked_up_at <= done.delivered_at
    assert (await city.asked(delivery)).status is OfferStatus.FULFILLED
    # What waited goes to the driver in the same moment.
    assert (await city.delivery(waiting.id)).driver_id == driver
    assert [(one.type, one.subject, one.sequence) for one in await published()] == [
        ("delivery.picked_up.v1", delivery.id, 4),
        ("delivery.delivered.v1", delivery.id, 5),
        ("delivery.offered.v1", waiting.id, 2),
        ("delivery.assigned.v1", waiting.id, 3),
    ]


async def test_food_is_not_delivered_before_it_is_picked_up(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()

    async with city.database.transaction() as session:
        with pytest.raises(IllegalTransitionError, match="assigned"):
            await deliveries.hand_over(session, delivery.id, driver)


@pytest.mark.parametrize("step", [deliveries.pick_up, deliveries.hand_over])
async def test_nobody_moves_a_delivery_that_is_not_theirs(city: Any, step: Any) -> None:
    await city.driver(auto_accept=True)
    other = await city.driver(700)
    delivery = await city.paid()

    async with city.database.transaction() as session:
        with pytest.raises(DeliveryNotFoundError):
            await step(session, delivery.id, other)


async def test_ready_food_is_noted_once(city: Any) -> None:
    delivery = await city.paid()
    assert delivery.food_ready_at is None
    async with city.database.transaction() as session:
        await deliveries.note_ready(session, delivery.order_id)
    first = await city.delivery(delivery.id)
    async with city.database.transaction() as session:
        await deliveries.note_ready(session, delivery.order_id)

    assert first.food_ready_at is not None
    assert (await city.delivery(delivery.id)).food_ready_at == first.food_ready_at


async def test_ready_food_of_an_order_not_known_yet_is_tried_again(city: Any) -> None:
    async with city.database.transaction() as session:
        with pytest.raises(DeliveryNotFoundError):
            await deliveries.note_ready(session, new_id())


async def test_a_hands_free_driver_needs_no_click(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()

    async with city.database.transaction() as session:
        await deliveries.pick_up_unasked(session, delivery.id, driver)
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.PICKED_UP
    async with city.database.transaction() as session:
        await deliveries.hand_over_unasked(session, delivery.id)

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.DELIVERED


async def test_news_that_come_twice_or_late_change_nothing(city: Any, published: Published) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()
    for _ in range(2):
        async with city.database.transaction() as session:
            await deliveries.pick_up_unasked(session, delivery.id, driver)
    for _ in range(2):
        async with city.database.transaction() as session:
            await deliveries.hand_over_unasked(session, delivery.id)
    async with city.database.transaction() as session:
        await deliveries.pick_up_unasked(session, delivery.id, driver)

    assert [one.sequence for one in await published()] == [1, 2, 3, 4, 5]


async def test_news_about_another_driver_change_nothing(city: Any) -> None:
    await city.driver(auto_accept=True)
    delivery = await city.paid()

    async with city.database.transaction() as session:
        await deliveries.pick_up_unasked(session, delivery.id, new_id())

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.ASSIGNED


async def test_a_driver_who_clicks_is_waited_for(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()
    await city.introduce(driver, auto_accept=False)

    async with city.database.transaction() as session:
        await deliveries.pick_up_unasked(session, delivery.id, driver)

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.ASSIGNED
