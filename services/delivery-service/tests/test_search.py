from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from delivery_service.adapters import positions
from delivery_service.models import DeliveryStatus, OfferStatus
from foodchassis import now
from foodchassis.kernel import Envelope

Published = Callable[[], Awaitable[list[Envelope]]]


async def test_the_nearest_free_driver_gets_the_offer(city: Any, published: Published) -> None:
    await city.driver(900)
    near = await city.driver(300)
    await city.driver(100, online=False)

    delivery = await city.paid()

    offer = await city.latest_offer(delivery)
    assert (delivery.status, offer.driver_id, offer.status) == (DeliveryStatus.OFFERED, near, OfferStatus.OPEN)
    assert offer.distance_m == pytest.approx(300, abs=2)
    assert 44 < (offer.expires_at - offer.created_at).total_seconds() < 46
    assert ("offer.lapsed", offer.id) in await city.timers()
    created, offered = await published()
    assert [(one.type, one.sequence) for one in (created, offered)] == [
        ("delivery.created.v1", 1),
        ("delivery.offered.v1", 2),
    ]
    assert offered.data["offer_id"] == str(offer.id)
    assert offered.data["driver_id"] == str(near)
    assert "Geheimweg" not in offered.model_dump_json()


async def test_a_driver_with_automatic_acceptance_is_assigned_immediately(city: Any, published: Published) -> None:
    driver = await city.driver(auto_accept=True)

    delivery = await city.paid()

    assert (delivery.status, delivery.driver_id) == (DeliveryStatus.ASSIGNED, driver)
    assert delivery.assigned_at >= delivery.created_at
    assert (await city.latest_offer(delivery)).status is OfferStatus.ACCEPTED
    assert await city.timers() == set()
    assert [(one.type, one.sequence) for one in await published()] == [
        ("delivery.created.v1", 1),
        ("delivery.offered.v1", 2),
        ("delivery.assigned.v1", 3),
    ]


async def test_the_search_radius_grows_until_a_driver_is_found(city: Any) -> None:
    driver = await city.driver(8000)
    delivery = await city.paid()
    assert delivery.status is DeliveryStatus.SEARCHING
    assert await city.timers() == {("search.again", delivery.id)}

    await city.age(delivery, 5)
    await city.pass_deadlines()
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.SEARCHING
    assert await city.timers() == {("search.again", delivery.id)}

    await city.age(delivery, 5)
    await city.pass_deadlines()
    assert (await city.latest_offer(delivery)).driver_id == driver


async def test_no_driver_beyond_the_last_radius_gets_an_offer(city: Any) -> None:
    await city.driver(12_100)
    delivery = await city.paid()

    await city.age(delivery, 3600)
    await city.pass_deadlines()

    assert await city.offers(delivery) == []


async def test_a_driver_with_an_offer_or_a_delivery_gets_no_other_offer(city: Any) -> None:
    offered_driver, busy = await city.driver(100), await city.driver(200, auto_accept=True)
    first, second, third = await city.paid(), await city.paid(), await city.paid()

    assert (await city.latest_offer(first)).driver_id == offered_driver
    assert second.driver_id == busy
    assert third.status is DeliveryStatus.SEARCHING


async def test_a_driver_who_comes_online_gets_the_longest_waiting_delivery(city: Any) -> None:
    older, newer = await city.paid(), await city.paid()

    await city.driver(700, auto_accept=True)

    assert (await city.delivery(older.id)).status is DeliveryStatus.ASSIGNED
    assert (await city.delivery(newer.id)).status is DeliveryStatus.SEARCHING


async def test_a_driver_who_enters_the_radius_gets_an_offer_immediately(city: Any) -> None:
    driver = await city.driver(50_000)
    delivery = await city.paid()

    await city.move(driver, 4000)
    assert await city.offers(delivery) == []
    await city.move(driver, 2900)

    assert (await city.latest_offer(delivery)).driver_id == driver


async def test_a_repeated_search_leaves_an_assigned_delivery_unchanged(city: Any, published: Published) -> None:
    delivery = await city.paid()
    await city.driver(auto_accept=True)
    await published()

    await city.pass_deadlines()

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.ASSIGNED
    assert await published() == []


async def test_candidates_are_restored_from_the_database_after_a_flush_of_redis(city: Any) -> None:
    far, near = await city.driver(900), await city.driver(400)
    redis: Redis = city.resources.get(Redis)
    await redis.flushdb()
    # Only one driver has reported since, who is not the nearest.
    await city.move(far, 901)

    delivery = await city.paid()

    assert (await city.latest_offer(delivery)).driver_id == near
    assert await redis.zcard(positions.POSITIONS) == 2
    assert 0 < await redis.ttl(positions.FILLED) <= 60


async def test_drivers_are_found_without_redis(city: Any) -> None:
    city.resources.add(Redis.from_url("redis://127.0.0.1:1"))  # nothing listens there
    await city.driver(2900)
    near = await city.driver(300)
    await city.driver(3100)

    delivery = await city.paid()
    assert (await city.latest_offer(delivery)).driver_id == near

    await city.available(near, online=False)
    assert (await city.offers(delivery))[0].status is OfferStatus.DECLINED
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.OFFERED


async def test_a_driver_online_only_in_redis_gets_no_offer(city: Any) -> None:
    gone, there = await city.driver(100), await city.driver(800)
    first = await city.paid()
    await city.available(gone, online=False)
    await positions.put(city.resources.get(Redis), gone, city.kitchen)
    assert (await city.latest_offer(first)).driver_id == there
    third = await city.driver(900)

    delivery = await city.paid()

    assert [offer.driver_id for offer in await city.offers(delivery)] == [third]


async def test_refilling_redis_keeps_drivers_who_came_online_meanwhile(city: Any) -> None:
    there = await city.driver(100)
    redis: Redis = city.resources.get(Redis)

    await positions.fill(redis, {}, 60)

    assert await positions.nearest(redis, city.kitchen, 3000) == [there]


@pytest.mark.parametrize("redis", [True, False])
async def test_a_driver_who_stopped_reporting_gets_no_offer_until_the_next_report(city: Any, redis: bool) -> None:
    if not redis:
        city.resources.add(Redis.from_url("redis://127.0.0.1:1"))  # nothing listens there
    silent, active = await city.driver(100), await city.driver(200)
    # Positions are stored every 15 seconds, so the last report may be newer by that time.
    await city.age_report(silent, 195)
    await city.age_report(active, 185)

    assert (await city.latest_offer(await city.paid())).driver_id == active
    waiting = await city.paid()
    assert waiting.status is DeliveryStatus.SEARCHING
    await city.available(silent)
    await city.pass_deadlines("search.again")
    assert await city.offers(waiting) == []

    await city.move(silent, 100)

    assert (await city.latest_offer(waiting)).driver_id == silent


async def test_a_driver_who_stopped_reporting_does_not_delay_a_search(city: Any) -> None:
    await city.age_report(await city.driver(100), 195)
    await city.driver(2000)

    delivery = await city.paid(ready_at=now() + timedelta(minutes=60))

    assert await city.seconds_left(delivery, "search.again") == pytest.approx(3600 - 1200 - 2000 / 5, abs=5)
