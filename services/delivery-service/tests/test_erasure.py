from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select, text, update
from sqlmodel import col

from delivery_service.adapters import positions
from delivery_service.errors import DriverNotFoundError
from delivery_service.models import DeliveryStatus, Driver, OfferStatus, metadata
from delivery_service.schemas import Availability, DriverUpdate, Location
from delivery_service.service import drivers, erasure
from foodchassis import new_id
from foodchassis.kernel import Envelope

Published = Callable[[], Awaitable[list[Envelope]]]
ENDS: dict[DeliveryStatus, Callable[[Any, Any], Awaitable[Any]]] = {
    DeliveryStatus.DELIVERED: lambda city, delivery: city.do_step("deliver", delivery),
    DeliveryStatus.UNDELIVERABLE: lambda city, delivery: city.do_step("fail", delivery, "Nobody opened."),
    DeliveryStatus.CANCELLED: lambda city, delivery: city.cancel(delivery),
}


async def everything_stored(city: Any) -> str:
    """Read every row of the service's own tables as text."""
    async with city.database.transaction() as session:
        rows = [str((await session.exec(select(table))).all()) for table in metadata.sorted_tables]
    return "\n".join(rows)


@pytest.mark.parametrize(
    "status",
    [DeliveryStatus.DELIVERED, DeliveryStatus.NO_DRIVER, DeliveryStatus.CANCELLED, DeliveryStatus.UNDELIVERABLE],
)
async def test_addresses_of_ended_deliveries_are_erased_immediately(
    city: Any, published: Published, status: DeliveryStatus
) -> None:
    delivery = await city.reach(status)
    other = await city.paid()
    await published()

    await city.erase(delivery.customer_id)

    after = await city.delivery(delivery.id)
    assert after.dropoff == {"line1": "erased", "city": "erased", "postal_code": "erased", "lat": 52.5, "lng": 13.4}
    kept = {"id", "order_id", "customer_id", "driver_id", "status", "delivery_fee", "tip", "pickup", "ended_at"}
    assert after.model_dump(include=kept) == delivery.model_dump(include=kept)
    assert (await city.delivery(other.id)).dropoff["line1"] == "Geheimweg 7"
    assert await published() == []


@pytest.mark.parametrize("status", list(ENDS))
async def test_the_address_of_an_open_delivery_is_erased_when_it_ends(city: Any, status: DeliveryStatus) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)
    await city.erase(delivery.customer_id)
    assert (await city.delivery(delivery.id)).dropoff["line1"] == "Geheimweg 7"

    await ENDS[status](city, delivery)

    assert (await city.delivery(delivery.id)).status is status
    assert "Geheimweg" not in await everything_stored(city)


async def test_the_address_is_erased_when_no_driver_is_found(city: Any) -> None:
    delivery = await city.reach(DeliveryStatus.SEARCHING)
    await city.erase(delivery.customer_id)

    await city.pass_deadlines("search.over")

    assert "Geheimweg" not in await everything_stored(city)


async def test_an_order_paid_after_the_erasure_is_delivered_and_then_erased(city: Any) -> None:
    await city.driver(auto_accept=True)
    order = city.order()
    await city.erase(order.customer_id)

    await city.pay(order)
    delivery = await city.delivery_of(order.order_id)
    assert (delivery.status, delivery.dropoff["line1"]) == (DeliveryStatus.ASSIGNED, "Geheimweg 7")
    await city.do_step("pickup", delivery)
    await city.do_step("deliver", delivery)

    assert "Geheimweg" not in await everything_stored(city)


async def test_a_delivery_created_during_the_erasure_is_erased_later(city: Any) -> None:
    delivery = await city.reach(DeliveryStatus.DELIVERED)
    async with city.database.transaction() as uncommitted:
        # The delivery is created in a transaction that is still open when its customer is erased.
        await uncommitted.exec(text("UPDATE deliveries SET customer_id = gen_random_uuid()"))
        customer = (await uncommitted.exec(text("SELECT customer_id FROM deliveries"))).scalar_one()
        await city.erase(customer)
    assert (await city.delivery(delivery.id)).dropoff["line1"] == "Geheimweg 7"

    await city.pass_deadlines(erasure.FORGET_AGAIN)

    assert "Geheimweg" not in await everything_stored(city)
    assert await city.timers(erasure.FORGET_AGAIN) == set()


async def test_name_and_position_of_a_driver_are_erased(city: Any) -> None:
    driver = await city.driver()
    delivery = await city.paid()
    async with city.database.transaction() as session:
        await session.exec(update(Driver).values(standing_reason="Mara drove too fast."))

    await city.erase(driver)

    left = await city.profile(driver)
    assert (left.name, left.online, left.lat, left.lng, left.located_at) == ("erased", False, None, None, None)
    assert "Mara" not in await everything_stored(city)
    assert await positions.nearest(city.resources.get(Redis), city.kitchen, 3000) == []
    assert (await city.latest_offer(delivery)).status is OfferStatus.DECLINED
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.SEARCHING


async def test_the_delivery_of_an_erased_driver_gets_another(city: Any, published: Published) -> None:
    delivery = await city.reach(DeliveryStatus.ASSIGNED)
    second = await city.driver(700, auto_accept=True)
    await published()

    await city.erase(delivery.driver_id)

    assert (await city.delivery(delivery.id)).driver_id == second
    assert [one.type for one in await published()] == [
        "delivery.unassigned.v1",
        "delivery.offered.v1",
        "delivery.assigned.v1",
    ]


async def test_food_picked_up_by_an_erased_driver_is_undeliverable(city: Any, published: Published) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)
    await published()

    await city.erase(delivery.driver_id)

    after = await city.delivery(delivery.id)
    assert (after.status, after.driver_id) == (DeliveryStatus.UNDELIVERABLE, delivery.driver_id)
    (ended,) = await published()
    assert (ended.type, ended.data["responsible"]) == ("delivery.undeliverable.v1", "courier")


async def test_an_erased_driver_cannot_return_with_an_old_token(city: Any) -> None:
    driver, stranger = await city.driver(), new_id()
    await city.erase(driver)
    await city.erase(stranger)

    for gone in (driver, stranger):
        async with city.database.transaction() as session:
            with pytest.raises(DriverNotFoundError):
                await drivers.save_profile(session, gone, DriverUpdate(name="Mara", vehicle="car"))
            with pytest.raises(DriverNotFoundError):
                await drivers.set_availability(session, gone, Availability(online=True))
            with pytest.raises(DriverNotFoundError):
                await drivers.locate(session, gone, Location(lat=1.0, lng=2.0))
    async with city.database.transaction() as session:
        assert (await session.exec(select(col(Driver.id)))).all() == [(driver,)]


async def test_a_repeated_erasure_changes_nothing(city: Any) -> None:
    delivery = await city.reach(DeliveryStatus.DELIVERED)
    for user in (delivery.customer_id, delivery.driver_id):
        await city.erase(user)
    once = await everything_stored(city)

    for user in (delivery.customer_id, delivery.driver_id):
        await city.erase(user)

    assert await everything_stored(city) == once
