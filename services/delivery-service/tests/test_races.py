import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.models import Delivery, DeliveryStatus, Offer, OfferStatus
from delivery_service.service import offers
from foodchassis import Principal, new_id, now
from foodchassis.kernel import IllegalTransitionError
from foodchassis.testing import eventually

ROUNDS = 8


async def outcome(call: Any) -> str:
    try:
        await call
    except IllegalTransitionError:
        return "refused"
    return "done"


@pytest.mark.parametrize("auto_accept", [True, False])
async def test_two_searches_never_engage_the_same_driver(city: Any, auto_accept: bool) -> None:
    for town in range(ROUNDS):
        driver = await city.driver(100, auto_accept=auto_accept, town=town)

        rivals = await asyncio.gather(*(city.paid(town) for _ in range(4)))

        offers_to_driver = [one for rival in rivals for one in await city.offers(rival) if one.driver_id == driver]
        assert len(offers_to_driver) == 1
        # The other deliveries are still searching, each with a timer to repeat the search.
        waiting = [one for one in rivals if (await city.delivery(one.id)).status is DeliveryStatus.SEARCHING]
        assert len(waiting) == 3
        assert {("search.again", one.id) for one in waiting} <= await city.timers()


async def test_concurrent_drivers_and_deliveries_are_matched_one_to_one(city: Any) -> None:
    found = await asyncio.gather(
        *(city.driver(100 * n, auto_accept=True) for n in range(1, 5)), *(city.paid() for _ in range(4))
    )
    drivers, waiting = set(found[:4]), found[4:]
    # The next search matches drivers and deliveries that missed each other.
    await city.pass_deadlines()

    assert {(await city.delivery(one.id)).driver_id for one in waiting} == drivers


@pytest.mark.parametrize("hands_free", [True, False])
@pytest.mark.parametrize("known", [True, False])
async def test_a_search_that_loses_a_driver_to_another_offers_to_the_next(
    city: Any, hands_free: bool, known: bool
) -> None:
    elsewhere = await city.paid(town=1)
    searching = await city.paid() if known else None
    async with city.database.transaction() as busy:
        # While the delivery is locked, drivers come online and get no offer of it.
        await busy.exec(select(Delivery).with_for_update())
        contested = await city.driver(100, auto_accept=hands_free)
        second = await city.driver(200, auto_accept=hands_free)

    async with city.database.transaction() as rival:
        # The driver is engaged without the driver's lock: only the unique indexes detect it.
        offer = Offer(
            id=new_id(),
            created_at=now(),
            delivery_id=elsewhere.id,
            driver_id=contested,
            status=OfferStatus.OPEN,
            distance_m=100,
            expires_at=now() + timedelta(seconds=45),
        )
        rival.add(offer)
        await rival.flush()
        if hands_free:
            taken = {"driver_id": contested, "status": DeliveryStatus.ASSIGNED, "assigned_at": now()}
            await rival.exec(update(Delivery).where(col(Delivery.id) == elsewhere.id).values(taken))
        search = asyncio.create_task(city.search_again(searching) if searching else city.paid())
        await eventually(city.transaction_is_blocked)

    assert [one.driver_id for one in await city.offers(await search)] == [second]


async def test_a_concurrent_accept_and_decline_have_one_outcome(city: Any) -> None:
    for town in range(ROUNDS):
        await city.driver(town=town)
        delivery = await city.paid(town)
        offer = await city.latest_offer(delivery)

        async def answer(use_case: Any, offer: Any = offer) -> None:
            async with city.database.transaction() as session:
                driver = Principal(offer.driver_id, frozenset({"driver"}))
                await use_case(session, offer.id, driver if use_case is offers.accept else driver.id)

        results = await asyncio.gather(outcome(answer(offers.accept)), outcome(answer(offers.decline)))

        after = (await city.offers(delivery))[0]
        assert sorted(results) == ["done", "refused"]
        expected = OfferStatus.ACCEPTED if results[0] == "done" else OfferStatus.DECLINED
        assert after.status is expected


async def test_an_accept_at_the_deadline_of_the_offer_has_one_outcome(city: Any) -> None:
    for town in range(ROUNDS):
        driver = await city.driver(town=town)
        delivery = await city.paid(town)
        offer = await city.latest_offer(delivery)

        async def accept(offer: Any = offer) -> None:
            async with city.database.transaction() as session:
                await offers.accept(session, offer.id, Principal(offer.driver_id, frozenset({"driver"})))

        accepted, _ = await asyncio.gather(outcome(accept()), city.pass_deadlines())
        await city.pass_deadlines()

        after = await city.delivery(delivery.id)
        if accepted == "done":
            assert (after.status, after.driver_id) == (DeliveryStatus.ASSIGNED, driver)
        else:
            assert (after.status, after.driver_id) == (DeliveryStatus.SEARCHING, None)


async def test_a_concurrently_paid_and_cancelled_order_is_cancelled(city: Any) -> None:
    for town in range(ROUNDS):
        driver = await city.driver(auto_accept=True, town=town)
        order = city.order(pickup=city.kitchen.model_copy(update={"lng": city.kitchen.lng + town}))

        async def pay(order: Any = order) -> None:
            await city.pay(order)

        await asyncio.gather(*([pay(), city.cancel(order)][:: 1 if town % 2 else -1]))

        assert (await city.delivery_of(order.order_id)).status is DeliveryStatus.CANCELLED
        assert (await city.paid(town)).driver_id == driver


async def test_an_accept_during_the_cancellation_frees_the_driver(city: Any) -> None:
    for town in range(ROUNDS):
        driver = await city.driver(town=town)
        delivery = await city.paid(town)
        offer = await city.latest_offer(delivery)

        async def accept(offer: Any = offer) -> None:
            async with city.database.transaction() as session:
                await offers.accept(session, offer.id, Principal(offer.driver_id, frozenset({"driver"})))

        accepted, _ = await asyncio.gather(outcome(accept()), city.cancel(delivery))

        after = await city.delivery(delivery.id)
        assert after.status is DeliveryStatus.CANCELLED
        assert after.driver_id == (driver if accepted == "done" else None)
        assert (await city.latest_offer(delivery)).status is OfferStatus.WITHDRAWN
        assert (await city.latest_offer(await city.paid(town))).driver_id == driver


async def test_a_pick_up_at_the_deadline_of_a_silent_driver_has_one_outcome(city: Any) -> None:
    for town in range(ROUNDS):
        await city.driver(auto_accept=True, town=town)
        delivery = await city.paid(town)
        await city.age(delivery, 200)

        async def pick_up(delivery: Any = delivery) -> None:
            with suppress(DeliveryNotFoundError):
                await city.do_step("pickup", delivery)

        await asyncio.gather(pick_up(), city.pass_deadlines("driver.silent"))
        await city.pass_deadlines("driver.silent")

        after = await city.delivery(delivery.id)
        assert after.status in {DeliveryStatus.PICKED_UP, DeliveryStatus.SEARCHING}
        assert (after.driver_id is None) == (after.status is DeliveryStatus.SEARCHING)


async def test_a_delivery_is_handed_over_once(city: Any, published: Any) -> None:
    delivery = await city.reach(DeliveryStatus.ASSIGNED)

    for use_case, event in (("pickup", "delivery.picked_up.v1"), ("deliver", "delivery.delivered.v1")):
        await published()
        results = await asyncio.gather(*(outcome(city.do_step(use_case, delivery)) for _ in range(4)))
        assert results == ["done"] * 4
        assert [one.type for one in await published()] == [event]
