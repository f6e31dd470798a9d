import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, Principal, new_id
from foodchassis.kernel import Envelope, IllegalTransitionError
from order_service import service
from order_service.errors import OrderChangedError, OrderNotFoundError
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


@pytest.mark.parametrize(
    ("before", "early"),
    [
        ("payment.authorized", "payment.completed"),
        ("accept", "payment.completed"),
        ("payment.completed", "delivery.assigned"),
        ("delivery.assigned", "delivery.picked_up"),
        ("delivery.picked_up", "delivery.delivered"),
    ],
)
async def test_an_early_event_is_refused_and_changes_nothing(
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    published: Published,
    session: AsyncSession,
    before: str,
    early: str,
) -> None:
    order = await order_before(before)
    count = len(await published())

    with pytest.raises(IllegalTransitionError):
        await handle(bistro.event(early, order))
    row, history = await stored(session)
    assert row.version == len(history) == count
    assert await published() == []


@pytest.mark.parametrize(
    "repeated", ["payment.authorized", "payment.completed", "delivery.assigned", "delivery.picked_up"]
)
async def test_a_repeated_event_is_ignored(
    bistro: Any, order_before: OrderBefore, handle: Handle, session: AsyncSession, repeated: str
) -> None:
    order = await order_before("delivery.delivered")
    await handle(bistro.event(repeated, order))

    row, history = await stored(session)
    assert (row.status, row.version, len(history)) == ("picked_up", 6, 6)


@pytest.mark.parametrize(
    ("repeated", "changes"), [("payment.authorized", {"amount": 1}), ("delivery.assigned", {"driver_id": new_id()})]
)
async def test_a_repeated_event_that_contradicts_the_order_is_not_ignored(
    bistro: Any, order_before: OrderBefore, handle: Handle, repeated: str, changes: dict[str, Any]
) -> None:
    order = await order_before("delivery.delivered")

    with pytest.raises(IllegalTransitionError):
        await handle(bistro.event(repeated, order, **changes))


async def test_a_payment_of_another_amount_does_not_place_the_order(bistro: Any, place: Place, handle: Handle) -> None:
    order = await place()

    with pytest.raises(IllegalTransitionError, match="amount and currency"):
        await handle(bistro.event("payment.authorized", order, amount=order.total - 1))


async def test_an_event_about_an_unknown_order_is_refused(bistro: Any, place: Place, handle: Handle) -> None:
    order = await place()

    with pytest.raises(OrderNotFoundError):
        await handle(bistro.event("payment.authorized", order, order_id=new_id()))


async def test_a_command_with_a_stale_version_is_refused(
    bistro: Any, order_before: OrderBefore, session: AsyncSession
) -> None:
    order = await order_before("accept")

    with pytest.raises(OrderChangedError, match="version is 2"):
        await service.accept(session, order.id, user=bistro.kitchen, version=frozenset({1}), prep_minutes=5)


async def test_a_command_of_an_unrelated_user_is_refused(
    bistro: Any, order_before: OrderBefore, session: AsyncSession
) -> None:
    order = await order_before("accept")

    with pytest.raises(OrderNotFoundError):
        await service.accept(
            session, order.id, user=Principal(bistro.customer, frozenset({"restaurant"})), version=None, prep_minutes=5
        )


async def test_only_one_of_two_concurrent_commands_succeeds(
    bistro: Any, order_before: OrderBefore, transaction: Transaction, session: AsyncSession
) -> None:
    order = await order_before("accept")

    async def accept() -> OrderPublic:
        async with transaction() as own:
            return await service.accept(own, order.id, user=bistro.kitchen, version=None, prep_minutes=5)

    async def reject() -> OrderPublic:
        async with transaction() as own:
            return await service.reject(own, order.id, user=bistro.kitchen, version=None, reason="closing")

    results = await asyncio.gather(accept(), reject(), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["IllegalTransitionError", "OrderPublic"]
    row, history = await stored(session)
    assert row.version == len(history) == 3
