from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, Principal, new_id
from order_service import service
from order_service.errors import OrderNotFoundError, RestaurantNotFoundError
from order_service.schemas import OrderPublic

Place = Callable[..., Awaitable[OrderPublic]]
Drive = Callable[[str], Awaitable[OrderPublic]]


def user(user_id: Any, *roles: str) -> Principal:
    return Principal(user_id, frozenset(roles))


@pytest.mark.parametrize("who", ["customer", "owner", "driver", "admin"])
async def test_those_concerned_see_an_order(bistro: Any, drive: Drive, session: AsyncSession, who: str) -> None:
    order = await drive("delivery.picked_up")
    caller = user(new_id(), "admin") if who == "admin" else user(getattr(bistro, who), who)

    assert (await service.get_order(session, order.id, caller)).id == order.id
    assert len((await service.timeline(session, order.id, caller)).entries) == 5


@pytest.mark.parametrize("role", ["customer", "restaurant", "driver"])
async def test_nobody_else_does(bistro: Any, place: Place, session: AsyncSession, role: str) -> None:
    order = await place()

    for order_id in (order.id, new_id()):
        with pytest.raises(OrderNotFoundError):
            await service.get_order(session, order_id, user(new_id(), role))
        with pytest.raises(OrderNotFoundError):
            await service.timeline(session, order_id, user(new_id(), role))


async def test_pages_run_through_the_callers_own_orders_newest_first(
    bistro: Any, place: Place, session: AsyncSession
) -> None:
    placed = [(await place()).id for _ in range(5)]
    caller, seen, before = user(bistro.customer, "customer"), [], None
    for size in (2, 2, 1):
        page = await service.list_orders(session, caller, PageQuery(2, before), None)
        assert [len(order.lines) for order in page["items"]] == [2] * size
        seen += [order.id for order in page["items"]]
        before = seen[-1]

    assert seen == placed[::-1]
    assert page["next_cursor"] is None
    assert (await service.list_orders(session, user(new_id()), PageQuery(2, None), None))["items"] == []


async def test_a_restaurants_orders_are_its_owners_and_the_admins(
    bistro: Any, place: Place, session: AsyncSession
) -> None:
    order = await place()
    restaurant, page = bistro.restaurant.restaurant_id, PageQuery(10, None)

    for caller in (user(bistro.owner, "restaurant"), user(new_id(), "admin")):
        found = await service.list_orders(session, caller, page, restaurant)
        assert [item.id for item in found["items"]] == [order.id]
    for caller, wanted in ((user(bistro.customer, "customer"), restaurant), (user(bistro.owner), new_id())):
        with pytest.raises(RestaurantNotFoundError):
            await service.list_orders(session, caller, page, wanted)


async def test_a_timeline_tells_each_step_with_its_cause(bistro: Any, drive: Drive, session: AsyncSession) -> None:
    order = await drive("payment.completed")
    entries = (await service.timeline(session, order.id, user(bistro.customer))).entries

    assert [(entry.sequence, entry.event, entry.actor) for entry in entries] == [
        (1, "order.created", "customer"),
        (2, "order.placed", "system"),
        (3, "order.accepted", "restaurant"),
    ]
    assert entries[0].ms == 0
    assert [entry.ms for entry in entries] == sorted(entry.ms for entry in entries)
    assert all(entry.correlation_id and entry.causation_id for entry in entries)
