from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, PageQuery, Principal, new_id
from foodchassis.storage import transaction_of
from order_service import service
from order_service.errors import OrderNotFoundError, RestaurantNotFoundError
from order_service.schemas import OrderCreate, OrderFilter, OrderPublic

Place = Callable[..., Awaitable[OrderPublic]]
Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]


def user(user_id: Any, *roles: str) -> Principal:
    return Principal(user_id, frozenset(roles))


@pytest.mark.parametrize("who", ["customer", "owner", "driver", "admin"])
async def test_parties_of_an_order_can_read_it(
    bistro: Any, order_before: OrderBefore, session: AsyncSession, who: str
) -> None:
    order = await order_before("delivery.picked_up")
    role = "restaurant" if who == "owner" else who
    caller = user(new_id(), role) if who == "admin" else user(getattr(bistro, who), role)

    assert (await service.get_order(await transaction_of(session), order.id, caller)).id == order.id
    assert len((await service.timeline(session, order.id, caller)).entries) == 5


@pytest.mark.parametrize("role", ["customer", "restaurant", "driver"])
async def test_other_users_cannot_read_an_order(bistro: Any, place: Place, session: AsyncSession, role: str) -> None:
    order = await place()

    for order_id in (order.id, new_id()):
        with pytest.raises(OrderNotFoundError):
            await service.get_order(await transaction_of(session), order_id, user(new_id(), role))
        with pytest.raises(OrderNotFoundError):
            await service.timeline(session, order_id, user(new_id(), role))


async def test_pages_list_the_callers_orders_newest_first(bistro: Any, place: Place, session: AsyncSession) -> None:
    placed = [(await place()).id for _ in range(5)]
    caller, seen, before = user(bistro.customer, "customer"), [], None
    for size in (2, 2, 1):
        page = await service.list_orders(session, caller, PageQuery(2, before), OrderFilter())
        assert [len(order.lines) for order in page["items"]] == [2] * size
        seen += [order.id for order in page["items"]]
        before = seen[-1]

    assert seen == placed[::-1]
    assert page["next_cursor"] is None
    assert (await service.list_orders(session, user(new_id()), PageQuery(2, None), OrderFilter()))["items"] == []


async def test_orders_of_a_restaurant_are_listed_to_its_owner_and_admins(
    bistro: Any, place: Place, session: AsyncSession
) -> None:
    order = await place()
    restaurant, page = bistro.restaurant.restaurant_id, PageQuery(10, None)

    for caller in (user(bistro.owner, "restaurant"), user(new_id(), "admin")):
        found = await service.list_orders(session, caller, page, OrderFilter(restaurant_id=restaurant))
        assert [item.id for item in found["items"]] == [order.id]
    for caller, wanted in ((user(bistro.customer, "customer"), restaurant), (user(bistro.owner), new_id())):
        with pytest.raises(RestaurantNotFoundError):
            await service.list_orders(session, caller, page, OrderFilter(restaurant_id=wanted))


async def test_the_timeline_has_each_step_with_its_cause(
    bistro: Any, order_before: OrderBefore, session: AsyncSession
) -> None:
    order = await order_before("payment.completed")
    entries = (await service.timeline(session, order.id, user(bistro.customer))).entries

    assert [(entry.sequence, entry.event, entry.actor) for entry in entries] == [
        (1, "order.created", "customer"),
        (2, "order.placed", "system"),
        (3, "order.accepted", "restaurant"),
    ]
    assert entries[0].ms == 0
    assert [entry.ms for entry in entries] == sorted(entry.ms for entry in entries)
    assert all(entry.correlation_id and entry.causation_id for entry in entries)


async def ids(session: AsyncSession, caller: Principal, **wanted: Any) -> list[Any]:
    page = await service.list_orders(session, caller, PageQuery(10, None), OrderFilter(**wanted))
    return [order.id for order in page["items"]]


async def test_orders_are_listed_only_to_their_parties_and_admins(
    bistro: Any, place: Place, session: AsyncSession
) -> None:
    order = await place()

    assert await ids(session, user(bistro.customer, "customer")) == [order.id]
    assert await ids(session, user(bistro.owner, "restaurant")) == [order.id]
    assert await ids(session, user(new_id(), "admin")) == [order.id]
    for stranger in ("customer", "restaurant", "driver"):
        assert await ids(session, user(new_id(), stranger)) == []


async def test_orders_can_be_filtered_by_status(
    bistro: Any, order_before: OrderBefore, place: Place, session: AsyncSession
) -> None:
    paid, pending = (await order_before("delivery.assigned")).id, (await place()).id
    caller = user(bistro.owner, "restaurant")

    assert await ids(session, caller, status=["paid"]) == [paid]
    assert await ids(session, caller, status=["paid", "pending"]) == [pending, paid]
    assert await ids(session, caller, status=["delivered"]) == []


async def test_orders_can_be_filtered_by_creation_time(bistro: Any, place: Place, session: AsyncSession) -> None:
    first, second = await place(), await place()
    caller = user(bistro.customer, "customer")

    assert await ids(session, caller, since=first.created_at - timedelta(seconds=1)) == [second.id, first.id]
    assert await ids(session, caller, since=second.created_at + timedelta(seconds=1)) == []


async def test_only_admins_can_filter_orders_by_customer(bistro: Any, place: Place, session: AsyncSession) -> None:
    order = await place()

    assert await ids(session, user(new_id(), "admin"), customer_id=bistro.customer) == [order.id]
    assert await ids(session, user(new_id(), "admin"), customer_id=new_id()) == []
    assert await ids(session, user(new_id(), "customer"), customer_id=bistro.customer) == []


async def test_a_driver_sees_address_and_note_only_until_the_delivery(
    bistro: Any, order_before: OrderBefore, handle: Handle, session: AsyncSession
) -> None:
    order = await order_before("delivery.picked_up")
    await (await session.connection()).execute(text("UPDATE orders SET note = 'The blue door on the left.'"))
    await session.commit()
    driver, customer = user(bistro.driver, "driver"), user(bistro.customer, "customer")
    seen = []
    for event in ("delivery.picked_up", "delivery.delivered"):
        public = await service.get_order(await transaction_of(session), order.id, driver)
        seen += [public.delivery_address, public.note]
        await session.commit()
        await handle(bistro.event(event, order))
        session.expire_all()

    assert None not in seen
    public = await service.get_order(await transaction_of(session), order.id, driver)
    assert (public.delivery_address, public.note) == (None, None)
    public = await service.get_order(await transaction_of(session), order.id, customer)
    assert None not in {public.delivery_address, public.note}


async def test_notes_and_the_door_code_are_shown_to_customer_and_restaurant(
    bistro: Any, replicate_restaurant: Any, session: AsyncSession
) -> None:
    await replicate_restaurant()
    address = {**bistro.json_basket()["delivery_address"], "floor": "3rd", "door_code": "4711B"}
    items = bistro.json_basket()["items"]
    items[0]["note"] = "No onions.\nReally."
    basket = bistro.json_order(items=items, note="Knock, please.", delivery_address=address)
    order = await service.place_order(
        await transaction_of(session), customer_id=bistro.customer, basket=OrderCreate.model_validate(basket)
    )

    for caller in (user(bistro.owner, "restaurant"), user(bistro.customer, "customer")):
        seen = await service.get_order(await transaction_of(session), order.id, caller)
        assert (seen.note, [line.note for line in seen.lines]) == ("Knock, please.", ["No onions.\nReally.", None])
        assert seen.delivery_address is not None
        assert (seen.delivery_address.floor, seen.delivery_address.door_code) == ("3rd", "4711B")


async def test_an_admin_lists_open_orders_that_need_attention(
    bistro: Any, order_before: OrderBefore, session: AsyncSession
) -> None:
    late, other = await order_before("delivery.delivered"), await order_before("delivery.delivered")
    connection = await session.connection()
    await connection.execute(text("UPDATE orders SET needs_attention = true WHERE id = :id"), {"id": late.id})
    admin, page = user(new_id(), "admin"), PageQuery(10, None)

    found = {
        wanted: [one.id for one in (await service.list_orders(session, admin, page, filter_))["items"]]
        for wanted in (True, False, None)
        for filter_ in [OrderFilter(needs_attention=wanted)]
    }
    assert found == {True: [late.id], False: [other.id], None: [other.id, late.id]}


async def test_an_admin_lists_orders_with_overdue_pickup(
    bistro: Any, order_before: OrderBefore, session: AsyncSession
) -> None:
    late, waiting, ridden = [await order_before(one) for one in ("delivery.assigned", "accept", "delivery.delivered")]
    connection = await session.connection()
    for order in (late, ridden):
        moved = text("UPDATE orders SET ready_at = now() - interval '1 minute' WHERE id = :id")
        await connection.execute(moved, {"id": order.id})
    admin, page = user(new_id(), "admin"), PageQuery(10, None)

    found = {
        wanted: {one.id for one in (await service.list_orders(session, admin, page, filter_))["items"]}
        for wanted in (True, False)
        for filter_ in [OrderFilter(late=wanted)]
    }
    assert found == {True: {late.id}, False: {waiting.id, ridden.id}}
