from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Id, Schema, new_id
from foodchassis.kernel import Envelope
from foodchassis.storage import Statement, transaction_of
from order_service import service
from order_service.errors import PriceChangedError, TooManyOpenOrdersError
from order_service.models import Order, OrderHistory, OrderLine
from order_service.schemas import ChosenOption, Line, OrderCreate, OrderPublic, Tax
from order_service.service.storage import COUNT_OPEN
from order_service.settings import OrderSettings

Place = Callable[..., Awaitable[OrderPublic]]
Published = Callable[[], Awaitable[list[Envelope]]]
Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]


async def test_an_order_is_stored_completely(bistro: Any, place: Place, session: AsyncSession) -> None:
    order = await place()

    stored = (await session.exec(select(Order))).one()
    assert (stored.id, stored.version, stored.status, stored.kitchen) == (order.id, 1, "pending", "waiting")
    assert (stored.customer_id, stored.owner_id) == (bistro.customer, bistro.owner)
    assert (stored.total, stored.currency, stored.created_at) == (4248, "EUR", order.created_at)
    assert (stored.pickup["line1"], stored.delivery_address["line1"]) == ("Ring 1", "Gasse 2")
    assert (stored.auto_accept, stored.prep_minutes) == (False, 15)
    lines = (await session.exec(select(OrderLine).order_by(OrderLine.position))).all()  # type: ignore[arg-type]
    assert [(line.position, line.name, line.quantity, line.total) for line in lines] == [
        (1, "Pizza", 2, 2740),
        (2, "Soup", 1, 480),
    ]
    assert [option["name"] for option in lines[0].options] == ["Large", "Cheese"]
    first = (await session.exec(select(OrderHistory))).one()
    assert (first.version, first.from_status, first.to_status) == (1, None, "pending")
    assert (first.trigger, first.event, first.actor) == ("place", "order.created", "customer")


async def test_the_response_equals_the_order_read_later(bistro: Any, place: Place, session: AsyncSession) -> None:
    order = await place()

    user = type("Principal", (), {"id": bistro.customer, "roles": frozenset({"customer"}), "scopes": None})
    read = await service.get_order(await transaction_of(session), order.id, user)  # type: ignore[arg-type]
    assert read.model_copy(update={"contacts": None}) == order


class PreviousOption(Schema):
    """An option of a line as the previous release reads it: unknown fields are refused."""

    id: Id
    name: str
    price: int


async def test_an_option_chosen_twice_is_stored_readably_for_the_previous_release(
    bistro: Any, place: Place, handle: Callable[[Any], Awaitable[None]], transaction: Transaction, session: AsyncSession
) -> None:
    await place()
    cheese = bistro.cheese.model_copy(update={"max_quantity": 2})
    extras = bistro.extras.model_copy(update={"options": [cheese, bistro.olives]})
    await handle(bistro.soup.model_copy(update={"version": 2, "option_groups": [extras]}))
    line = {"menu_item_id": str(bistro.soup.item_id), "quantity": 1, "options": [{"id": str(cheese.id), "quantity": 2}]}
    basket = OrderCreate.model_validate(bistro.json_order(items=[line]))

    async with transaction() as own_session:
        work = await transaction_of(own_session)
        order = await service.place_order(work, customer_id=bistro.customer, basket=basket)

    stored = (await session.exec(select(OrderLine).where(OrderLine.order_id == order.id))).one()
    assert [PreviousOption.model_validate(option).name for option in stored.options] == ["Cheese", "Cheese"]
    assert Line.model_validate(stored) == order.lines[0]
    assert [(option.name, option.quantity) for option in order.lines[0].options] == [("Cheese", 2)]


def test_unknown_fields_of_a_later_release_are_ignored() -> None:
    known = {"id": new_id(), "name": "Cheese", "price": 120, "quantity": 1}

    assert ChosenOption.model_validate({**known, "colour": "red"}).model_dump() == known
    assert Tax.model_validate({"rate_ppm": 1, "taxed": 2, "tax": 3, "kind": "city"}).tax == 3


async def test_a_new_order_requests_its_payment(place: Place, published: Published) -> None:
    order = await place()

    (envelope,) = await published()
    assert (envelope.type, envelope.subject, envelope.sequence) == ("order.created.v1", order.id, 1)
    assert envelope.data["payment_method"] == "tok_ok"
    assert (envelope.data["total"], envelope.data["currency"]) == (4248, "EUR")


async def test_the_payment_method_is_not_stored(place: Place, session: AsyncSession) -> None:
    await place()

    row = await (await session.connection()).execute(text("SELECT orders::text FROM orders"))
    assert "tok_ok" not in row.scalar_one()


async def test_an_unexpected_price_stores_nothing(
    bistro: Any, place: Place, transaction: Transaction, published: Published
) -> None:
    await place()
    await published()
    basket = OrderCreate.model_validate(bistro.json_order(expected_total=4247))

    with pytest.raises(PriceChangedError) as refusal:
        async with transaction() as session:
            await service.place_order(await transaction_of(session), customer_id=bistro.customer, basket=basket)
    assert refusal.value.extra["basket"]["total"] == 4248
    assert await published() == []


async def test_later_changes_of_the_restaurant_do_not_change_an_order(
    bistro: Any, place: Place, handle: Callable[[Any], Awaitable[None]], session: AsyncSession
) -> None:
    await place()
    await handle(bistro.restaurant.model_copy(update={"version": 9, "name": "New", "tax_rate_bp": 0}))
    await handle(bistro.soup.model_copy(update={"version": 9, "price": 1}))

    stored = (await session.exec(select(Order))).one()
    assert (stored.restaurant_name, stored.total) == ("Da Lia", 4248)
    assert {line.total for line in (await session.exec(select(OrderLine))).all()} == {2740, 480}


async def test_the_statement_is_prepared_once_for_all_baskets(bistro: Any, place: Place, app: FastAPI) -> None:
    await place()
    async with app.state.resources.get(Database).begin() as transaction:
        for tip in (0, 40_000, 90_000_000):
            basket = OrderCreate.model_validate(bistro.json_order(tip=tip))
            await service.place_order(transaction, customer_id=bistro.customer, basket=basket)
        named = "statement LIKE '%%WITH new_order%%' AND statement NOT LIKE '%%pg_prepared%%'"
        prepared = f"SELECT count(*) FROM pg_prepared_statements WHERE {named}"
        (((found,),),) = await transaction.send(Statement(prepared))
    assert found == 1


async def test_open_orders_of_a_customer_are_limited(
    app: FastAPI, bistro: Any, place: Place, session: AsyncSession
) -> None:
    app.state.resources.get(OrderSettings).open_orders_per_customer = 2
    first, _ = await place(), await place()

    with pytest.raises(TooManyOpenOrdersError, match="2 open orders"):
        await place()

    assert len((await session.exec(select(Order))).all()) == 2
    await session.rollback()
    async with app.state.resources.get(Database).begin() as transaction:
        ended = "UPDATE orders SET status = 'payment_failed' WHERE id = %(id)s"
        await transaction.put(Statement(ended, {"id": first.id}))
    await place()


async def test_open_orders_are_counted_with_a_partial_index(app: FastAPI, bistro: Any) -> None:
    async with app.state.resources.get(Database).begin() as transaction:
        (rows,) = await transaction.send(Statement(f"EXPLAIN {COUNT_OPEN}", {"customer_id": bistro.customer}))

    assert "orders_open_of_customer" in " ".join(line for (line,) in rows)
