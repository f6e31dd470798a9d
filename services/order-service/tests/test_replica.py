from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from foodchassis import Event
from foodchassis.storage import Transaction
from foodevents import MenuItemRemoved
from order_service.errors import UnknownRestaurantError
from order_service.rules.admission import Menu
from order_service.service.replica import read_menu

Handle = Callable[[Event], Awaitable[None]]
Begin = Callable[[], AbstractAsyncContextManager[Transaction]]


@pytest.fixture
def read(bistro: Any, begin: Begin) -> Callable[[], Awaitable[Menu]]:
    async def run() -> Menu:
        async with begin() as transaction:
            return await read_menu(transaction, bistro.basket(), bistro.customer)

    return run


async def test_a_published_restaurant_and_dishes_are_read_back(
    bistro: Any, handle: Handle, read: Callable[[], Awaitable[Menu]]
) -> None:
    for event in (bistro.restaurant, bistro.pizza):
        await handle(event)

    assert await read() == Menu(bistro.restaurant, {bistro.pizza.item_id: bistro.pizza})


async def test_an_unknown_restaurant_has_no_menu(bistro: Any, begin: Begin) -> None:
    with pytest.raises(UnknownRestaurantError):
        async with begin() as transaction:
            await read_menu(transaction, bistro.basket(), bistro.customer)


@pytest.mark.parametrize(("version", "name"), [(2, "Da Lia"), (3, "Da Leo"), (4, "Da Leo")])
async def test_an_older_snapshot_of_a_restaurant_is_ignored(
    bistro: Any, handle: Handle, read: Callable[[], Awaitable[Menu]], version: int, name: str
) -> None:
    await handle(bistro.restaurant)
    await handle(bistro.restaurant.model_copy(update={"version": version, "name": "Da Leo"}))

    assert (await read()).restaurant.name == name


async def test_a_republished_snapshot_fills_fields_missing_from_the_previous_release(
    bistro: Any, handle: Handle, read: Callable[[], Awaitable[Menu]]
) -> None:
    wine = bistro.pizza.model_copy(update={"tax_category": "alcohol"})
    for event in (bistro.restaurant, bistro.pizza, wine):
        await handle(event)

    assert (await read()).items == {wine.item_id: wine}


async def test_an_older_snapshot_of_a_dish_is_ignored(
    bistro: Any, handle: Handle, read: Callable[[], Awaitable[Menu]]
) -> None:
    await handle(bistro.restaurant)
    await handle(bistro.soup.model_copy(update={"version": 5, "price": 500}))
    await handle(bistro.soup)

    assert (await read()).items[bistro.soup.item_id].price == 500


@pytest.mark.parametrize("removed_first", [True, False])
async def test_a_removed_dish_stays_removed_after_late_events(
    bistro: Any, handle: Handle, read: Callable[[], Awaitable[Menu]], removed_first: bool
) -> None:
    soup = bistro.soup
    removed = MenuItemRemoved(item_id=soup.item_id, restaurant_id=soup.restaurant_id, version=soup.version + 1)
    await handle(bistro.restaurant)
    for event in (removed, soup) if removed_first else (soup, removed):
        await handle(event)

    assert (await read()).items == {}
