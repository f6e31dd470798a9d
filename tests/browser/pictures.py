"""Takes the pictures in docs of a running system, or those named: `… python tests/browser/pictures.py [NAME …]`."""

import asyncio
import io
import shutil
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg
from PIL import Image
from playwright.async_api import Page, async_playwright

from foodctl.api import Api, gateway
from foodctl.scene import until
from foodctl.system import System
from foodlab.city import ADMIN, CUSTOMERS, DRIVERS, PASSWORD, RESTAURANTS
from foodlab.seed import basket_of, menu, restaurants

FOLDER = Path(__file__).parents[2] / "docs/pictures"
ORDERS = 14
MOST_BYTES = 150_000
OF_ADMINS = {
    "dispatch": "/console/dispatch",
    "people": "/console/people",
    "account": "/console/people/accounts",
    "approvals": "/console/people/drivers",
    "health": "/console/health",
}
# These show orders that are placed for the picture; the board and its menu come as a pair.
OF_LIFE = ("dispatch", "order", "orders-dark", "kitchen")
OF_KITCHENS = ("kitchen", "menu")
SHEET = "section,name,price,description\nSoups,Pea soup,5.50,With mint\nSoups,Ramen,11,\n"


async def main(names: Collection[str]) -> None:
    """Bring some life to the demo city, and take these pictures, or all."""
    system, names = System.here(), names or (*OF_ADMINS, *OF_LIFE, *OF_KITCHENS)
    url = system.gateway_url
    async with gateway(url) as anonymous, async_playwright() as playwright:
        orders = await _life(anonymous) if {*names} & {*OF_LIFE} else []
        admin = await anonymous.log_in(ADMIN["email"], PASSWORD)
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = await browser.new_context(base_url=url, viewport={"width": 1280, "height": 760}, locale="en-GB")
        window.set_default_timeout(60_000)
        page = await window.new_page()
        await log_in(page, ADMIN["email"])
        customer = (await admin.call("GET", "/users", params={"q": CUSTOMERS[0]["email"]}))["items"][0]
        paths = OF_ADMINS | {"account": f"/console/people/accounts/{customer['id']}"}
        async with _applicants(system, admin):
            for name in OF_ADMINS.keys() & {*names}:
                await _take(page, name, paths[name])
        if "order" in names:
            await _take(page, "order", f"/console/orders/{orders[0]}")
        if "orders-dark" in names:
            await page.emulate_media(color_scheme="dark")
            await _take(page, "orders-dark", "/console/orders?show=all")
            await page.emulate_media(color_scheme="light")
        await window.clear_cookies()
        if {*names} & {*OF_KITCHENS}:
            kitchen = next(one for one in RESTAURANTS if not one["profile"].get("auto_accept"))
            await log_in(page, kitchen["owner"])
            await page.goto("/console/kitchen")
            place = page.url
            if "kitchen" in names:
                await _take(page, "kitchen", place)
            if "menu" in names:
                await page.goto(f"{place.replace('kitchen', 'restaurants')}/menu")
                await page.get_by_label("CSV or JSON").fill(SHEET)
                await page.get_by_role("button", name="Show what it changes").click()
                await page.locator("#diff").wait_for()
                await _store(page, "menu")
        await browser.close()


@asynccontextmanager
async def _applicants(system: System, admin: Api) -> AsyncIterator[None]:
    """Have two drivers wait for a decision; this system approves all who apply."""
    url = system.database_urls["delivery_service"]
    query = (
        "UPDATE drivers SET standing = 'pending' WHERE id IN (SELECT id FROM drivers ORDER BY id LIMIT 2) RETURNING id"
    )
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:
        waiting = await (await database.execute(query)).fetchall()
    try:
        yield
    finally:
        for (driver_id,) in waiting:
            await admin.call("POST", f"/drivers/{driver_id}/approve")


async def _life(anonymous: Api) -> list[str]:
    """Place orders at every restaurant, with drivers who do not act automatically, and return their ids."""
    drivers = [await anonymous.log_in(one["email"], PASSWORD) for one in DRIVERS]
    for driver, one in zip(drivers, DRIVERS, strict=True):
        await _finish(driver)
        profile = {"name": one["name"], "vehicle": "bicycle", "auto_accept": False}
        await driver.call("PUT", "/drivers/me", profile)
        await driver.call("PUT", "/drivers/me/location", {"lat": one["lat"], "lng": one["lng"]})
        await driver.call("PUT", "/drivers/me/availability", {"online": True})
    customers = cycle([(await anonymous.log_in(one["email"], PASSWORD), one) for one in CUSTOMERS])
    kitchens = cycle([one for one in await restaurants(anonymous) if one["open_now"]])
    placed = []
    for _ in range(ORDERS):
        (customer, who), kitchen = next(customers), next(kitchens)
        basket = basket_of(kitchen, (await menu(anonymous, kitchen))[:2], who)
        order = await customer.call("POST", "/orders", {**basket, "payment_method": "tok_ok", "note": "Ring twice."})
        placed.append((kitchen["auto_accept"], order["id"]))
    await _ride(drivers)
    return [order_id for automatic, order_id in sorted(placed, reverse=True) if automatic]


async def _finish(driver: Api) -> None:
    """Complete the delivery that an earlier run left to a driver."""
    mine = {"status": ["assigned", "picked_up"], "driver_id": driver.user_id}
    for delivery in (await driver.call("GET", "/deliveries", params=mine))["items"]:
        for step in ("pickup", "deliver")[delivery["status"] == "picked_up" :]:
            await driver.call("POST", f"/deliveries/{delivery['id']}/{step}")


async def _ride(drivers: list[Api]) -> None:
    """Let all drivers but the last accept their offers, and the first one pick up the food."""
    for number, driver in enumerate(drivers[:-1]):

        async def offers(driver: Api = driver) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await driver.call("GET", "/drivers/me/offers"))["items"]
            return found

        [offer, *_] = await until(offers)
        await driver.call("POST", f"/offers/{offer['id']}/accept")
        if number == 0:
            await driver.call("POST", f"/deliveries/{offer['delivery_id']}/pickup")


async def log_in(page: Page, email: str) -> None:
    """Log in by the form."""
    await page.goto("/console")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await page.wait_for_url(lambda place: "log-in" not in place)


async def _take(page: Page, name: str, path: str) -> None:
    """Take a picture of a page that is live."""
    await page.goto(path)
    if await page.locator("body[data-stream]").count():
        await page.locator(".live.on").wait_for()
        await page.wait_for_timeout(1500)
    await _store(page, name)


async def _store(page: Page, name: str) -> None:
    """Store what a page shows, in as many colours as fit."""
    shot: Any = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    FOLDER.mkdir(exist_ok=True)
    target = FOLDER / f"{name}.webp"
    shot.save(target, lossless=True, method=6)
    if target.stat().st_size > MOST_BYTES:
        shot.save(target, quality=80, method=6)
    print(target, target.stat().st_size)  # noqa: T201 - a command


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
