from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from sqlalchemy import update
from sqlmodel import col

from delivery_service.adapters import positions
from delivery_service.models import Delivery, DeliveryStatus, Driver, OfferStatus
from delivery_service.service import deliveries
from foodchassis import now
from foodchassis.kernel import Envelope

Published = Callable[[], Awaitable[list[Envelope]]]
TIMERS = [
    "search.again", "search.over", "offer.lapsed", "driver.silent", "pickup.overdue", "delivery.late", "delivery.lost",
]  # fmt: skip
RUNNING = [DeliveryStatus.SEARCHING, DeliveryStatus.OFFERED, DeliveryStatus.ASSIGNED, DeliveryStatus.PICKED_UP]
ENDED = [
    DeliveryStatus.DELIVERED, DeliveryStatus.NO_DRIVER, DeliveryStatus.CANCELLED, DeliveryStatus.UNDELIVERABLE,
]  # fmt: skip


@pytest.mark.parametrize("status", RUNNING)
async def test_a_cancelled_order_ends_its_delivery_and_frees_its_driver(
    city: Any, published: Published, status: DeliveryStatus
) -> None:
    delivery = await city.reach(status)
    before = await city.offers(delivery)
    await published()

    after = await city.cancel(delivery)

    assert (after.status, after.driver_id) == (DeliveryStatus.CANCELLED, delivery.driver_id)
    assert after.ended_at is not None
    envelopes = await published()
    assert [(one.type, one.subject, one.sequence) for one in envelopes] == [
        ("delivery.cancelled.v1", delivery.id, delivery.version + 1)
    ]
    assert envelopes[0].data == {"delivery_id": str(delivery.id), "order_id": str(delivery.order_id)}
    assert await city.timers(*TIMERS) == set()
    for offer in before:
        assert (await city.latest_offer(delivery)).status is OfferStatus.WITHDRAWN
        assert (await city.latest_offer(await city.paid())).driver_id == offer.driver_id


async def test_the_driver_of_a_cancelled_order_gets_a_waiting_delivery_immediately(city: Any) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)
    waiting = await city.paid()

    await city.cancel(delivery)

    assert (await city.delivery(waiting.id)).driver_id == delivery.driver_id


@pytest.mark.parametrize("status", ENDED)
async def test_a_cancellation_after_the_end_changes_nothing(
    city: Any, published: Published, status: DeliveryStatus
) -> None:
    delivery = await city.reach(status)
    await published()

    assert await city.cancel(delivery) == delivery
    assert await published() == []


async def test_an_order_that_was_never_paid_has_no_delivery_to_cancel(city: Any, published: Published) -> None:
    assert await city.cancel(city.order(), paid=False) is None
    assert await published() == []


async def test_an_order_paid_after_its_cancellation_starts_no_search(city: Any, published: Published) -> None:
    await city.driver(auto_accept=True)
    order = city.order()

    cancelled = await city.cancel(order)
    await city.cancel(order)
    await city.pay(order)

    assert (await city.find(order.order_id)) == cancelled
    assert (cancelled.status, cancelled.dropoff, cancelled.customer_id) == (
        DeliveryStatus.CANCELLED, None, order.customer_id,
    )  # fmt: skip
    assert [(one.type, one.sequence) for one in await published()] == [("delivery.cancelled.v1", 1)]


@pytest.mark.parametrize("status", [DeliveryStatus.SEARCHING, DeliveryStatus.OFFERED])
async def test_a_search_that_takes_too_long_ends(city: Any, published: Published, status: DeliveryStatus) -> None:
    delivery = await city.reach(status)
    assert 890 < await city.seconds_left(delivery) <= 900
    await published()

    await city.pass_deadlines("search.over")

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.NO_DRIVER
    assert await city.timers(*TIMERS) == set()
    assert [(one.type, one.sequence) for one in await published()] == [("delivery.no_driver.v1", delivery.version + 1)]
    for offer in await city.offers(delivery):
        assert offer.status is OfferStatus.WITHDRAWN
        # A driver with an open offer becomes free.
        assert (await city.latest_offer(await city.paid())).driver_id == offer.driver_id


async def test_a_silent_driver_loses_the_delivery_and_goes_offline(city: Any, published: Published) -> None:
    silent = await city.driver(100, auto_accept=True)
    delivery = await city.paid()
    second = await city.driver(200)
    await city.age(delivery, 196)
    await published()

    await city.pass_deadlines("driver.silent")

    after = await city.delivery(delivery.id)
    assert (after.status, after.driver_id) == (DeliveryStatus.OFFERED, None)
    assert [(one.driver_id, one.status) for one in await city.offers(delivery)] == [
        (silent, OfferStatus.ABANDONED),
        (second, OfferStatus.OPEN),
    ]
    assert not (await city.profile(silent)).online
    assert silent not in await positions.nearest(city.resources.get(Redis), city.kitchen, 3000)
    assert [(one.type, one.sequence) for one in await published()] == [
        ("delivery.unassigned.v1", 4),
        ("delivery.offered.v1", 5),
    ]
    assert 890 < await city.seconds_left(delivery) <= 900


async def set_report_age(city: Any, delivery: Delivery, *, assigned: float, located: float) -> None:
    async with city.database.transaction() as session:
        mine = update(Delivery).where(col(Delivery.id) == delivery.id)
        await session.exec(mine.values(assigned_at=now() - timedelta(seconds=assigned)))
        theirs = update(Driver).where(col(Driver.id) == delivery.driver_id)
        await session.exec(theirs.values(located_at=now() - timedelta(seconds=located)))


@pytest.mark.parametrize(("assigned", "located", "left"), [(900, 60, 135), (900, 190, 5), (60, 900, 120), (0, 0, 195)])
async def test_a_driver_who_reported_recently_keeps_the_delivery(
    city: Any, published: Published, assigned: float, located: float, left: float
) -> None:
    delivery = await city.reach(DeliveryStatus.ASSIGNED)
    await set_report_age(city, delivery, assigned=assigned, located=located)
    await published()

    await city.pass_deadlines("driver.silent")

    assert (await city.delivery(delivery.id)).driver_id == delivery.driver_id
    # Positions are stored every 15 seconds: the last report may be newer by that time.
    assert left - 5 < await city.seconds_left(delivery, "driver.silent") <= left
    assert await published() == []


async def test_a_driver_who_is_just_reporting_is_not_silent(city: Any) -> None:
    delivery = await city.reach(DeliveryStatus.ASSIGNED)
    await city.age(delivery, 900)

    async with city.database.transaction() as reporting:
        await reporting.get_one(Driver, delivery.driver_id, with_for_update={"key_share": True})
        await city.pass_deadlines("driver.silent")

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.ASSIGNED
    assert await city.seconds_left(delivery, "driver.silent") <= 1


@pytest.mark.parametrize("status", [DeliveryStatus.SEARCHING, DeliveryStatus.ASSIGNED])
async def test_a_timer_does_not_wait_for_a_locked_delivery(city: Any, status: DeliveryStatus) -> None:
    delivery = await city.reach(status)
    await city.age(delivery, 900)
    timer = "driver.silent" if status is DeliveryStatus.ASSIGNED else "search.over"

    async with city.database.transaction() as holder:
        await holder.get_one(Delivery, delivery.id, with_for_update=True)
        await city.pass_deadlines(timer)

    assert (await city.delivery(delivery.id)).status is status
    assert await city.seconds_left(delivery, timer) <= 1


async def test_a_driver_who_reports_but_does_not_pick_up_loses_the_delivery(city: Any, published: Published) -> None:
    never = await city.driver(100, auto_accept=True)
    delivery = await city.paid()
    second = await city.driver(200, auto_accept=True)
    waiting = await city.paid()
    await city.age(delivery, 1801)
    await city.age_report(never, 0)
    await published()

    await city.pass_deadlines("driver.silent", "pickup.overdue")

    after = await city.delivery(delivery.id)
    assert waiting.driver_id == second
    # The driver is online, and available for deliveries without an earlier offer.
    assert (after.status, (await city.profile(never)).online) == (DeliveryStatus.SEARCHING, True)
    assert (await city.delivery((await city.paid()).id)).driver_id == never
    lost = (await published())[0]
    assert (lost.type, lost.data["driver_id"]) == ("delivery.unassigned.v1", str(never))
    assert lost.data["reason"] == "The driver did not pick up the food in time."
    assert await city.timers("driver.silent", "pickup.overdue") >= {("driver.silent", waiting.id)}


async def test_food_on_the_way_too_long_needs_attention_and_then_counts_as_lost(
    city: Any, published: Published
) -> None:
    delivery = await city.reach(DeliveryStatus.PICKED_UP)
    waiting = await city.paid()
    late = REGISTRY.get_sample_value("delivery_late_total") or 0
    await published()

    await city.pass_deadlines("delivery.late")

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.PICKED_UP
    assert REGISTRY.get_sample_value("delivery_late_total") == late + 1
    assert await published() == []
    assert await city.timers("delivery.late", "delivery.lost") == {("delivery.lost", delivery.id)}

    await city.pass_deadlines("delivery.lost")

    assert (await city.delivery(delivery.id)).status is DeliveryStatus.UNDELIVERABLE
    assert (await city.latest_offer(delivery)).status is OfferStatus.FAILED
    assert (await city.delivery(waiting.id)).driver_id == delivery.driver_id
    ended = (await published())[0]
    assert (ended.type, ended.data["responsible"]) == ("delivery.undeliverable.v1", "courier")
    assert ended.data["reason"] == "The driver did not report the delivery in time."


@pytest.mark.parametrize(
    ("status", "timer", "after"),
    [
        (DeliveryStatus.SEARCHING, "search.over", DeliveryStatus.NO_DRIVER),
        (DeliveryStatus.OFFERED, "search.over", DeliveryStatus.NO_DRIVER),
        (DeliveryStatus.ASSIGNED, "driver.silent", DeliveryStatus.SEARCHING),
    ],
)
async def test_a_timer_set_by_the_previous_release_keeps_its_meaning(
    city: Any, status: DeliveryStatus, timer: str, after: DeliveryStatus
) -> None:
    delivery = await city.reach(status)
    await city.rename_timers(timer, "delivery.overdue")

    await city.pass_deadlines("delivery.overdue")
    assert (await city.delivery(delivery.id)).status is status
    assert await city.seconds_left(delivery, timer) > 170

    await city.rename_timers(timer, "delivery.overdue")
    await city.age(delivery, 900)
    await city.pass_deadlines("delivery.overdue")
    assert (await city.delivery(delivery.id)).status is after


@pytest.mark.parametrize("status", [DeliveryStatus.PICKED_UP, *ENDED])
async def test_a_late_timer_changes_nothing(city: Any, published: Published, status: DeliveryStatus) -> None:
    delivery = await city.reach(status)
    await published()

    for timer in ("delivery.overdue", "search.over", "driver.silent", "pickup.overdue"):
        await city.work(deliveries.expire, delivery.id, timer)

    assert await city.delivery(delivery.id) == delivery
    assert await published() == []


@pytest.mark.parametrize("status", ENDED)
async def test_ready_food_is_not_recorded_after_the_end(city: Any, status: DeliveryStatus) -> None:
    delivery = await city.reach(status)

    assert await city.order_ready(delivery) == delivery
