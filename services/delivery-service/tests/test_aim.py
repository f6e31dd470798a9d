"""A search begins so that the driver arrives when the food is ready."""

from datetime import timedelta
from typing import Any

import pytest

from delivery_service.models import DeliveryStatus
from foodchassis import now

LEAD, LIFETIME, SPEED = 1200, 900, 5


@pytest.mark.parametrize("minutes", [0, 15, 20])
async def test_a_search_for_food_of_usual_duration_starts_immediately(city: Any, minutes: int) -> None:
    driver = await city.driver(2900)

    delivery = await city.paid(ready_at=now() + timedelta(minutes=minutes))

    assert (await city.latest_offer(delivery)).driver_id == driver
    assert await city.seconds_left(delivery) == pytest.approx(LIFETIME, abs=5)


@pytest.mark.parametrize(("metres", "way"), [(500, 100), (10_000, 2000), (50_000, 600)])
async def test_a_search_for_slow_food_starts_when_the_nearest_driver_should_leave(
    city: Any, metres: int, way: int
) -> None:
    await city.driver(metres)

    delivery = await city.paid(ready_at=now() + timedelta(minutes=60))

    wait = 3600 - LEAD - way
    assert (delivery.status, await city.offers(delivery)) == (DeliveryStatus.SEARCHING, [])
    assert await city.seconds_left(delivery, "search.again") == pytest.approx(wait, abs=5)
    assert await city.seconds_left(delivery) == pytest.approx(wait + LIFETIME, abs=5)


async def test_no_driver_gets_an_offer_before_the_search_starts(city: Any) -> None:
    delivery = await city.paid(ready_at=now() + timedelta(minutes=60))
    driver = await city.driver(700)
    await city.move(driver, 600)
    assert await city.offers(delivery) == []

    await city.age(delivery, 3600)
    await city.pass_deadlines()

    assert (await city.latest_offer(delivery)).driver_id == driver


async def test_a_search_starts_immediately_when_food_is_ready_early(city: Any) -> None:
    driver = await city.driver(700)
    delivery = await city.paid(ready_at=now() + timedelta(minutes=60))

    delivery = await city.order_ready(delivery)

    assert (delivery.status, (await city.latest_offer(delivery)).driver_id) == (DeliveryStatus.OFFERED, driver)
    assert await city.seconds_left(delivery) == pytest.approx(LIFETIME, abs=5)


async def test_no_search_starts_later_for_a_cancelled_order(city: Any) -> None:
    delivery = await city.paid(ready_at=now() + timedelta(minutes=60))

    await city.cancel(delivery)

    assert await city.timers("search.again", "search.over") == set()
