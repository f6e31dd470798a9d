"""Generated from the table: every state with every trigger, by the use case that pulls it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.machine import DELIVERY
from delivery_service.models import Delivery
from delivery_service.service import offers, rides, timers
from delivery_service.states import DeliveryStatus
from foodchassis import ConflictError, Envelope, Principal, Step

Published = Callable[[], Awaitable[list[Envelope]]]
Pull = Callable[[Any, Delivery], Awaitable[Any]]


async def find(city: Any, delivery: Delivery) -> None:
    """Somebody who may be asked comes near."""
    away = round(delivery.pickup["lng"] - city.kitchen.lng) if delivery.pickup else 0
    await city.driver(300, town=away)


async def answer(city: Any, delivery: Delivery, use_case: Any) -> None:
    offer = (await city.offers(delivery) or [None])[-1]
    if offer is not None:
        driver = Principal(offer.driver_id, frozenset({"driver"}))
        async with city.database.transaction() as session:
            await use_case(session, offer.id, driver if use_case is offers.accept else driver.id)


async def lapse(city: Any, delivery: Delivery) -> None:
    for offer in await city.offers(delivery):
        async with city.database.transaction() as session:
            await offers.lapse(session, offer.id)


async def silence(city: Any, delivery: Delivery) -> None:
    await city.waits(delivery, 900)
    await city.pass_deadlines(timers.OVERDUE)


PULLS: dict[str, Pull] = {
    "order.paid": lambda city, delivery: city.announce_again(delivery),
    "driver.found": find,
    "offer.accepted": lambda city, delivery: answer(city, delivery, offers.accept),
    "offer.declined": lambda city, delivery: answer(city, delivery, offers.decline),
    "offer.lapsed": lapse,
    "pickup": lambda city, delivery: city.ride(rides.pick_up, delivery),
    "deliver": lambda city, delivery: city.ride(rides.hand_over, delivery),
    "unassign": lambda city, delivery: city.ride(rides.unassign, delivery, "Flat tyre."),
    "fail": lambda city, delivery: city.ride(rides.fail, delivery, "Nobody opened."),
    "driver.silent": silence,
    "search.over": silence,
    "order.cancel_requested": lambda city, delivery: city.cancel(delivery),
}
# One timer pulls both: which of them, the state says.
TWINS = {"driver.silent": "search.over", "search.over": "driver.silent"}


def test_every_trigger_of_the_table_is_pulled() -> None:
    assert set(PULLS) == set(DELIVERY.triggers)


@pytest.mark.parametrize("trigger", DELIVERY.triggers)
async def test_a_trigger_does_what_the_table_says_and_else_nothing(
    city: Any, published: Published, trigger: str
) -> None:
    for town, state in enumerate(DeliveryStatus):
        delivery = await city.reach(state, town)
        await published()

        refused = await is_refused(PULLS[trigger](city, delivery))

        after = await city.delivery(delivery.id)
        told = [(one.type, one.sequence) for one in await published() if one.subject == delivery.id]
        step = step_of(state, trigger)
        if step is None:
            unmoved = {"status", "version", "driver_id", "ended_at", "dropoff"}
            assert (state, told) == (state, [])
            assert after.model_dump(include=unmoved) == delivery.model_dump(include=unmoved)
        else:
            assert (state, refused, after.status) == (state, False, step.target)
            assert after.version == delivery.version + 1
            emitted = getattr(step.emits, "event_type", None)
            assert told == ([(emitted, after.version)] if emitted else [])


async def is_refused(call: Awaitable[Any]) -> bool:
    try:
        await call
    except (ConflictError, DeliveryNotFoundError):
        return True
    return False


def step_of(state: DeliveryStatus, trigger: str) -> Step[DeliveryStatus] | None:
    pulled = [one for one in (trigger, TWINS.get(trigger, trigger)) if DELIVERY.allows(state, one)]
    return DELIVERY.step(state, pulled[0]) if pulled else None
