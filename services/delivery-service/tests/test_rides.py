from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.models import DeliveryStatus, OfferStatus
from foodchassis import new_id
from foodchassis.kernel import Envelope, IllegalTransitionError

Published = Callable[[], Awaitable[list[Envelope]]]
STEPS = [("pickup",), ("deliver",), ("unassign", "Flat tyre."), ("fail", "Nobody opened.")]


async def test_the_food_is_delivered_and_the_driver_is_free(city: Any, published: Published) -> None:
    driver = await city.driver(auto_accept=True)
    delivery, waiting = await city.paid(), await city.paid()
    await published()

    await city.do_step("pickup", delivery)
    await city.do_step("deliver", delivery)

    done = await city.delivery(delivery.id)
    assert (done.status, done.driver_id) == (DeliveryStatus.DELIVERED, driver)
    assert done.assigned_at <= done.picked_up_at <= done.delivered_at
    assert (await city.latest_offer(delivery)).status is OfferStatus.FULFILLED
    # The driver gets the waiting delivery immediately.
    assert (await city.delivery(waiting.id)).driver_id == driver
    assert [(one.type, one.subject, one.sequence) for one in await published()] == [
        ("delivery.picked_up.v1", delivery.id, 4),
        ("delivery.delivered.v1", delivery.id, 5),
        ("delivery.offered.v1", waiting.id, 2),
        ("delivery.assigned.v1", waiting.id, 3),
    ]


async def test_food_cannot_be_delivered_before_the_pick_up(city: Any) -> None:
    await city.driver(auto_accept=True)
    delivery = await city.paid()

    with pytest.raises(IllegalTransitionError, match="assigned"):
        await city.do_step("deliver", delivery)


@pytest.mark.parametrize("step", STEPS)
async def test_another_drivers_delivery_cannot_be_changed(city: Any, step: Any) -> None:
    await city.driver(auto_accept=True)
    other = await city.driver(700)
    delivery = await city.paid()

    use_case, *words = step
    with pytest.raises(DeliveryNotFoundError):
        await city.do_step(use_case, delivery, *words, driver=other)


async def test_a_hands_free_delivery_advances_with_the_order_events(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()

    await city.order_assigned(delivery, driver)
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.PICKED_UP
    await city.order_picked_up(delivery)

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.DELIVERED


async def test_repeated_or_late_order_events_change_nothing(city: Any, published: Published) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()
    for _ in range(2):
        await city.order_assigned(delivery, driver)
    for _ in range(2):
        await city.order_picked_up(delivery)
    await city.order_assigned(delivery, driver)

    assert [one.sequence for one in await published()] == [1, 2, 3, 4, 5]


async def test_order_events_about_another_driver_change_nothing(city: Any) -> None:
    await city.driver(auto_accept=True)
    delivery = await city.paid()

    await city.order_assigned(delivery, new_id())

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.ASSIGNED


async def test_a_delivery_of_a_manual_driver_waits_for_the_driver(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()
    await city.create_profile(driver, auto_accept=False)

    await city.order_assigned(delivery, driver)

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.ASSIGNED


async def test_a_returned_delivery_is_offered_to_the_next_driver_only(city: Any, published: Published) -> None:
    first = await city.driver(100, auto_accept=True)
    delivery = await city.paid()
    second = await city.driver(200)
    await published()

    shown = await city.do_step("unassign", delivery, "Flat tyre.")

    after = await city.delivery(delivery.id)
    assert (shown.status, after.status, after.driver_id) == (DeliveryStatus.OFFERED, DeliveryStatus.OFFERED, None)
    assert (after.assigned_at, shown.dropoff) == (None, None)
    assert [(one.driver_id, one.status) for one in await city.offers(delivery)] == [
        (first, OfferStatus.ABANDONED),
        (second, OfferStatus.OPEN),
    ]
    lost, offered = await published()
    assert (lost.type, lost.sequence, offered.type) == ("delivery.unassigned.v1", 4, "delivery.offered.v1")
    assert (lost.data["driver_id"], lost.data["reason"]) == (str(first), "Flat tyre.")
    # The search starts again with its full time.
    assert 890 < await city.seconds_left(delivery) <= 900


async def test_a_driver_who_returns_a_delivery_gets_the_next_waiting_one(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery, waiting = await city.paid(), await city.paid()

    await city.do_step("unassign", delivery, "Wrong direction.")

    assert (await city.delivery(waiting.id)).driver_id == driver
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.SEARCHING


async def test_the_search_for_the_next_driver_starts_with_the_first_radius(city: Any) -> None:
    await city.driver(auto_accept=True)
    delivery = await city.paid()
    await city.age(delivery, 3600)
    await city.driver(11_000)

    await city.do_step("unassign", delivery, "Flat tyre.")

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.SEARCHING


async def test_a_delivery_cannot_be_returned_after_the_pick_up(city: Any) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)

    with pytest.raises(IllegalTransitionError, match="picked_up"):
        await city.do_step("unassign", delivery, "Flat tyre.")


async def test_undeliverable_food_ends_the_delivery_and_frees_the_driver(city: Any, published: Published) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)
    waiting = await city.paid()
    await published()

    shown = await city.do_step("fail", delivery, "Nobody opened.")

    after = await city.delivery(delivery.id)
    assert (after.status, after.delivered_at, shown.dropoff) == (DeliveryStatus.UNDELIVERABLE, None, None)
    assert after.ended_at is not None
    assert (await city.latest_offer(delivery)).status is OfferStatus.FAILED
    assert (await city.delivery(waiting.id)).driver_id == delivery.driver_id
    ended = (await published())[0]
    assert (ended.type, ended.sequence) == ("delivery.undeliverable.v1", 5)
    assert (ended.data["driver_id"], ended.data["reason"]) == (str(delivery.driver_id), "Nobody opened.")


async def test_assigned_and_picked_up_deliveries_have_their_timers(city: Any) -> None:
    delivery = await city.reach(DeliveryStatus.ASSIGNED)
    assert 170 < await city.seconds_left(delivery, "driver.silent") <= 180
    assert 1790 < await city.seconds_left(delivery, "pickup.overdue") <= 1800

    await city.do_step("pickup", delivery)

    assert await city.timers("search.over", "driver.silent", "pickup.overdue") == set()
    assert 5390 < await city.seconds_left(delivery, "delivery.late") <= 5400
    assert 10_790 < await city.seconds_left(delivery, "delivery.lost") <= 10_800
