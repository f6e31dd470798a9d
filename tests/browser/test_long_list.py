"""The list of orders while 10,000 are stored: `just browser -k ten_thousand -s` prints the times."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, cast

import psycopg
import pytest
from browser.stage import Stage
from e2e.running import Running
from playwright.async_api import Page, expect

from foodctl.catalog import service_named
from foodctl.system import System
from foodlab.bench.growth import City
from foodlab.bench.whole import Whole

pytestmark = pytest.mark.browser
LogIn = Callable[..., Awaitable[Page]]
NewStage = Callable[..., Stage]
STORED = 10_000
ROUNDS = 5
# Scrolls to the end in steps of half a window, one a frame, and returns the seconds that each frame took.
SCROLL = """async () => {
  const frames = [], frame = () => new Promise(requestAnimationFrame), place = document.scrollingElement;
  let before = await frame();
  while (place.scrollTop + innerHeight < place.scrollHeight - 1) {
    scrollBy(0, innerHeight / 2);
    const now = await frame();
    frames.push((now - before) / 1000);
    before = now;
  }
  return frames;
}"""


@dataclass
class Stored:
    """The databases of a running system, for the benchmark's multiplication of orders."""

    system: System

    def fetch(self, service: str, query: str, *values: object) -> list[Any]:
        """Return the rows of a query."""
        with psycopg.connect(self.system.database_url(service_named(service))) as connection:
            return connection.execute(query, values).fetchall()


async def _opened(page: Page, path: str) -> float:
    """Return how many seconds a page takes until its load event."""
    seconds = []
    for _ in range(ROUNDS):
        await page.goto(path)
        seconds.append(await _load_seconds(page))
    return median(seconds)


async def _load_seconds(page: Page) -> float:
    return float(await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")) / 1000


async def test_a_list_of_ten_thousand_orders_opens_scrolls_and_continues_quickly(
    running: Running, log_in: LogIn, stage: NewStage
) -> None:
    play = await stage(auto_accept=True).set()
    await play.reaches(await play.order(), "delivered")
    City(cast("Whole", Stored(running.system))).grow(STORED)
    page = await log_in(path="/console/orders?show=all")
    rows, seconds = page.locator("#orders tr"), {}
    seconds["open orders"] = await _opened(page, "/console/orders")
    seconds["50 rows"] = await _opened(page, "/console/orders?show=all")
    await page.get_by_role("link", name="More").click()
    await expect(rows).to_have_count(100)
    await page.wait_for_load_state()
    seconds["the next 50 rows"] = await _load_seconds(page)
    seconds["200 rows"] = await _opened(page, "/console/orders?show=all&rows=200")
    await expect(page.locator(".live.on")).to_be_visible()
    frames = await page.evaluate(SCROLL)
    seconds["a frame of scrolling"], seconds["the longest frame"] = median(frames), max(frames)

    waits = []
    for _ in range(ROUNDS):
        order = await play.reaches(await play.order(), "placed", "paid", "assigned", "picked_up", "delivered")
        began = time.monotonic()
        await expect(page.locator(f"#order-{order['id']}")).to_be_attached()
        waits.append(time.monotonic() - began)
    seconds["a new order among 200 rows"] = median(waits)

    shown = set(await rows.evaluate_all("all => all.map((one) => one.id)"))
    seen, loads = set(shown), list[float]()
    while len(seen) < STORED:
        await page.get_by_role("link", name="Older ones").click()
        await page.wait_for_function("before => !document.getElementById(before)", arg=min(shown))
        shown = set(await rows.evaluate_all("all => all.map((one) => one.id)"))
        assert not shown & seen
        seen |= shown
        await page.wait_for_load_state()
        loads.append(await _load_seconds(page))
    seconds["older rows, 200 at a time"] = median(loads)

    print(json.dumps({name: round(value, 3) for name, value in seconds.items()}))  # noqa: T201 - in docs/console.md
    assert len(loads) >= STORED / 200 - 1
    assert {name: value for name, value in seconds.items() if value > 1.0} == {}
    assert seconds["a frame of scrolling"] <= 0.05
