"""Test orders have a simulated courier, and drivers get no offers of them."""

from typing import Any

import httpx2

from delivery_service.models import DeliveryStatus, OfferStatus
from delivery_service.rules.deadlines import SEARCH_AGAIN, SEARCH_OVER
from delivery_service.rules.sandbox import COURIER
from foodchassis.testing import Issuer
from foodevents import OrderTest

AUTO = OrderTest(courier="auto", pace=60)


async def test_the_courier_of_a_test_order_delivers_it(city: Any, published: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid(test=AUTO)

    assert delivery.status is DeliveryStatus.ASSIGNED
    assert delivery.driver_id != driver
    # As with every driver, order-service must confirm the courier first.
    await city.order_assigned(delivery, delivery.driver_id)
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.ASSIGNED
    for status in (DeliveryStatus.PICKED_UP, DeliveryStatus.DELIVERED):
        await city.age(delivery, 60)
        await city.pass_deadlines(COURIER)
        assert (await city.delivery(delivery.id)).status is status
    profile = await city.profile(delivery.driver_id)
    assert (profile.lat, profile.lng, profile.online) == (delivery.dropoff["lat"], delivery.dropoff["lng"], False)
    assert await city.timers(COURIER) == set()
    assert [one.status for one in await city.offers(delivery)] == [OfferStatus.FULFILLED]
    types = [one.type for one in await published()]
    assert types == [f"delivery.{name}.v1" for name in ("created", "offered", "assigned", "picked_up", "delivered")]


async def test_an_admin_replaces_the_courier_of_a_test_order(
    city: Any, client: httpx2.AsyncClient, issuer: Issuer
) -> None:
    first = await city.paid(test=AUTO)
    path, admin = f"/deliveries/{first.id}/reassign", issuer.bearer("admin")

    answer = await client.post(path, json={"reason": "The rider is ill."}, headers=admin)

    assert answer.status_code == 200, answer.text
    second = await city.delivery(first.id)
    assert second.status is DeliveryStatus.ASSIGNED
    assert second.driver_id not in {None, first.driver_id}
    # Simulated couriers are not listed for admins.
    assert (await client.get("/drivers", headers=admin)).json()["items"] == []


async def test_the_courier_of_a_test_order_stops_after_a_cancellation(city: Any) -> None:
    delivery = await city.paid(test=AUTO)
    await city.cancel(delivery)
    await city.pass_deadlines(COURIER)

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.CANCELLED
    assert await city.timers(COURIER) == set()


async def test_a_test_order_can_request_that_no_driver_is_found(city: Any) -> None:
    await city.driver()
    delivery = await city.paid(test=OrderTest(courier="none", pace=60))
    # Neither in a search, nor when one comes online.
    await city.pass_deadlines(SEARCH_AGAIN)
    await city.driver()

    assert await city.offers(delivery) == []
    left = await city.seconds_left(delivery)
    assert 0 < left <= 15
    await city.pass_deadlines(SEARCH_OVER)
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.NO_DRIVER


async def test_a_test_order_without_a_simulated_courier_is_offered_to_drivers(city: Any) -> None:
    driver = await city.driver()
    delivery = await city.paid(test=OrderTest(pace=2))

    assert (await city.latest_offer(delivery)).driver_id == driver
    assert 0 < await city.seconds_left(delivery) <= 450
