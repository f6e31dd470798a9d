"""One test for each row of the order's transition table, by its number."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event
from foodchassis.kernel import Envelope
from order_service import service
from order_service.models import Order, OrderHistory
from order_service.schemas import OrderPublic

Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Cancel = Callable[..., Awaitable[OrderPublic]]
PassTime = Callable[[str], Awaitable[None]]
ReadState = Callable[[], Awaitable[tuple[Order, list[str], list[str]]]]


@pytest.fixture
def read_state(transaction: Any, published: Callable[[], Awaitable[list[Envelope]]]) -> ReadState:
    """Return a function that reads the order, its triggers so far, and the types of the events since its last call."""

    async def run() -> tuple[Order, list[str], list[str]]:
        async with transaction() as session:
            order = (await session.exec(select(Order))).one()
            steps = (await session.exec(select(OrderHistory).order_by(col(OrderHistory.version)))).all()
        assert [step.version for step in steps] == list(range(1, order.version + 1))
        assert steps[-1].to_status is order.status
        return order, [step.trigger for step in steps], [envelope.type[:-3] for envelope in await published()]

    return run


async def test_row_1_a_customer_places_an_order(place: Any, read_state: ReadState) -> None:
    await place()

    order, triggers, emitted = await read_state()
    assert (order.status, triggers, emitted) == ("pending", ["place"], ["order.created"])


async def test_row_2_an_authorized_payment_places_the_order(
    bistro: Any, order_before: OrderBefore, handle: Handle, read_state: ReadState
) -> None:
    await handle(bistro.event("payment.authorized", await order_before("payment.authorized")))

    order, triggers, emitted = await read_state()
    assert (order.status, triggers[-1], emitted[-1]) == ("placed", "payment.authorized", "order.placed")


async def test_row_3_a_declined_payment_ends_the_order(
    bistro: Any, order_before: OrderBefore, handle: Handle, read_state: ReadState
) -> None:
    await handle(bistro.event("payment.declined", await order_before("payment.authorized")))

    order, _, emitted = await read_state()
    assert (order.status, order.reason, emitted[-1]) == ("payment_failed", "refused", "order.payment_failed")


async def test_row_3_an_unanswered_payment_ends_the_order(
    order_before: OrderBefore, pass_time: PassTime, read_state: ReadState
) -> None:
    await order_before("payment.authorized")
    await pass_time("payment.unanswered")

    order, triggers, emitted = await read_state()
    assert (order.status, order.reason) == ("payment_failed", "no answer")
    assert (triggers[-1], emitted[-1]) == ("payment.unanswered", "order.payment_failed")


async def test_row_4_the_restaurant_accepts(bistro: Any, order_before: OrderBefore, read_state: ReadState) -> None:
    await order_before("payment.completed")

    order, triggers, emitted = await read_state()
    assert (order.status, order.kitchen) == ("placed", "accepted")
    assert (triggers[-1], emitted[-1]) == ("accept", "order.accepted")
    assert order.accepted_at is not None


async def test_row_5_the_restaurant_rejects(
    bistro: Any, order_before: OrderBefore, transaction: Any, read_state: ReadState
) -> None:
    placed = await order_before("accept")
    async with transaction() as session:
        await service.reject(session, placed.id, user=bistro.kitchen, version=None, reason="closing")

    order, _, emitted = await read_state()
    assert (order.status, order.reason, emitted[-1]) == ("rejected", "closing", "order.rejected")


async def test_row_5_a_silent_restaurant_is_reminded_and_then_the_order_is_rejected(
    order_before: OrderBefore, pass_time: PassTime, read_state: ReadState
) -> None:
    await order_before("accept")
    await pass_time("restaurant.slow")
    reminded, _, emitted = await read_state()
    assert (reminded.status, emitted[-1]) == ("placed", "order.reminded")
    await pass_time("restaurant.silent")

    order, triggers, emitted = await read_state()
    assert (order.status, order.reason) == ("rejected", "the restaurant did not answer")
    assert (triggers[-1], emitted) == ("restaurant.silent", ["order.rejected"])


async def test_row_6_a_capture_marks_the_order_as_paid(
    bistro: Any, order_before: OrderBefore, read_state: ReadState
) -> None:
    await order_before("delivery.assigned")

    order, _, emitted = await read_state()
    assert (order.status, order.paid, emitted[-1]) == ("paid", True, "order.paid")


async def test_row_7_a_failed_capture_cancels_the_order(
    bistro: Any, order_before: OrderBefore, handle: Handle, read_state: ReadState
) -> None:
    await handle(bistro.event("payment.capture_failed", await order_before("payment.completed")))

    order, triggers, emitted = await read_state()
    assert (order.status, order.keep, order.cancelled_by, order.reason) == ("cancelled", 0, "system", "refused")
    # No money was captured and no driver searched for, so no confirmation is missing.
    assert triggers[-2:] == ["payment.capture_failed", "closed"]
    assert emitted[-2:] == ["order.cancel_requested", "order.cancelled"]


async def test_row_8_the_food_is_ready(
    bistro: Any, order_before: OrderBefore, transaction: Any, read_state: ReadState
) -> None:
    paid = await order_before("delivery.assigned")
    async with transaction() as session:
        await service.ready(session, paid.id, user=bistro.kitchen, version=None)

    order, _, emitted = await read_state()
    assert (order.status, order.kitchen, emitted[-1]) == ("paid", "ready", "order.ready")


async def test_row_9_a_driver_is_assigned(bistro: Any, order_before: OrderBefore, read_state: ReadState) -> None:
    await order_before("delivery.picked_up")

    order, _, emitted = await read_state()
    assert (order.status, order.driver_id, emitted[-1]) == ("assigned", bistro.driver, "order.assigned")


async def test_row_10_the_driver_is_unassigned(
    bistro: Any, order_before: OrderBefore, handle: Handle, read_state: ReadState
) -> None:
    assigned = await order_before("delivery.picked_up")
    await handle(bistro.event("delivery.unassigned", assigned))

    order, _, emitted = await read_state()
    assert (order.status, order.driver_id, emitted[-1]) == ("paid", None, "order.driver_lost")
    assert (order.delivery_id, order.reason) == (bistro.delivery, None)


async def test_row_11_no_driver_is_found(
    bistro: Any, order_before: OrderBefore, handle: Handle, read_state: ReadState
) -> None:
    paid = await order_before("delivery.assigned")
    await handle(bistro.event("delivery.no_driver", paid))

    order, _, emitted = await read_state()
    assert (order.status, order.keep, order.cancelled_by) == ("cancelling", 0, "system")
    assert (order.delivery_closed, order.payment_closed, emitted[-1]) == (True, False, "order.cancel_requested")
    await handle(bistro.event("payment.refunded", paid))
    assert (await read_state())[0].status == "cancelled"


async def test_row_12_the_food_is_picked_up(bistro: Any, order_before: OrderBefore, read_state: ReadState) -> None:
    await order_before("delivery.delivered")

    order, _, emitted = await read_state()
    assert (order.status, order.kitchen, emitted[-1]) == ("picked_up", "handed_over", "order.picked_up")


async def test_row_13_the_food_is_delivered(
    bistro: Any, order_before: OrderBefore, handle: Handle, read_state: ReadState
) -> None:
    await handle(bistro.event("delivery.delivered", await order_before("delivery.delivered")))

    order, _, emitted = await read_state()
    assert (order.status, emitted[-1]) == ("delivered", "order.delivered")


async def test_row_14_the_food_cannot_be_handed_over(
    bistro: Any, order_before: OrderBefore, handle: Handle, read_state: ReadState
) -> None:
    await handle(bistro.event("delivery.undeliverable", await order_before("delivery.delivered")))

    order, _, emitted = await read_state()
    assert (order.status, order.reason, emitted[-1]) == ("undeliverable", "lost", "order.undeliverable")


@pytest.mark.parametrize(
    ("before", "paid"),
    [
        ("payment.authorized", False),
        ("accept", False),
        ("payment.completed", False),
        ("delivery.assigned", True),
        ("delivery.picked_up", True),
    ],
)
async def test_row_15_an_order_is_cancelled(
    bistro: Any,
    order_before: OrderBefore,
    cancel: Cancel,
    read_state: ReadState,
    session: AsyncSession,
    before: str,
    paid: bool,
) -> None:
    placed = await order_before(before)
    cancelling = await cancel(placed.id)

    order, triggers, emitted = await read_state()
    assert cancelling.status == order.status == "cancelling"
    assert (order.reason, order.cancelled_by, order.keep) == ("changed my mind", "customer", 0)
    assert (order.payment_closed, order.delivery_closed, order.paid) == (False, not paid, paid)
    assert (triggers[-1], emitted[-1]) == ("cancel", "order.cancel_requested")


@pytest.mark.parametrize("last", ["payment", "delivery"])
async def test_row_16_an_order_is_cancelled_when_both_services_confirmed(
    bistro: Any, order_before: OrderBefore, handle: Handle, cancel: Cancel, read_state: ReadState, last: str
) -> None:
    paid = await order_before("delivery.assigned")
    await cancel(paid.id)
    confirmations = [bistro.event("payment.refunded", paid), bistro.event("delivery.cancelled", paid)]
    first, second = confirmations if last == "delivery" else confirmations[::-1]
    await read_state()
    await handle(first)
    order, _, emitted = await read_state()
    assert (order.status, emitted) == ("cancelling", [])
    await handle(second)

    order, triggers, emitted = await read_state()
    assert (order.status, emitted) == ("cancelled", ["order.cancelled"])
    assert triggers[-3:] == [first.routing_key, second.routing_key, "closed"]
