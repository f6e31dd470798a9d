from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from delivery_service.errors import OfferNotFoundError
from delivery_service.models import Delivery, DeliveryStatus, Offer, OfferStatus
from delivery_service.rules.deadlines import OFFER_LAPSED
from delivery_service.schemas import DeliveryPublic
from delivery_service.service import deliveries, offers
from foodchassis import Principal, new_id
from foodchassis.kernel import Envelope, IllegalTransitionError
from foodchassis.storage.tables import deadlines

Published = Callable[[], Awaitable[list[Envelope]]]


async def accept(city: Any, offer: Offer, driver_id: Any = None) -> DeliveryPublic:
    driver = Principal(driver_id or offer.driver_id, frozenset({"driver"}))
    async with city.database.transaction() as session:
        return await offers.accept(session, offer.id, driver)


async def decline(city: Any, offer: Offer) -> None:
    async with city.database.transaction() as session:
        await offers.decline(session, offer.id, offer.driver_id)


async def test_a_driver_who_accepts_gets_the_delivery(city: Any, published: Published) -> None:
    driver = await city.driver()
    offer = await city.latest_offer(await city.paid())

    delivery = await accept(city, offer)

    assert (delivery.status, delivery.driver_id, delivery.version) == (DeliveryStatus.ASSIGNED, driver, 3)
    assert await city.timers() == set()
    assigned = (await published())[-1]
    assert (assigned.type, assigned.sequence) == ("delivery.assigned.v1", 3)
    assert assigned.data == {
        "delivery_id": str(delivery.id),
        "order_id": str(delivery.order_id),
        "driver_id": str(driver),
    }


async def test_an_offer_is_accepted_once(city: Any, published: Published) -> None:
    await city.driver()
    offer = await city.latest_offer(await city.paid())
    await accept(city, offer)
    await published()

    await accept(city, offer)

    assert await published() == []


async def test_another_drivers_offer_is_not_found(city: Any) -> None:
    await city.driver()
    offer = await city.latest_offer(await city.paid())

    with pytest.raises(OfferNotFoundError):
        await accept(city, offer, driver_id=new_id())


async def test_after_a_decline_the_next_driver_gets_the_offer(city: Any, published: Published) -> None:
    first, second = await city.driver(100), await city.driver(200)
    delivery = await city.paid()

    await decline(city, await city.latest_offer(delivery))
    assert (await city.latest_offer(delivery)).driver_id == second
    await decline(city, await city.latest_offer(delivery))
    await city.available(first)
    await city.move(first, 50)
    await city.pass_deadlines()

    assert [one.status for one in await city.offers(delivery)] == [OfferStatus.DECLINED, OfferStatus.DECLINED]
    assert await city.timers() == {("search.again", delivery.id)}
    assert [(one.type, one.sequence) for one in await published()] == [
        ("delivery.created.v1", 1),
        ("delivery.offered.v1", 2),
        ("delivery.offered.v1", 4),
    ]


async def test_a_driver_who_declined_gets_offers_of_other_deliveries(city: Any) -> None:
    driver = await city.driver()
    await decline(city, await city.latest_offer(await city.paid()))

    assert (await city.latest_offer(await city.paid())).driver_id == driver


async def test_an_unanswered_offer_expires_and_the_next_driver_gets_one(city: Any) -> None:
    await city.driver(100)
    second = await city.driver(200)
    delivery = await city.paid()
    silent = await city.latest_offer(delivery)

    await city.work(deliveries.expire, silent.id, "offer.lapsed", by="offer_id")

    assert [(one.status, one.driver_id) for one in await city.offers(delivery)] == [
        (OfferStatus.LAPSED, silent.driver_id),
        (OfferStatus.OPEN, second),
    ]


async def test_an_offer_expires_at_its_deadline(city: Any) -> None:
    await city.driver()
    delivery = await city.paid()

    await city.pass_deadlines()

    assert (await city.latest_offer(delivery)).status is OfferStatus.LAPSED
    assert (await city.delivery(delivery.id)).status is DeliveryStatus.SEARCHING
    assert await city.timers() == {("search.again", delivery.id)}


async def test_a_deadline_after_the_answer_changes_nothing(city: Any) -> None:
    await city.driver()
    delivery = await city.paid()
    offer = await city.latest_offer(delivery)
    await accept(city, offer)

    await city.work(deliveries.expire, offer.id, "offer.lapsed", by="offer_id")

    assert (await city.latest_offer(delivery)).status is OfferStatus.ACCEPTED


async def test_a_deadline_does_not_wait_for_a_locked_delivery(city: Any) -> None:
    await city.driver()
    delivery = await city.paid()
    offer = await city.latest_offer(delivery)

    async with city.database.transaction() as holder:
        await holder.get_one(Delivery, delivery.id, with_for_update=True)
        await city.pass_deadlines()

    assert await city.timers() == {("offer.lapsed", offer.id)}
    async with city.database.transaction() as session:
        # The deadline is set again, without a delay because of the lock.
        attempts = select(deadlines.c.attempts).where(deadlines.c.name == OFFER_LAPSED)
        assert (await session.exec(attempts)).all() == [(0,)]
    await city.pass_deadlines()
    assert (await city.latest_offer(delivery)).status is OfferStatus.LAPSED


async def test_an_offer_past_its_time_cannot_be_accepted_before_its_deadline_is_handled(city: Any) -> None:
    await city.driver()
    offer = await city.latest_offer(await city.paid())
    async with city.database.transaction() as session:
        await session.exec(update(Offer).where(col(Offer.id) == offer.id).values(expires_at=func.now()))

    with pytest.raises(IllegalTransitionError, match="time is not over"):
        await accept(city, offer)


async def test_going_offline_declines_the_offer(city: Any) -> None:
    first, second = await city.driver(100), await city.driver(200)
    delivery = await city.paid()

    await city.available(first, online=False)

    assert [(one.driver_id, one.status) for one in await city.offers(delivery)] == [
        (first, OfferStatus.DECLINED),
        (second, OfferStatus.OPEN),
    ]
