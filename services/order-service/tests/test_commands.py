import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, Principal, new_id
from foodchassis.kernel import Envelope, IllegalTransitionError
from foodchassis.storage import transaction_of
from foodchassis.testing import Issuer
from order_service import service
from order_service.errors import OrderChangedError, OrderNotFoundError
from order_service.models import KitchenStatus, Order, OrderHistory
from order_service.schemas import OrderPublic

Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Cancel = Callable[..., Awaitable[OrderPublic]]
Published = Callable[[], Awaitable[list[Envelope]]]
Timers = Callable[[], Awaitable[dict[str, int]]]
Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
# 3220 of food and 322 of its tax, of a total of 4248.
FOOD = 3542


async def move_acceptance_back(transaction: Transaction) -> None:
    async with transaction() as session:
        await (await session.connection()).execute(
            text("UPDATE orders SET accepted_at = accepted_at - interval '61 s'")
        )


@pytest.mark.parametrize(
    ("role", "before", "keep"),
    [
        ("customer", "payment.authorized", 0),
        ("customer", "payment.completed", 0),
        ("customer", "delivery.assigned", FOOD),
        ("customer", "delivery.picked_up", FOOD),
        ("restaurant", "delivery.picked_up", 0),
        ("admin", "delivery.picked_up", 0),
    ],
)
async def test_the_kept_amount_depends_on_time_and_role_of_a_cancel(
    order_before: OrderBefore,
    cancel: Cancel,
    transaction: Transaction,
    published: Published,
    role: str,
    before: str,
    keep: int,
) -> None:
    placed = await order_before(before)
    await move_acceptance_back(transaction)
    cancelling = await cancel(placed.id, role)

    assert (cancelling.keep, cancelling.cancelled_by) == (keep, role)
    events = await published()
    audit = [(one.data["action"], one.data["reason"]) for one in events if one.type == "admin.acted.v1"]
    assert audit == ([("order.cancelled", "changed my mind")] if role == "admin" else [])
    requested = [one for one in events if one.type.startswith("order.")][-1]
    paid = before.startswith("delivery")
    assert requested.type == "order.cancel_requested.v1"
    fields = {name: requested.data[name] for name in ("by", "keep", "paid", "currency", "reason")}
    assert fields == {"by": role, "keep": keep, "paid": paid, "currency": "EUR", "reason": "changed my mind"}


async def test_an_admin_who_cancels_as_a_customer_is_not_audited(
    bistro: Any, order_before: OrderBefore, transaction: Transaction, published: Published
) -> None:
    placed, user = (
        await order_before("payment.authorized"),
        Principal(bistro.customer, frozenset({"admin", "customer"})),
    )

    async with transaction() as session:
        await service.cancel(session, placed.id, user, version=None, reason="changed my mind")

    assert "admin.acted.v1" not in {one.type for one in await published()}


async def test_an_admin_retries_a_stuck_cancellation(
    client: httpx2.AsyncClient, order_before: OrderBefore, cancel: Cancel, issuer: Issuer, published: Published
) -> None:
    order, admin = await order_before("delivery.assigned"), new_id()
    early = await client.post(f"/orders/{order.id}/retry", headers=issuer.bearer("admin"))
    assert (early.status_code, early.json()["order_status"]) == (409, "paid")
    await cancel(order.id)
    [*_, first] = await published()

    for role in ("customer", "restaurant", "driver"):
        assert (await client.post(f"/orders/{order.id}/retry", headers=issuer.bearer(role))).status_code == 403
    unknown = await client.post(f"/orders/{new_id()}/retry", headers=issuer.bearer("admin"))
    retried = await client.post(f"/orders/{order.id}/retry", headers=issuer.bearer("admin", admin))

    assert (unknown.status_code, retried.status_code, retried.json()["status"]) == (404, 200, "cancelling")
    again, acted = await published()
    assert (again.type, again.data) == (first.type, first.data)
    assert (acted.data["action"], acted.data["object_id"]) == ("order.retried", str(order.id))
    assert acted.data["admin_id"] == str(admin)


async def test_nothing_is_kept_right_after_acceptance(order_before: OrderBefore, cancel: Cancel) -> None:
    assert (await cancel((await order_before("delivery.picked_up")).id)).keep == 0


async def test_the_cancelled_event_has_the_kept_amount(
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    cancel: Cancel,
    transaction: Transaction,
    published: Published,
) -> None:
    paid = await order_before("delivery.assigned")
    await move_acceptance_back(transaction)
    await cancel(paid.id)
    await handle(bistro.event("delivery.cancelled", paid))
    await handle(bistro.event("payment.refunded", paid, refunded=paid.total - FOOD))

    ended = (await published())[-1]
    assert (ended.type, ended.data["keep"], ended.data["reason"]) == ("order.cancelled.v1", FOOD, "changed my mind")


async def test_a_picked_up_order_cannot_be_cancelled(
    order_before: OrderBefore, cancel: Cancel, published: Published
) -> None:
    placed = await order_before("delivery.delivered")
    envelopes = await published()

    for role in ("customer", "restaurant", "admin"):
        with pytest.raises(IllegalTransitionError, match="picked_up"):
            await cancel(placed.id, role)
    assert await published() == []
    assert envelopes


async def test_a_cancelling_order_refuses_other_commands(
    bistro: Any, order_before: OrderBefore, cancel: Cancel, session: AsyncSession
) -> None:
    placed = await order_before("accept")
    await cancel(placed.id)

    with pytest.raises(IllegalTransitionError, match="cancelling"):
        await cancel(placed.id, "restaurant")
    with pytest.raises(IllegalTransitionError, match="cancelling"):
        await service.accept(session, placed.id, user=bistro.kitchen, version=None, prep_minutes=5)


@pytest.mark.parametrize(
    ("role", "whose"), [("customer", "owner"), ("restaurant", "customer"), ("customer", "nobody"), ("driver", "driver")]
)
async def test_an_unrelated_user_cannot_cancel_an_order(
    bistro: Any, order_before: OrderBefore, session: AsyncSession, role: str, whose: str
) -> None:
    placed = await order_before("delivery.picked_up")
    stranger = Principal(getattr(bistro, whose, new_id()), frozenset({role}))

    with pytest.raises(OrderNotFoundError):
        await service.cancel(session, placed.id, stranger, version=None, reason="mine")


async def test_a_cancel_with_a_stale_version_is_refused(
    bistro: Any, order_before: OrderBefore, session: AsyncSession
) -> None:
    placed = await order_before("accept")

    with pytest.raises(OrderChangedError):
        await service.cancel(
            session,
            placed.id,
            Principal(bistro.customer, frozenset({"customer"})),
            version=frozenset({1}),
            reason="late",
        )


@pytest.mark.parametrize(
    "crossing",
    ["payment.authorized", "payment.completed", "delivery.assigned", "delivery.unassigned", "delivery.picked_up"],
)
async def test_late_events_do_not_change_a_cancelling_order(
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    cancel: Cancel,
    session: AsyncSession,
    published: Published,
    crossing: str,
) -> None:
    placed = await order_before("payment.authorized" if crossing == "payment.authorized" else "delivery.assigned")
    before = await cancel(placed.id)
    await published()
    await handle(bistro.event(crossing, placed))

    row = (await session.exec(select(Order))).one()
    assert (row.status, row.kitchen, row.version, row.driver_id) == (
        "cancelling", before.kitchen, before.version, None,
    )  # fmt: skip
    assert await published() == []


async def test_a_repeated_confirmation_counts_once(
    bistro: Any, order_before: OrderBefore, handle: Handle, cancel: Cancel, session: AsyncSession, published: Published
) -> None:
    paid = await order_before("delivery.assigned")
    await cancel(paid.id)
    for _ in range(2):
        await handle(bistro.event("delivery.cancelled", paid))
    for _ in range(2):
        await handle(bistro.event("payment.refunded", paid))

    history = (await session.exec(select(OrderHistory).order_by(col(OrderHistory.version)))).all()
    assert [(step.trigger, step.event) for step in history[4:]] == [
        ("cancel", "order.cancel_requested"),
        ("delivery.cancelled", None),
        ("payment.refunded", None),
        ("closed", "order.cancelled"),
    ]
    assert [envelope.type for envelope in await published()][-1] == "order.cancelled.v1"


async def test_a_refund_by_an_admin_does_not_confirm_the_cancel(
    bistro: Any, order_before: OrderBefore, handle: Handle, cancel: Cancel, session: AsyncSession
) -> None:
    paid = await order_before("delivery.assigned")
    await cancel(paid.id)
    await handle(bistro.event("delivery.cancelled", paid))
    await handle(bistro.event("payment.refunded", paid, cause=str(new_id()), refunded=100, amount=100))

    assert (await session.exec(select(Order))).one().status == "cancelling"


async def test_a_cancel_does_not_wait_for_an_earlier_full_refund(
    bistro: Any, order_before: OrderBefore, handle: Handle, cancel: Cancel, session: AsyncSession
) -> None:
    paid = await order_before("delivery.assigned")
    await handle(bistro.event("payment.refunded", paid, cause=str(new_id())))
    await cancel(paid.id)
    await handle(bistro.event("delivery.cancelled", paid))

    assert (await session.exec(select(Order))).one().status == "cancelled"


@pytest.mark.parametrize("rival", ["accept", "payment.authorized", "delivery.picked_up"])
async def test_a_cancel_and_a_concurrent_step_have_one_outcome(
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    cancel: Cancel,
    transaction: Transaction,
    session: AsyncSession,
    rival: str,
) -> None:
    placed = await order_before(rival)

    async def other() -> None:
        if rival != "accept":
            await handle(bistro.event(rival, placed))
            return
        async with transaction() as own:
            await service.accept(own, placed.id, user=bistro.kitchen, version=None, prep_minutes=5)

    results = await asyncio.gather(cancel(placed.id), other(), return_exceptions=True)

    row = (await session.exec(select(Order))).one()
    refused = [type(result).__name__ for result in results if isinstance(result, Exception)]
    assert (row.status, refused) in [
        ("cancelling", []),
        ("cancelling", ["IllegalTransitionError"]),
        ("picked_up", ["IllegalTransitionError"]),
    ]
    history = (await session.exec(select(OrderHistory).order_by(col(OrderHistory.version)))).all()
    assert [step.version for step in history] == list(range(1, row.version + 1))


async def test_an_address_stored_by_an_earlier_release_is_returned(
    bistro: Any, order_before: OrderBefore, transaction: Transaction, session: AsyncSession
) -> None:
    order = await order_before("accept")
    async with transaction() as changing:
        older = "UPDATE orders SET delivery_address = delivery_address || jsonb_build_object('line1', E'Weg 1\\nHof')"
        await (await changing.connection()).execute(text(older))

    async with transaction() as accepting:
        await service.accept(accepting, order.id, user=bistro.kitchen, version=None, prep_minutes=20)
    shown = await service.get_order(
        await transaction_of(session), order.id, Principal(bistro.customer, frozenset({"customer"}))
    )

    assert shown.kitchen is KitchenStatus.ACCEPTED
    assert shown.delivery_address is not None
    assert shown.delivery_address.line1 == "Weg 1\nHof"
