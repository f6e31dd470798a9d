import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Event, publish
from foodchassis.kernel import Envelope
from foodchassis.messaging import load
from foodchassis.storage import Transaction as Work
from foodchassis.storage import transaction_of
from foodchassis.testing import eventually
from order_service import service
from order_service.models import Order, OrderHistory
from order_service.rules.deadlines import TIMERS
from order_service.schemas import OrderCreate, OrderPublic
from order_service.service.storage import ORDERS

Handle = Callable[[Event], Awaitable[None]]
Place = Callable[..., Awaitable[OrderPublic]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Cancel = Callable[..., Awaitable[OrderPublic]]
PassTime = Callable[[str], Awaitable[None]]
Timers = Callable[[], Awaitable[dict[str, int]]]
Begin = Callable[[], AbstractAsyncContextManager[Work]]
Published = Callable[[], Awaitable[list[Envelope]]]
Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]


@pytest.mark.parametrize(
    ("before", "running"),
    [
        ("payment.authorized", {"payment.unanswered": 300}),
        ("accept", {"restaurant.slow": 90, "restaurant.silent": 600}),
        ("payment.completed", {"capture.unanswered": 300}),
        # The food is ready in 20 minutes.
        ("delivery.assigned", {"delivery.unanswered": 4800}),
        ("delivery.picked_up", {"pickup.overdue": 4800}),
        ("delivery.delivered", {"delivery.late": 5400, "delivery.lost": 11400}),
    ],
)
async def test_each_state_runs_its_timers_for_the_configured_time(
    order_before: OrderBefore, timers: Timers, before: str, running: dict[str, int]
) -> None:
    await order_before(before)

    assert await timers() == pytest.approx(running, abs=5)


async def test_automatic_acceptance_needs_no_timer(bistro: Any, place: Place, handle: Handle, timers: Timers) -> None:
    await handle(bistro.event("payment.authorized", await place(auto_accept=True)))

    assert await timers() == pytest.approx({"capture.unanswered": 300}, abs=5)


@pytest.mark.parametrize("before", ["payment.authorized", "accept", "delivery.assigned"])
async def test_a_cancelling_order_runs_only_the_cancellation_timer(
    bistro: Any, order_before: OrderBefore, handle: Handle, cancel: Cancel, timers: Timers, before: str
) -> None:
    placed = await order_before(before)
    await cancel(placed.id)
    assert await timers() == pytest.approx({"cancelling.stuck": 300}, abs=5)
    for trigger in ("payment.voided", "delivery.cancelled"):
        await handle(bistro.event(trigger, placed))

    assert await timers() == {}


async def test_a_stuck_cancel_needs_attention_and_is_retried_repeatedly(
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    cancel: Cancel,
    pass_time: PassTime,
    timers: Timers,
    published: Published,
    transaction: Transaction,
) -> None:
    was = REGISTRY.get_sample_value("order_compensation_stuck_total") or 0
    paid = await order_before("delivery.assigned")
    await cancel(paid.id)
    first = (await published())[-1]
    for times in (1, 2):
        await pass_time("cancelling.stuck")
        [again] = await published()
        assert (again.type, again.data) == (first.type, first.data)
        assert again.id != first.id
        assert await timers() == pytest.approx({"cancelling.stuck": 300}, abs=5)
        assert REGISTRY.get_sample_value("order_compensation_stuck_total") == was + times
    async with transaction() as session:
        assert (await session.exec(select(Order))).one().needs_attention
    for trigger in ("payment.refunded", "delivery.cancelled"):
        await handle(bistro.event(trigger, paid))

    async with transaction() as session:
        order = (await session.exec(select(Order))).one()
    assert (order.status, order.needs_attention, await timers()) == ("cancelled", False, {})


async def test_a_reminder_is_sent_once(
    order_before: OrderBefore, pass_time: PassTime, timers: Timers, published: Published
) -> None:
    await order_before("accept")
    await pass_time("restaurant.slow")

    assert [envelope.type for envelope in await published()][-1] == "order.reminded.v1"
    assert await timers() == pytest.approx({"restaurant.silent": 600}, abs=5)


async def test_a_timer_does_not_wait_for_a_locked_order(
    order_before: OrderBefore, pass_time: PassTime, timers: Timers, begin: Begin, published: Published
) -> None:
    placed = await order_before("payment.authorized")
    await published()
    async with begin() as other:
        await load(other, ORDERS, placed.id)
        await asyncio.wait_for(pass_time("payment.unanswered"), 2)
        assert await timers() == pytest.approx({"payment.unanswered": 1}, abs=1)

    assert await published() == []
    await pass_time("payment.unanswered")
    assert [envelope.type for envelope in await published()] == ["order.payment_failed.v1"]


async def test_a_late_timer_is_ignored(order_before: OrderBefore, begin: Begin, published: Published) -> None:
    placed = await order_before("delivery.assigned")
    await published()
    async with begin() as transaction:
        for timer in TIMERS - {"delivery.unanswered"}:
            await service.expire(transaction, placed.id, timer)

    assert await published() == []


async def test_a_late_payment_event_is_ignored(
    bistro: Any, order_before: OrderBefore, handle: Handle, pass_time: PassTime, session: AsyncSession
) -> None:
    placed = await order_before("payment.authorized")
    await pass_time("payment.unanswered")
    for late in ("payment.authorized", "payment.voided", "payment.declined"):
        await handle(bistro.event(late, placed))

    row = (await session.exec(select(Order))).one()
    assert (row.status, row.version, row.reason) == ("payment_failed", 2, "no answer")


async def test_the_history_names_the_timer_as_cause(
    order_before: OrderBefore, pass_time: PassTime, session: AsyncSession, published: Published
) -> None:
    await order_before("payment.authorized")
    await pass_time("payment.unanswered")

    last = (await session.exec(select(OrderHistory).order_by(col(OrderHistory.version).desc()))).first()
    assert last is not None
    assert (last.actor, last.causation_id) == ("system", "deadline payment.unanswered")
    assert (await published())[-1].correlationid == last.correlation_id


async def test_driver_events_out_of_order_lead_to_the_last_driver(
    bistro: Any, order_before: OrderBefore, handle: Handle, session: AsyncSession
) -> None:
    paid = await order_before("delivery.assigned")
    earlier = bistro.event("delivery.assigned", paid).model_copy(update={"driver_id": bistro.owner})
    lost = bistro.event("delivery.unassigned", paid).model_copy(update={"driver_id": bistro.owner})
    await handle(bistro.event("delivery.assigned", paid))
    await handle(lost)
    await handle(earlier)

    row = (await session.exec(select(Order))).one()
    assert (row.status, row.driver_id) == ("assigned", bistro.driver)


async def test_a_capture_failure_before_the_authorization_ends_the_order(bistro: Any, live_app: FastAPI) -> None:
    transaction = live_app.state.resources.get(Database).transaction
    async with live_app.state.resources.get(Database).begin() as work:
        await service.keep_restaurant(work, bistro.restaurant)
        for dish in (bistro.pizza, bistro.soup):
            await service.keep_item(work, dish)
    async with transaction() as session:
        basket = OrderCreate.model_validate(bistro.json_order())
        order = await service.place_order(await transaction_of(session), customer_id=bistro.customer, basket=basket)
    async with transaction() as session:
        await publish(session, bistro.event("payment.capture_failed", order))
        await publish(session, bistro.event("payment.authorized", order))

    async def ended() -> bool:
        async with transaction() as session:
            return bool((await session.exec(select(Order.status))).one() == "cancelled")

    # The failed capture is early at first, and is retried.
    await eventually(ended)
