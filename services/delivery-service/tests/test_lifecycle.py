"""Generated from the table: every state with every trigger, through its use case."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.machine import DELIVERY
from delivery_service.models import Delivery, DeliveryStatus
from delivery_service.service import deliveries, offers
from foodchassis import ConflictError, Principal
from foodchassis.kernel import Envelope

Published = Callable[[], Awaitable[list[Envelope]]]
TIMERS = ("driver.silent", "search.over", "pickup.overdue", "delivery.late", "delivery.lost")
Action = Callable[[Any, Delivery], Awaitable[Any]]


async def add_driver(city: Any, delivery: Delivery) -> None:
    """Bring a driver within the radius of the search."""
    away = round(delivery.pickup["lng"] - city.kitchen.lng) if delivery.pickup else 0
    await city.driver(300, town=away)


async def answer_offer(city: Any, delivery: Delivery, use_case: Any) -> None:
    offer = (await city.offers(delivery) or [None])[-1]
    if offer is not None:
        driver = Principal(offer.driver_id, frozenset({"driver"}))
        async with city.database.transaction() as session:
            await use_case(session, offer.id, driver if use_case is offers.accept else driver.id)


async def expire(city: Any, delivery: Delivery) -> None:
    for offer in await city.offers(delivery):
        await city.work(deliveries.expire, offer.id, "offer.lapsed", by="offer_id")


def expiring(timer: str) -> Action:
    async def expire_timer(city: Any, delivery: Delivery) -> None:
        await city.age(delivery, 1800)
        await city.work(deliveries.expire, delivery.id, timer)

    return expire_timer


ACTIONS: dict[str, Action] = {
    "order.paid": lambda city, delivery: city.pay_again(delivery),
    "driver.found": add_driver,
    "offer.accepted": lambda city, delivery: answer_offer(city, delivery, offers.accept),
    "offer.declined": lambda city, delivery: answer_offer(city, delivery, offers.decline),
    "offer.lapsed": expire,
    "pickup": lambda city, delivery: city.do_step("pickup", delivery),
    "deliver": lambda city, delivery: city.do_step("deliver", delivery),
    "unassign": lambda city, delivery: city.do_step("unassign", delivery, "Flat tyre."),
    "fail": lambda city, delivery: city.do_step("fail", delivery, "Nobody opened."),
    "customer.absent": lambda city, delivery: city.do_step("customer.absent", delivery, "No one opened."),
    **{timer: expiring(timer) for timer in TIMERS},
    "order.cancel_requested": lambda city, delivery: city.cancel(delivery),
}


def test_every_trigger_of_the_table_is_tested() -> None:
    assert set(ACTIONS) == set(DELIVERY.triggers)


@pytest.mark.parametrize("trigger", DELIVERY.triggers)
async def test_a_trigger_follows_the_table_or_changes_nothing(city: Any, published: Published, trigger: str) -> None:
    for town, state in enumerate(DeliveryStatus):
        delivery = await city.reach(state, town)
        await published()

        refused = await is_refused(ACTIONS[trigger](city, delivery))

        after = await city.delivery(delivery.id)
        envelopes = [(one.type, one.sequence) for one in await published() if one.subject == delivery.id]
        step = DELIVERY.step(state, trigger) if DELIVERY.allows(state, trigger) else None
        if step is None:
            unmoved = {"status", "version", "driver_id", "ended_at", "dropoff"}
            assert (state, envelopes) == (state, [])
            assert after.model_dump(include=unmoved) == delivery.model_dump(include=unmoved)
        else:
            assert (state, refused, after.status) == (state, False, step.target)
            assert after.version == delivery.version + 1
            emitted = getattr(step.emits, "event_type", None)
            assert envelopes == ([(emitted, after.version)] if emitted else [])


async def is_refused(call: Awaitable[Any]) -> bool:
    try:
        await call
    except (ConflictError, DeliveryNotFoundError):
        return True
    return False
