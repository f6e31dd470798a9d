"""Decisions are stored as made, and rows are read as stored."""

import asyncio
from typing import Any

import pytest

from delivery_service.decide import Input
from delivery_service.models import Delivery, DeliveryStatus, Offer, OfferStatus
from delivery_service.service import deliveries
from delivery_service.service.search import move
from delivery_service.service.storage import DELIVERIES, policy_of
from delivery_service.settings import DeliverySettings
from foodchassis import new_id
from foodchassis.kernel import BusyError
from foodchassis.messaging import load
from foodchassis.testing import eventually


async def read(city: Any, key: Any, by: str = "id") -> Any:
    async with city.database.begin() as transaction:
        return await load(transaction, DELIVERIES, key, by=by)


@pytest.mark.parametrize("status", list(DeliveryStatus))
async def test_a_delivery_is_read_as_it_was_stored(city: Any, status: DeliveryStatus) -> None:
    stored = await city.reach(status)
    offers = await city.offers(stored)

    found = await read(city, stored.id)

    assert {name: getattr(found, name) for name in Delivery.model_fields} == stored.model_dump()
    assert [one.model_dump() for one in found.offers] == [one.model_dump() for one in offers]
    assert await read(city, stored.order_id, "order_id") == found
    assert [await read(city, offer.id, "offer_id") for offer in offers] == [found] * len(offers)


async def test_a_decision_is_stored_as_it_was_made(city: Any) -> None:
    await city.driver(100)
    second = await city.driver(200, auto_accept=True)
    delivery = await city.paid()
    offer = await city.latest_offer(delivery)

    decided = await city.work(move, offer.id, "offer.declined", by="offer_id", given=Input(offer_id=offer.id))

    assert (decided.row.status, decided.row.driver_id) == (DeliveryStatus.ASSIGNED, second)
    found = await read(city, delivery.id)
    assert found.heard_at == (await city.profile(second)).located_at
    assert found == decided.row.model_copy(update={"heard_at": found.heard_at})


async def test_facts_about_the_driver_are_read_with_the_delivery(city: Any) -> None:
    driver = await city.driver(auto_accept=True)
    delivery = await city.paid()
    assert (await read(city, delivery.id)).hands_free

    await city.create_profile(driver, auto_accept=False)

    assert not (await read(city, delivery.id)).hands_free


@pytest.mark.parametrize("by", ["id", "order_id", "offer_id"])
async def test_a_missing_delivery_is_read_as_none(city: Any, by: str) -> None:
    assert await read(city, new_id(), by) is None


async def test_a_transaction_that_waited_for_the_lock_reads_the_new_offers(city: Any) -> None:
    delivery = await city.paid()

    async with city.database.transaction() as holder:
        await holder.get_one(Delivery, delivery.id, with_for_update=True)
        waiting = asyncio.create_task(read(city, delivery.id))
        await eventually(city.transaction_is_blocked)
        driver = await city.driver(online=False)
        made = Offer(
            id=new_id(), delivery_id=delivery.id, driver_id=driver, status=OfferStatus.DECLINED, distance_m=1,
            created_at=delivery.created_at, expires_at=delivery.created_at, closed_at=delivery.created_at,
        )  # fmt: skip
        holder.add(made)
        await holder.flush()

    assert [one.id for one in (await waiting).offers] == [made.id]


async def test_concurrent_payments_of_one_order_create_one_delivery(city: Any) -> None:
    order = city.order()

    async def pay() -> str:
        try:
            async with city.database.begin() as transaction:
                await deliveries.begin(transaction, order)
        except BusyError:
            return "busy"
        return "begun"

    outcomes = await asyncio.gather(*(pay() for _ in range(4)))

    assert outcomes.count("begun") >= 1
    assert (await city.delivery_of(order.order_id)).version == 1
    assert len(await city.timers("search.over")) == 1


def test_the_policy_equals_the_settings() -> None:
    class Held:
        def get(self, _: Any) -> DeliverySettings:
            return DeliverySettings(offer_lifetime=7, search_radii_m=(1, 2))

    policy = policy_of(Held())  # type: ignore[arg-type]

    assert (policy.offer_lifetime, policy.search_radii_m, policy.driver_silence) == (7, (1, 2), 180)
