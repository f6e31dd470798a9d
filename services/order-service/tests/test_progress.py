from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, new_id, now
from foodchassis.kernel import Envelope, IllegalTransitionError
from foodevents import PaymentDeclined
from order_service import service
from order_service.models import Order, OrderHistory
from order_service.schemas import OrderPublic

Handle = Callable[[Event], Awaitable[None]]
Place = Callable[..., Awaitable[OrderPublic]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Published = Callable[[], Awaitable[list[Envelope]]]
Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]


async def stored(session: AsyncSession) -> tuple[Order, list[OrderHistory]]:
    history = select(OrderHistory).order_by(col(OrderHistory.version))
    return (await session.exec(select(Order))).one(), list((await session.exec(history)).all())


async def test_an_order_goes_from_basket_to_delivered(
    bistro: Any, order_before: OrderBefore, handle: Handle, published: Published, session: AsyncSession
) -> None:
    order = await order_before("delivery.delivered")
    await handle(bistro.event("delivery.delivered", order))

    row, history = await stored(session)
    assert (row.version, row.status, row.kitchen) == (7, "delivered", "handed_over")
    assert (row.driver_id, row.delivery_id) == (bistro.driver, bistro.delivery)
    assert [step.version for step in history] == [1, 2, 3, 4, 5, 6, 7]
    assert all(step.to_status == after.from_status for step, after in pairwise(history))
    envelopes = [(envelope.type, envelope.sequence) for envelope in await published()]
    names = ("created", "placed", "accepted", "paid", "assigned", "picked_up", "delivered")
    assert envelopes == [(f"order.{name}.v1", sequence) for sequence, name in enumerate(names, 1)]
    assert [step.event for step in history] == [f"order.{name}" for name in names]


async def test_a_paid_order_is_published_with_all_that_delivery_needs(
    bistro: Any, order_before: OrderBefore, handle: Handle, published: Published
) -> None:
    order = await order_before("delivery.assigned")

    paid = (await published())[-1].data
    assert (paid["pickup"]["line1"], paid["dropoff"]["line1"]) == ("Ring 1", "Gasse 2")
    assert (paid["restaurant_name"], paid["delivery_fee"], paid["tip"]) == ("Da Lia", 299, 200)
    assert (paid["order_id"], paid["customer_id"]) == (str(order.id), str(bistro.customer))
    assert paid["ready_at"] is not None


async def test_automatic_acceptance_follows_the_payment(
    bistro: Any, place: Place, handle: Handle, published: Published, session: AsyncSession
) -> None:
    order = await place(auto_accept=True)
    await handle(bistro.event("payment.authorized", order))

    row, history = await stored(session)
    assert (row.version, row.status, row.kitchen) == (3, "placed", "accepted")
    assert row.ready_at is not None
    assert abs(row.ready_at - now() - timedelta(minutes=15)) < timedelta(minutes=1)
    assert [(step.trigger, step.actor) for step in history[1:]] == [
        ("payment.authorized", "system"),
        ("accept", "system"),
    ]
    assert [envelope.type for envelope in await published()][1:] == ["order.placed.v1", "order.accepted.v1"]


async def test_a_declined_payment_ends_the_order(
    bistro: Any, place: Place, handle: Handle, published: Published, session: AsyncSession
) -> None:
    order = await place()
    await handle(PaymentDeclined(payment_id=new_id(), order_id=order.id, reason="insufficient funds"))

    row, _ = await stored(session)
    assert (row.status, row.reason) == ("payment_failed", "insufficient funds")
    assert (await published())[-1].data["reason"] == "insufficient funds"


async def test_a_rejected_order_has_a_reason(
    bistro: Any, order_before: OrderBefore, published: Published, session: AsyncSession
) -> None:
    order = await order_before("accept")
    rejected = await service.reject(
        session, order.id, user=bistro.kitchen, version=frozenset({2}), reason="out of flour"
    )
    await session.flush()

    assert (rejected.status, rejected.reason, rejected.version) == ("rejected", "out of flour", 3)
    with pytest.raises(IllegalTransitionError, match="rejected"):
        await service.accept(session, order.id, user=bistro.kitchen, version=None, prep_minutes=5)


async def test_ready_changes_only_the_kitchen_status(
    bistro: Any, order_before: OrderBefore, session: AsyncSession
) -> None:
    order = await order_before("delivery.assigned")
    changed = await service.ready(session, order.id, user=bistro.kitchen, version=None)

    assert (changed.status, changed.kitchen, changed.version) == ("paid", "ready", 5)
