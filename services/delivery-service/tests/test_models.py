from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import col

from delivery_service.models import Delivery, DeliveryStatus, Driver, Offer, OfferStatus
from foodchassis import new_id, now


async def refuses(city: Any, constraint: str, statement: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        async with city.database.transaction() as session:
            await session.exec(statement)


async def test_a_driver_has_one_active_delivery(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    await city.paid()
    second = await city.paid()

    forced = update(Delivery).where(col(Delivery.id) == second.id)
    await refuses(
        city, "deliveries_one_active_per_driver", forced.values(driver_id=driver, status=DeliveryStatus.PICKED_UP)
    )


async def test_an_order_has_one_delivery(city: Any) -> None:
    first, second = await city.paid(), await city.paid()

    forced = update(Delivery).where(col(Delivery.id) == second.id).values(order_id=first.order_id)
    await refuses(city, "deliveries_order_id_key", forced)


@pytest.mark.parametrize("constraint", ["per_driver", "per_delivery", "asked_once"])
async def test_an_offer_engages_one_driver_for_one_delivery(city: Any, constraint: str) -> None:
    first_driver, second_driver = await city.driver(100), await city.driver(200)
    first, second = await city.paid(), await city.paid()
    assert [(await city.latest_offer(one)).driver_id for one in (first, second)] == [first_driver, second_driver]
    same = {
        "per_driver": {"driver_id": first_driver, "delivery_id": second.id},
        "per_delivery": {"driver_id": second_driver, "delivery_id": first.id},
        "asked_once": {
            "driver_id": first_driver,
            "delivery_id": first.id,
            "status": OfferStatus.LAPSED,
            "closed_at": now(),
        },
    }[constraint]

    await refuses(city, constraint, update(Offer).where(col(Offer.driver_id) == second_driver).values(**same))


@pytest.mark.parametrize("status", ["assigned", "picked_up", "delivered", "undeliverable"])
async def test_a_delivery_under_way_needs_a_driver(city: Any, status: str) -> None:
    delivery = await city.paid()

    ended_at = now() if status in {"delivered", "undeliverable"} else None
    forced = update(Delivery).where(col(Delivery.id) == delivery.id)
    await refuses(city, "deliveries_driver_check", forced.values(status=DeliveryStatus(status), ended_at=ended_at))


async def test_only_an_ended_delivery_has_an_end_time(city: Any) -> None:
    delivery = await city.paid()

    forced = update(Delivery).where(col(Delivery.id) == delivery.id)
    await refuses(city, "deliveries_ended_check", forced.values(ended_at=now()))
    await refuses(city, "deliveries_ended_check", forced.values(status=DeliveryStatus.CANCELLED))


@pytest.mark.parametrize("fact", ["pickup", "dropoff", "restaurant_name", "ready_at"])
async def test_only_a_cancelled_delivery_may_lack_facts(city: Any, fact: str) -> None:
    delivery = await city.paid()

    forced = update(Delivery).where(col(Delivery.id) == delivery.id).values({fact: None})
    await refuses(city, "deliveries_facts_check", forced)


async def test_a_searching_delivery_has_no_driver(city: Any) -> None:
    driver = await city.driver(online=False)
    delivery = await city.paid()

    await refuses(
        city,
        "deliveries_no_driver_check",
        update(Delivery).where(col(Delivery.id) == delivery.id).values(driver_id=driver),
    )


async def test_a_position_is_whole_or_missing(city: Any) -> None:
    driver = await city.driver(online=False)

    await refuses(city, "drivers_position_check", update(Driver).where(col(Driver.id) == driver).values(lng=None))


async def test_an_offer_needs_its_driver(city: Any) -> None:
    await city.driver()
    offer = await city.latest_offer(await city.paid())

    forced = update(Offer).where(col(Offer.id) == offer.id).values(driver_id=new_id())
    await refuses(city, "offers_driver_id_fkey", forced)


async def test_a_change_with_a_stale_version_is_refused(city: Any) -> None:
    delivery = await city.paid()

    async def change() -> None:
        async with city.database.transaction() as session:
            mine = await session.get_one(Delivery, delivery.id)
            async with city.database.transaction() as other:
                (await other.get_one(Delivery, delivery.id)).food_ready_at = now()
            mine.food_ready_at = now()

    with pytest.raises(StaleDataError):
        await change()
    assert (await city.delivery(delivery.id)).version == 2
