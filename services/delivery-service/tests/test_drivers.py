import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from sqlalchemy import update
from sqlmodel import col

from delivery_service.adapters import positions
from delivery_service.errors import DriverNotFoundError
from delivery_service.models import Driver, OfferStatus
from delivery_service.schemas import Availability, Location
from delivery_service.service import drivers
from foodchassis import new_id
from foodchassis.testing import eventually


async def stored(city: Any, driver_id: Any) -> Driver:
    async with city.database.transaction() as session:
        found: Driver = await session.get_one(Driver, driver_id)
    return found


async def in_redis(city: Any, driver_id: Any) -> tuple[float, float] | None:
    (found,) = await city.resources.get(Redis).geopos(positions.POSITIONS, str(driver_id))
    return found if found is None else (found[1], found[0])


async def test_a_change_of_the_profile_keeps_the_other_fields(city: Any) -> None:
    driver = await city.driver(500)
    before = await stored(city, driver)

    await city.create_profile(driver, auto_accept=True)

    after = await stored(city, driver)
    assert after.auto_accept
    assert after.model_dump(exclude={"auto_accept"}) == before.model_dump(exclude={"auto_accept"})


async def test_positions_are_stored_in_redis_immediately_and_in_the_database_sometimes(city: Any) -> None:
    driver = await city.driver(500)
    first = await stored(city, driver)

    await city.move(driver, 600)
    assert (await stored(city, driver)).lat == first.lat
    assert await in_redis(city, driver) == pytest.approx((52.525396, 13.405), abs=1e-4)

    async with city.database.transaction() as session:
        earlier = col(Driver.located_at) - timedelta(seconds=16)
        await session.exec(update(Driver).where(col(Driver.id) == driver).values(located_at=earlier))
    await city.move(driver, 700)
    assert (await stored(city, driver)).lat == pytest.approx(52.526295, abs=1e-5)


async def test_a_driver_who_goes_offline_is_removed_from_redis(city: Any) -> None:
    driver = await city.driver()
    assert await in_redis(city, driver) is not None

    await city.available(driver, online=False)
    await city.move(driver, 900)

    assert await in_redis(city, driver) is None
    assert (await stored(city, driver)).lat == pytest.approx(52.528094, abs=1e-5)


async def test_an_online_driver_without_a_position_gets_no_offer(city: Any) -> None:
    driver = new_id()
    await city.create_profile(driver)
    await city.available(driver)

    assert await city.offers(await city.paid()) == []


async def test_going_online_twice_makes_one_offer(city: Any) -> None:
    delivery = await city.paid()
    driver = await city.driver()
    await city.available(driver)

    assert [one.status for one in await city.offers(delivery)] == [OfferStatus.OPEN]


async def test_a_driver_without_a_profile_is_refused(city: Any) -> None:
    async with city.database.transaction() as session:
        with pytest.raises(DriverNotFoundError):
            await drivers.set_availability(session, new_id(), Availability(online=True))
        with pytest.raises(DriverNotFoundError):
            await drivers.locate(session, new_id(), Location(lat=1.0, lng=2.0))
        with pytest.raises(DriverNotFoundError):
            await drivers.get_profile(session, new_id())


async def test_positions_of_the_driver_are_published_to_followers_of_the_order(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    async with city.resources.get(Redis).pubsub() as follower:
        await follower.psubscribe("orders:*:position")
        await next_message(follower, "psubscribe")
        await city.move(driver, 400)
        delivery = await city.paid()
        await city.move(driver, 300)

        message = await next_message(follower, "pmessage")

    # Positions before the delivery are not published.
    assert message["channel"] == f"orders:{delivery.order_id}:position"
    position = json.loads(message["data"])
    assert position.keys() == {"lat", "lng", "at"}
    assert (position["lat"], position["lng"]) == (pytest.approx(52.522698, abs=1e-5), 13.405)
    assert datetime.fromisoformat(position["at"]).tzinfo is not None


async def next_message(follower: PubSub, kind: str) -> dict[str, Any]:
    async def message() -> Any:
        found = await follower.get_message(timeout=0.1)
        return found if found and found["type"] == kind else None

    found: dict[str, Any] = await eventually(message)
    return found


async def test_a_driver_on_the_way_can_report_without_redis(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    await city.paid()
    city.resources.add(Redis.from_url("redis://127.0.0.1:1"))  # nothing listens there

    await city.move(driver, 300)

    assert (await stored(city, driver)).online
