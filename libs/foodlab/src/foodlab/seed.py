"""Seeds the demo city through the gateway: a few requests at a time, repeated while it is busy."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from rich.console import Console

from foodctl.api import Api, RefusedError, UnreachableError, gateway
from foodctl.catalog import service_named
from foodctl.commands import make_admin
from foodctl.system import System
from foodlab.city import ADMIN, CUSTOMERS, DRIVERS, PASSWORD, RESTAURANTS

BUSY = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
_AT_ONCE = 3
_TRIES = 5
_PAUSE = 1.0
T = TypeVar("T")


async def with_retries(step: Callable[[], Awaitable[T]], *, pause: float = _PAUSE, tries: int = _TRIES) -> T:
    """Run a step, repeat it after a pause while a service is busy or down, and return its result."""
    for _ in range(tries - 1):
        try:
            return await step()
        except UnreachableError:
            pass
        except RefusedError as error:
            if error.status not in BUSY:
                raise
        await asyncio.sleep(pause)
    return await step()


async def few_at_once(*steps: Callable[[], Awaitable[object]]) -> None:
    """Run steps with retries, only a few at once, so that they do not cause time-outs."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def take(step: Callable[[], Awaitable[object]]) -> None:
        async with places:
            await with_retries(step)

    await asyncio.gather(*map(take, steps))


_SECONDS = 30
_LOOK = 0.1


def run(system: System, console: Console) -> None:
    """Create the demo city; the admin is created last, which marks it as complete."""
    if not asyncio.run(_open_the_city(system.gateway_url)):
        make_admin(system.database_url(service_named("user")), ADMIN["email"], ADMIN["name"], PASSWORD)
    console.print(
        f"seeded: {len(RESTAURANTS)} restaurants, {len(DRIVERS)} drivers, {len(CUSTOMERS)} customers, an admin",
        highlight=False,
    )


async def _open_the_city(url: str) -> bool:
    """Bring the drivers online, after creating the city unless it exists; return whether it existed."""
    async with gateway(url) as anonymous:
        known = await with_retries(partial(_known, anonymous))
        if not known:
            await few_at_once(
                *(partial(_open, anonymous, one) for one in RESTAURANTS),
                *(partial(anonymous.sign_up, one["email"], PASSWORD, one["name"], "driver") for one in DRIVERS),
                *(partial(anonymous.sign_up, one["email"], PASSWORD, one["name"], "customer") for one in CUSTOMERS),
            )
            await _until_sold(anonymous)
        await send_drivers_out(anonymous)
    return known


async def send_drivers_out(anonymous: Api) -> None:
    """Bring the drivers online with current positions: after three minutes without a report they get no offers."""
    await few_at_once(*(partial(_drive, anonymous, one) for one in DRIVERS))


async def _known(anonymous: Api) -> bool:
    try:
        await anonymous.log_in(ADMIN["email"], PASSWORD)
    except RefusedError as error:
        if error.status != HTTPStatus.BAD_REQUEST:
            raise
        return False
    return True


async def _open(anonymous: Api, wanted: dict[str, Any]) -> None:
    """Create a restaurant with its menu, unless it exists."""
    profile = wanted["profile"]
    owner = await anonymous.sign_up(wanted["owner"], PASSWORD, profile["name"], "restaurant")
    found = await anonymous.call("GET", "/restaurants", params={"q": profile["name"]})
    restaurant = found["items"][0] if found["items"] else await owner.call("POST", "/restaurants", profile)
    known = {item["name"] for item in await menu(anonymous, restaurant)}
    for dish in wanted["dishes"]:
        if dish["name"] not in known:
            await owner.call("POST", f"/restaurants/{restaurant['id']}/items", dish)


async def _drive(anonymous: Api, person: dict[str, Any]) -> None:
    """Bring a driver online who accepts every offer automatically."""
    driver = await anonymous.log_in(person["email"], PASSWORD)
    await driver.call("PUT", "/drivers/me", {"name": person["name"], "vehicle": "bicycle", "auto_accept": True})
    await driver.call("PUT", "/drivers/me/location", {"lat": person["lat"], "lng": person["lng"]})
    await driver.call("PUT", "/drivers/me/availability", {"online": True})


async def restaurants(anonymous: Api) -> list[dict[str, Any]]:
    """Return the demo city's restaurants."""
    found = await anonymous.call("GET", "/restaurants", params={"limit": 100})
    names = {one["profile"]["name"] for one in RESTAURANTS}
    return [one for one in found["items"] if one["name"] in names]


async def menu(anonymous: Api, restaurant: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a restaurant's dishes."""
    items: list[dict[str, Any]] = (await anonymous.call("GET", f"/restaurants/{restaurant['id']}/menu"))["items"]
    return items


async def _until_sold(anonymous: Api) -> None:
    """Wait until order-service has replicated every menu."""
    customer = await anonymous.log_in(CUSTOMERS[0]["email"], PASSWORD)
    for restaurant in await restaurants(anonymous):
        await until_sold(customer, restaurant, await menu(anonymous, restaurant), CUSTOMERS[0])


async def until_sold(
    customer: Api, restaurant: dict[str, Any], dishes: Sequence[dict[str, Any]], at: dict[str, Any]
) -> None:
    """Wait until order-service has replicated a menu."""
    basket = basket_of(restaurant, dishes, at)
    async with asyncio.timeout(_SECONDS):
        while not await _is_sold(customer, basket):  # noqa: ASYNC110 - there is no event to await
            await asyncio.sleep(_LOOK)


async def _is_sold(customer: Api, basket: dict[str, Any]) -> bool:
    try:
        await customer.call("POST", "/quotes", basket)
    except RefusedError as error:
        # A closed restaurant is replicated too.
        return error.status not in BUSY and not str(error.problem.get("type")).rpartition("/")[2].startswith("unknown")
    return True


def basket_of(restaurant: dict[str, Any], dishes: Sequence[dict[str, Any]], customer: dict[str, Any]) -> dict[str, Any]:
    """Return a basket of these dishes, each with the minimum of its required options."""
    return {
        "restaurant_id": restaurant["id"],
        "items": [{"menu_item_id": dish["id"], "quantity": 1, "option_ids": _least(dish)} for dish in dishes],
        "delivery_address": customer["address"],
        "tip": 150,
    }


def _least(dish: dict[str, Any]) -> list[str]:
    return [option["id"] for group in dish["option_groups"] for option in group["options"][: group["min"]]]
