from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, new_id
from foodchassis.kernel import Envelope
from foodchassis.storage import transaction_of
from foodchassis.testing import Issuer
from foodevents import UserErased
from order_service import service
from order_service.errors import AccountClosedError, RestaurantClosedError
from order_service.models import Order
from order_service.schemas import OrderCreate, OrderPublic

Handle = Callable[[Event], Awaitable[None]]
Place = Callable[..., Awaitable[OrderPublic]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Published = Callable[[], Awaitable[list[Envelope]]]
PassTime = Callable[[str], Awaitable[None]]
Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
ERASED = {"line1": "erased", "city": "erased", "postal_code": "erased", "lat": 48.2, "lng": 16.4}


async def the_order(transaction: Transaction) -> Order:
    async with transaction() as session:
        return (await session.exec(select(Order))).one()


async def test_erasure_removes_the_address_of_an_ended_order_and_keeps_its_price(
    bistro: Any, order_before: OrderBefore, handle: Handle, transaction: Transaction
) -> None:
    placed = await order_before("delivery.delivered")
    await handle(bistro.event("delivery.delivered", placed))
    await handle(UserErased(user_id=bistro.customer))

    order = await the_order(transaction)
    assert order.delivery_address == ERASED
    assert (order.total, order.customer_id, order.version) == (placed.total, bistro.customer, 7)


async def test_the_address_of_a_running_order_is_erased_when_it_ends(
    bistro: Any, order_before: OrderBefore, handle: Handle, transaction: Transaction
) -> None:
    placed = await order_before("delivery.picked_up")
    await handle(UserErased(user_id=bistro.customer))
    assert (await the_order(transaction)).delivery_address["line1"] == "Gasse 2"
    await handle(bistro.event("delivery.picked_up", placed))
    assert (await the_order(transaction)).delivery_address["line1"] == "Gasse 2"
    await handle(bistro.event("delivery.delivered", placed))

    assert (await the_order(transaction)).delivery_address == ERASED


async def test_the_reason_of_a_cancelled_order_is_erased(
    bistro: Any, order_before: OrderBefore, handle: Handle, cancel: Any, transaction: Transaction
) -> None:
    placed = await order_before("payment.authorized")
    await cancel(placed.id)
    await handle(UserErased(user_id=bistro.customer))
    await handle(bistro.event("payment.voided", placed))

    order = await the_order(transaction)
    assert (order.status, order.delivery_address, order.reason) == ("cancelled", ERASED, "erased")


async def test_erasure_does_not_affect_other_customers(
    bistro: Any, order_before: OrderBefore, handle: Handle, transaction: Transaction
) -> None:
    await handle(bistro.event("payment.declined", await order_before("payment.authorized")))
    await handle(UserErased(user_id=new_id()))

    order = await the_order(transaction)
    assert (order.delivery_address["line1"], order.customer_erased) == ("Gasse 2", False)


async def test_an_order_placed_during_the_erasure_is_erased_later(
    bistro: Any, replicate_restaurant: Any, handle: Handle, pass_time: PassTime, transaction: Transaction
) -> None:
    await replicate_restaurant()
    async with transaction() as session:
        basket = OrderCreate.model_validate(bistro.json_order())
        placed = await service.place_order(await transaction_of(session), customer_id=bistro.customer, basket=basket)
        await handle(UserErased(user_id=bistro.customer))
    await handle(bistro.event("payment.declined", placed))
    assert (await the_order(transaction)).delivery_address["line1"] == "Gasse 2"
    await pass_time("customer.erased")

    assert (await the_order(transaction)).delivery_address == ERASED


async def test_stored_idempotent_responses_are_erased(
    bistro: Any,
    client: httpx2.AsyncClient,
    replicate_restaurant: Any,
    customer: Any,
    handle: Handle,
    transaction: Transaction,
) -> None:
    await replicate_restaurant()
    await client.post("/orders", json=bistro.json_order(), headers=customer())

    async def answers() -> int:
        async with transaction() as session:
            query = text("SELECT count(*) FROM idempotency_keys")
            return int((await (await session.connection()).execute(query)).scalar_one())

    assert await answers() == 1
    await handle(UserErased(user_id=bistro.customer))
    assert await answers() == 0


@pytest.mark.parametrize(
    ("before", "status", "published_last"),
    [
        ("payment.authorized", "cancelling", "order.cancel_requested.v1"),
        ("accept", "rejected", "order.rejected.v1"),
        ("payment.completed", "cancelling", "order.cancel_requested.v1"),
        ("delivery.assigned", "cancelling", "order.cancel_requested.v1"),
        ("delivery.picked_up", "cancelling", "order.cancel_requested.v1"),
    ],
)
async def test_open_orders_of_an_erased_owner_end_immediately(
    bistro: Any,
    order_before: OrderBefore,
    handle: Handle,
    transaction: Transaction,
    published: Published,
    before: str,
    status: str,
    published_last: str,
) -> None:
    await order_before(before)
    await handle(UserErased(user_id=bistro.owner))

    order = await the_order(transaction)
    assert (order.status, order.responsible, order.reason) == (status, "restaurant", "the restaurant has closed")
    assert order.keep in {None, 0}
    last = (await published())[-1]
    assert (last.type, last.data["responsible"]) == (published_last, "restaurant")


async def test_a_picked_up_order_of_an_erased_owner_is_delivered(
    bistro: Any, order_before: OrderBefore, handle: Handle, transaction: Transaction
) -> None:
    placed = await order_before("delivery.delivered")
    await handle(UserErased(user_id=bistro.owner))
    await handle(bistro.event("delivery.delivered", placed))

    assert (await the_order(transaction)).status == "delivered"


async def test_a_restaurant_of_an_erased_owner_accepts_no_orders(
    bistro: Any, replicate_restaurant: Any, place: Place, handle: Handle
) -> None:
    await handle(UserErased(user_id=bistro.owner))

    with pytest.raises(RestaurantClosedError, match="permanently closed"):
        await place(version=9)


async def test_an_erased_customer_cannot_order(bistro: Any, place: Place, handle: Handle) -> None:
    await handle(UserErased(user_id=bistro.customer))

    with pytest.raises(AccountClosedError):
        await place()


@pytest.mark.parametrize("command", ["accept", "reject", "ready", "cancel"])
async def test_the_token_of_an_erased_user_is_refused(
    bistro: Any, client: httpx2.AsyncClient, issuer: Issuer, order_before: OrderBefore, handle: Handle, command: str
) -> None:
    placed = await order_before("delivery.delivered")
    await handle(UserErased(user_id=bistro.owner))
    body = {"accept": {"prep_minutes": 5}, "ready": None}.get(command, {"reason": "no more"})

    answer = await client.post(
        f"/orders/{placed.id}/{command}", json=body, headers=issuer.bearer("restaurant", bistro.owner)
    )
    assert (answer.status_code, answer.json()["title"]) == (401, "This account was closed.")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_notes_of_an_ended_order_are_erased(
    bistro: Any, order_before: OrderBefore, handle: Handle, transaction: Transaction
) -> None:
    placed = await order_before("delivery.delivered")
    async with transaction() as session:
        connection = await session.connection()
        await connection.execute(text("UPDATE orders SET note = 'Ring at Ada'"))
        await connection.execute(text("UPDATE order_lines SET note = 'for Ada'"))
    await handle(UserErased(user_id=bistro.customer))
    await handle(bistro.event("delivery.delivered", placed))

    async with transaction() as session:
        query = text("SELECT note FROM orders UNION ALL SELECT note FROM order_lines")
        notes = (await (await session.connection()).execute(query)).all()
    assert [tuple(row) for row in notes] == [(None,), (None,), (None,)]
