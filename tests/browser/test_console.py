"""The console in a real browser."""

import json
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from browser.stage import Stage
from e2e.running import Running
from playwright.async_api import Page, expect

from foodctl.api import Api
from foodlab.city import ADMIN, CUSTOMERS, DRIVERS, PASSWORD

pytestmark = pytest.mark.browser
LogIn = Callable[..., Awaitable[Page]]
NewStage = Callable[..., Stage]
# A live page.
LIVE = ".live.on"
# Receives a change that replaces an element by the same one.
SAME_AGAIN = """id => {
  const html = document.getElementById(id).outerHTML.replace('data-seen="old"', "");
  changed({ data: JSON.stringify({ do: "replace", id, html }) });
}"""


async def test_a_wrong_password_is_refused_and_the_right_one_accepted(context: Any) -> None:
    page = await context.new_page()
    await page.goto("/console/orders?show=all")
    await page.get_by_label("E-mail").fill(ADMIN["email"])
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong.")

    await page.get_by_label("E-mail").fill(ADMIN["email"])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()

    await page.wait_for_url("**/console/orders?show=all")
    [cookie] = [one for one in await context.cookies() if one["name"] == "console_log_in"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/console")


async def test_an_order_is_followed_until_its_delivery(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_accept=False, auto_drive=False).set()
    listing = await log_in(path="/console/orders")
    await expect(listing.locator(LIVE)).to_be_visible()
    order = await play.order()
    row = listing.locator(f"#order-{order['id']}")
    await expect(row).to_contain_text("placed")

    await row.get_by_role("link").click()
    page = listing
    await expect(page.locator(LIVE)).to_be_visible()
    step = page.get_by_role("region", name="Order").or_(page.locator("#order-machines")).locator("[aria-current=step]")
    await play.accept(order)
    await expect(page.locator("#order-machines")).to_contain_text("captured")
    driver, path = await play.take(order)
    await expect(step.first).to_have_text("assigned")
    await driver.call("POST", f"{path}/pickup")
    await expect(step.first).to_have_text("picked up")
    await driver.call("PUT", "/drivers/me/location", {"lat": play.lat + 0.0005, "lng": play.lng})
    await expect(page.locator("#rider")).to_be_visible()
    await driver.call("POST", f"{path}/deliver")
    await expect(step.first).to_have_text("delivered")
    await expect(page.locator("#order-timeline")).to_contain_text("delivery.delivered")


async def test_changes_are_on_the_page_within_a_second(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_accept=False).set()
    page = await log_in(path="/console/orders")
    await expect(page.locator(LIVE)).to_be_visible()
    delays = []
    for _ in range(3):
        order = await play.order()
        await play.reaches(order, "placed")
        began = time.monotonic()
        await expect(page.locator(f"#order-{order['id']}")).to_contain_text("placed")
        delays.append(time.monotonic() - began)

    assert statistics.median(delays) <= 1.0


async def test_a_kitchen_processes_its_board(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_accept=False, auto_drive=False).set()
    page = await log_in(play.owner_email, "/console/kitchen")
    await expect(page.locator(LIVE)).to_be_visible()
    first, second = await play.order(note="Ring twice."), await play.order()
    card, other = page.locator(f"#card-{first['id']}"), page.locator(f"#card-{second['id']}")

    await expect(page.locator("#new").locator(card)).to_contain_text("Ring twice.")
    await card.get_by_label("Minutes").fill("7")
    await card.get_by_role("button", name="Accept").click()
    await expect(page.locator("#cooking").locator(card)).to_be_visible()
    await other.get_by_label("Reason").fill("The oven is cold.")
    await other.get_by_role("button", name="Reject").click()
    await expect(other).to_have_count(0)
    await card.get_by_role("button", name="Ready").click()
    await expect(page.locator("#ready").locator(card)).to_be_visible()
    assert (await play.seen(second))["reason"] == "The oven is cold."

    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#kitchen-head")).to_contain_text("paused")
    await page.get_by_text("Menu and sold-out dishes").click()
    await page.locator("#dishes").get_by_role("button", name="Sold out").click()
    await expect(page.locator("#dishes")).to_contain_text("sold out")


async def test_typed_text_survives_a_reconnection_and_a_new_order_rings_once(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_accept=False, auto_drive=False).set()
    page = await log_in(play.owner_email, "/console/kitchen")
    first = await play.order()
    reason = page.locator(f"#card-{first['id']}").get_by_label("Reason")
    await expect(reason).to_be_visible()
    await page.evaluate("rung = 0; ring = () => { rung += 1; }; null")
    await page.get_by_role("button", name="Sound").click()
    await reason.press_sequentially("The oven")

    await page.evaluate("source.close(); source = null; cards = document.getElementById('new').children[0]; connect()")
    await page.wait_for_function("() => !cards.isConnected")
    await expect(reason).to_have_value("The oven")
    await expect(reason).to_be_focused()
    assert await page.evaluate("rung") == 1

    second = await play.order()
    await expect(page.locator(f"#card-{second['id']}")).to_be_visible()
    assert await page.evaluate("rung") == 2


async def test_a_link_that_changes_while_it_is_pressed_is_followed(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_accept=False).set()
    order = await play.order()
    await play.reaches(order, "placed")
    page = await log_in(path="/console/orders")
    row = page.locator(f"#order-{order['id']}")
    await expect(page.locator(LIVE)).to_be_visible()
    await row.get_by_role("link").hover()

    await page.mouse.down()
    await page.evaluate(SAME_AGAIN, f"order-{order['id']}")
    await page.mouse.up()

    await page.wait_for_url(f"**/console/orders/{order['id']}")


async def test_a_button_that_changes_while_its_key_is_pressed_is_used(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_accept=False).set()
    order = await play.order()
    page = await log_in(play.owner_email, "/console/kitchen")
    accept = page.locator("#new").get_by_role("button", name="Accept").first
    await accept.focus()

    await page.keyboard.down("Space")
    await page.evaluate(SAME_AGAIN, "new")
    await page.keyboard.up("Space")

    await play.reaches(order, "placed", "accepted")
    await expect(page.locator("#new").get_by_role("button", name="Accept")).to_have_count(0)


async def test_a_press_that_never_ends_delays_changes_for_ten_seconds_at_most(log_in: LogIn, stage: NewStage) -> None:
    await stage(auto_accept=False).set()
    page = await log_in(path="/console/orders")
    await page.clock.install()
    await page.mouse.down()
    await page.evaluate("orders = document.getElementById('orders'); orders.dataset.seen = 'old'; null")
    await page.evaluate(SAME_AGAIN, "orders")

    assert await page.evaluate("document.getElementById('orders').dataset.seen") == "old"
    await page.clock.fast_forward(10_000)

    assert await page.evaluate("document.getElementById('orders').dataset.seen ?? 'new'") == "new"


async def test_a_list_grows_by_a_link_and_stays_live(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_accept=False).set()
    orders = [await play.order() for _ in range(3)]
    page = await log_in(path="/console/orders?show=all&rows=1")
    rows = page.locator("#orders tr")
    await expect(rows).to_have_count(1)
    await page.get_by_role("link", name="More").click()
    for order in orders:
        await expect(page.locator(f"#order-{order['id']}")).to_be_visible()
    await expect(page.locator(LIVE)).to_be_visible()

    order = await play.order()
    await expect(page.locator(f"#order-{order['id']}")).to_contain_text("placed")
    ids = await rows.evaluate_all("all => all.map((one) => one.id)")
    assert ids == sorted(set(ids), reverse=True)


async def test_an_admin_refunds_a_part_and_cancels(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_drive=False).set()
    order = await play.reaches(await play.order(), "paid", "assigned")
    page = await log_in(path=f"/console/orders/{order['id']}")

    refund = page.locator("section", has=page.get_by_role("heading", name="Refund"))
    await refund.get_by_label("Amount").fill("1,50")
    await refund.get_by_label("Reason").fill("The soup was cold.")
    await refund.get_by_role("button").click()
    await expect(page.locator("#notice")).to_contain_text("The refund was requested.")
    await expect(page.locator("#order-payment")).to_contain_text("1.50 EUR")

    cancel = page.locator("section", has=page.get_by_role("heading", name="Cancel"))
    await cancel.get_by_label("Reason").fill("The street is closed.")
    await cancel.get_by_role("button").click()
    await expect(page.locator("#order-head")).to_contain_text("cancelled")
    await expect(cancel).to_be_hidden()
    assert (await play.seen(order))["cancelled_by"] == "admin"


async def test_a_driver_moves_on_the_map(log_in: LogIn, api: Api) -> None:
    driver = await api.log_in(DRIVERS[0]["email"], PASSWORD)
    page = await log_in(path="/console/dispatch")
    await expect(page.locator(LIVE)).to_be_visible()
    dot = page.locator(f"#driver-{driver.user_id}")

    async def place() -> str:
        return str(await dot.evaluate("one => one.style.transform"))

    await driver.call("PUT", "/drivers/me/location", {"lat": DRIVERS[0]["lat"], "lng": DRIVERS[0]["lng"]})
    await expect(dot).to_be_visible()
    before = await place()
    await driver.call("PUT", "/drivers/me/location", {"lat": DRIVERS[0]["lat"] + 0.002, "lng": DRIVERS[0]["lng"]})

    await expect(dot).not_to_have_css("transform", "none")
    await page.wait_for_function("([id, before]) => document.getElementById(id).style.transform !== before",
        arg=[f"driver-{driver.user_id}", before])  # fmt: skip
    x, y = (re.findall(r"[\d.]+(?=px)", text) for text in (before, await place()))
    assert x[0] == y[0]
    assert float(y[1]) < float(x[1])


async def test_an_order_without_a_driver_shows_the_reason(log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_drive=False).set()
    order = await play.order()
    driver, offer = await play.offered(order)
    page = await log_in(path=f"/console/dispatch/{offer['delivery_id']}")

    await expect(page.locator("#candidates")).to_contain_text("open, no response yet")
    await driver.call("POST", f"/offers/{offer['id']}/decline")
    await expect(page.locator("#candidates")).to_contain_text("declined")
    await expect(page.locator("#search-head")).to_contain_text("searching")


async def test_pages_of_another_role_are_refused(log_in: LogIn, stage: NewStage, context: Any) -> None:
    play = await stage().set()
    page = await log_in(play.owner_email, "/console/kitchen")
    answer = await page.goto("/console/dispatch")
    assert answer is not None
    assert answer.status == 403
    await expect(page.get_by_role("heading", name="Your role has no such page")).to_be_visible()

    await context.clear_cookies()
    await page.goto("/console")
    await page.get_by_label("E-mail").fill(CUSTOMERS[0]["email"])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_contain_text("for admins and restaurants")


async def test_an_ended_log_in_redirects_to_the_log_in_page_and_back(log_in: LogIn, api: Api) -> None:
    page = await log_in(path="/console/orders?show=all")
    await expect(page.locator(LIVE)).to_be_visible()
    admin = await api.log_in(ADMIN["email"], PASSWORD)
    await admin.call("DELETE", "/users/me/sessions")

    await page.wait_for_url("**/console/log-in?**", timeout=30_000)
    await expect(page.get_by_role("alert")).to_contain_text("Your log-in has ended.")
    await page.get_by_label("E-mail").fill(ADMIN["email"])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()
    await page.wait_for_url("**/console/orders?show=all")


async def test_a_page_continues_after_a_restart_of_the_gateway(
    running: Running, log_in: LogIn, stage: NewStage
) -> None:
    play = await stage(auto_accept=False).set()
    page = await log_in(path="/console/orders")
    await expect(page.locator(LIVE)).to_be_visible()
    before = running.pid("api-gateway")
    running.run(f"kill -9 {before}")
    await expect(page.locator(".live.off")).to_be_visible()
    await expect(page.locator(LIVE)).to_be_visible(timeout=90_000)

    order = await play.order()
    await expect(page.locator(f"#order-{order['id']}")).to_contain_text("placed")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_page_is_accessible_and_fast(log_in: LogIn, stage: NewStage, theme: Any) -> None:
    play = await stage(auto_accept=False, auto_drive=False).set()
    order = await play.order()
    delivery = await play.reaches(await play.order(), "placed")
    await play.accept(delivery)
    _, offer = await play.offered(delivery)
    page = await log_in(path="/console/orders")
    await page.emulate_media(color_scheme=theme)
    seconds, faults = {}, {}
    search = f"/console/dispatch/{offer['delivery_id']}"
    people = "/console/people?q=example.com"
    paths = ["/console/orders", f"/console/orders/{order['id']}", "/console/dispatch", search, people]
    for path in paths:
        await page.goto(path)
        seconds[path], faults[path] = await _load_seconds(page), await _faults(page)
    await page.context.clear_cookies()
    for path in ("/console/log-in", "/console/kitchen"):
        page = await log_in(play.owner_email, path) if path == "/console/kitchen" else page
        await page.emulate_media(color_scheme=theme)
        await page.goto(path)
        seconds[path], faults[path] = await _load_seconds(page), await _faults(page)

    assert {path: found for path, found in faults.items() if found} == {}
    print(json.dumps(seconds))  # noqa: T201 - shown by `just browser -s`, and in docs/console.md
    assert sorted(seconds.values())[len(seconds) // 2] <= 1.0


async def _load_seconds(page: Page) -> float:
    """Return how long the page took from the request to its last asset."""
    took = await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    return round(float(took) / 1000, 2)


async def _faults(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
