"""Takes the pictures in docs of a running system: `uv run --group browser python tests/browser/pictures.py`."""

import asyncio
import io
import shutil
from itertools import cycle
from pathlib import Path
from typing import Any

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


async def main() -> None:
    """Create some activity in the demo city, and take a picture of each page."""
    url = System.here().gateway_url
    async with gateway(url) as anybody, async_playwright() as playwright:
        orders = await _life(anybody)
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = await browser.new_context(base_url=url, viewport={"width": 1280, "height": 760}, locale="en-GB")
        window.set_default_timeout(60_000)
        page = await window.new_page()
        await _log_in(page, ADMIN["email"])
        for name in ("dispatch", "people", "health"):
            await _take(page, name, f"/console/{name}")
        await _take(page, "order", f"/console/orders/{orders[0]}")
        await page.emulate_media(color_scheme="dark")
        await _take(page, "orders-dark", "/console/orders?show=all")
        await page.emulate_media(color_scheme="light")
        await window.clear_cookies()
        kitchen = next(one for one in RESTAURANTS if not one["profile"].get("auto_accept"))
        await _log_in(page, kitchen["owner"])
        await _take(page, "kitchen", "/console/kitchen")
        await browser.close()


async def _life(anybody: Api) -> list[str]:
    """Place orders at every restaurant, with drivers who do not act automatically, and return their ids."""
    drivers = [await anybody.log_in(one["email"], PASSWORD) for one in DRIVERS]
    for driver, one in zip(drivers, DRIVERS, strict=True):
        await _finish(driver)
        profile = {"name": one["name"], "vehicle": "bicycle", "auto_accept": False}
        await driver.call("PUT", "/drivers/me", profile)
        await driver.call("PUT", "/drivers/me/location", {"lat": one["lat"], "lng": one["lng"]})
        await driver.call("PUT", "/drivers/me/availability", {"online": True})
    customers = cycle([(await anybody.log_in(one["email"], PASSWORD), one) for one in CUSTOMERS])
    kitchens = cycle([one for one in await restaurants(anybody) if one["open_now"]])
    placed = []
    for _ in range(ORDERS):
        (customer, who), kitchen = next(customers), next(kitchens)
        basket = basket_of(kitchen, (await menu(anybody, kitchen))[:2], who)
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


async def _log_in(page: Page, email: str) -> None:
    await page.goto("/console")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await page.wait_for_url(lambda place: "log-in" not in place)


async def _take(page: Page, name: str, path: str) -> None:
    """Store a picture of a live page with a reduced palette."""
    await page.goto(path)
    if await page.locator("body[data-stream]").count():
        await page.locator(".live.on").wait_for()
        await page.wait_for_timeout(1500)
    shot: Any = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    FOLDER.mkdir(exist_ok=True)
    target = FOLDER / f"{name}.webp"
    shot.save(target, lossless=True, method=6)
    if target.stat().st_size > MOST_BYTES:
        shot.save(target, quality=80, method=6)
    print(target, target.stat().st_size)  # noqa: T201 - a command


if __name__ == "__main__":
    asyncio.run(main())
