from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, new_id
from foodevents import UserErased
from order_service.models import Order
from order_service.schemas import OrderPublic

Handle = Callable[[Event], Awaitable[None]]
Place = Callable[..., Awaitable[OrderPublic]]
Drive = Callable[[str], Awaitable[OrderPublic]]
PassTime = Callable[[str], Awaitable[None]]
Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
ERASED = {"line1": "erased", "city": "erased", "postal_code": "erased", "lat": 48.2, "lng": 16.4}


async def the_order(transaction: Transaction) -> Order:
    async with transaction() as session:
        return (await session.exec(select(Order))).one()


async def test_an_ended_order_forgets_where_it_went_and_keeps_its_price(
    bistro: Any, drive: Drive, handle: Handle, transaction: Transaction
) -> None:
    placed = await drive("delivery.delivered")
    await handle(bistro.event("delivery.delivered", placed))
    await handle(UserErased(user_id=bistro.customer))

    order = await the_order(transaction)
    assert order.delivery_address == ERASED
    assert (order.total, order.customer_id, order.version) == (placed.total, bistro.customer, 7)


async def test_a_running_order_forgets_it_when_it_ends(
    bistro: Any, drive: Drive, handle: Handle, transaction: Transaction
) -> None:
    placed = await drive("delivery.picked_up")
    await handle(UserErased(user_id=bistro.customer))
    assert (await the_order(transaction)).delivery_address["line1"] == "Gasse 2"
    await handle(bistro.event("delivery.picked_up", placed))
    assert (await the_order(transaction)).delivery_address["line1"] == "Gasse 2"
    await handle(bistro.event("delivery.delivered", placed))

    assert (await the_order(transaction)).delivery_address == ERASED


async def test_a_cancelled_order_forgets_its_customers_words_too(
    bistro: Any, drive: Drive, handle: Handle, cancel: Any, transaction: Transaction
) -> None:
    placed = await drive("payment.authorized")
    await handle(UserErased(user_id=bistro.customer))
    await cancel(placed.id)
    await handle(bistro.event("payment.voided", placed))

    order = await the_order(transaction)
    assert (order.status, order.delivery_address, order.reason) == ("cancelled", ERASED, "erased")


async def test_others_are_not_touched(bistro: Any, drive: Drive, handle: Handle, transaction: Transaction) -> None:
    await handle(bistro.event("payment.declined", await drive("payment.authorized")))
    await handle(UserErased(user_id=new_id()))

    order = await the_order(transaction)
    assert (order.delivery_address["line1"], order.customer_erased) == ("Gasse 2", False)


async def test_what_was_ordered_with_a_token_that_lived_on_is_forgotten_later(
    bistro: Any, place: Place, handle: Handle, pass_time: PassTime, transaction: Transaction
) -> None:
    await handle(UserErased(user_id=bistro.customer))
    await handle(bistro.event("payment.declined", await place()))
    assert (await the_order(transaction)).delivery_address["line1"] == "Gasse 2"
    await pass_time("customer.erased")

    assert (await the_order(transaction)).delivery_address == ERASED


async def test_the_answers_kept_for_repeats_are_forgotten(
    bistro: Any, client: httpx2.AsyncClient, opened: Any, customer: Any, handle: Handle, transaction: Transaction
) -> None:
    await opened()
    await client.post("/orders", json=bistro.json_order(), headers=customer())

    async def answers() -> int:
        async with transaction() as session:
            query = text("SELECT count(*) FROM idempotency_keys")
            return int((await (await session.connection()).execute(query)).scalar_one())

    assert await answers() == 1
    await handle(UserErased(user_id=bistro.customer))
    assert await answers() == 0
