"""Keeps the console open while a city lives through its hours: `… python tests/browser/soak.py`.

Each page is open in a browser of its own, and one more browser goes from page to page, while `foodctl city` runs with
the arguments of this command. Prints the console's memory over time; exits with 1 when it grows, when the city or a
page had a problem, or when `foodctl verify` finds a violation.
"""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Coroutine
from contextlib import suppress
from itertools import cycle
from typing import Any

import psutil
from browser.pictures import log_in
from playwright.async_api import Browser, Page, StorageState, async_playwright

from devservers.processes import Processes
from devservers.state import State
from foodctl.settings import Settings
from foodctl.system import System
from foodlab.chaos.soak import SLOPE, slope
from foodlab.city import ADMIN, RESTAURANTS

EIGHT_HOURS = ("--speed", "60", "--minutes", "8")
# Seconds between two samples of the memory, and on one page before the next.
EVERY = 5.0
STAY = 10.0
PAGES = ("orders", "orders?show=late", "dispatch", "people", "people/drivers", "health")
Samples = list[tuple[float, float]]


def main() -> None:
    """Watch a city, then verify."""
    went_well = asyncio.run(watch(tuple(sys.argv[1:]) or EIGHT_HOURS))
    holds = subprocess.run(["foodctl", "verify"], check=False).returncode == 0
    sys.exit(not (went_well and holds))


async def watch(arguments: tuple[str, ...]) -> bool:
    """Keep the pages open while a city runs with these arguments, and return whether nothing was wrong."""
    url, errors, memory = System.here().gateway_url, list[str](), Samples()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        admin = await _logged_in(browser, url, ADMIN["email"])
        kitchen = next(one for one in RESTAURANTS if not one["profile"].get("auto_accept"))
        owner = await _logged_in(browser, url, kitchen["owner"])
        for path in PAGES:
            await (await _page(browser, url, admin, errors)).goto(f"/console/{path}")
        await (await _page(browser, url, owner, errors)).goto("/console/kitchen")
        wanderer = await _page(browser, url, admin, errors)
        went_well = await _during(_city(arguments), _sample(memory), _wander(wanderer))
        pages = [page for context in browser.contexts for page in context.pages if page is not wanderer]
        errors += [f"{page.url} is not live" for page in pages if await page.locator(".live.off").is_visible()]
        await browser.close()
    growth, sampled = slope(memory), [f"{one:.1f}" for _, one in memory]
    lines = [
        f"the console's memory, in MB: {', '.join(sampled[:: max(1, len(sampled) // 8)])}",
        f"{growth:+.2f} MB in ten minutes after the first third",
        *sorted(set(errors)),
    ]
    print("\n".join(lines))  # noqa: T201 - a command
    return went_well and growth < SLOPE and not errors


async def _during(main: Coroutine[Any, Any, bool], *work: Coroutine[Any, Any, None]) -> bool:
    """Return the result of `main`. Raises when a part of the endless `work` ends before it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
        result = await main
        for task in tasks:
            task.cancel()
    return result


async def _city(arguments: tuple[str, ...]) -> bool:
    city = await asyncio.create_subprocess_exec("foodctl", "city", *arguments)
    try:
        return await city.wait() == 0
    finally:
        with suppress(ProcessLookupError):
            city.terminate()


async def _logged_in(browser: Browser, url: str, email: str) -> StorageState:
    """Return the cookies of someone who has logged in."""
    context = await browser.new_context(base_url=url)
    await log_in(await context.new_page(), email)
    cookies = await context.storage_state()
    await context.close()
    return cookies


async def _page(browser: Browser, url: str, cookies: StorageState, errors: list[str]) -> Page:
    # Of a context of its own: a browser has six connections to one host for each.
    context = await browser.new_context(base_url=url, locale="en-GB", storage_state=cookies)
    context.set_default_timeout(120_000)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    return await context.new_page()


async def _wander(page: Page) -> None:
    for path in cycle((*PAGES, "orders?show=all")):
        await page.goto(f"/console/{path}")
        # Other lists may become empty before the click.
        if "show=all" in path and await page.locator("#orders a").count():
            await page.locator("#orders a").first.click()
        await asyncio.sleep(STAY)


async def _sample(memory: Samples) -> None:
    state = State(Settings().state)
    record = Processes(state.run, state.logs).running("console-service")
    assert record is not None, "start the system: `just up`"
    console = psutil.Process(record.pid)
    while True:
        found = await asyncio.to_thread(console.memory_full_info)
        memory.append((time.monotonic(), found.pss / 1e6))
        await asyncio.sleep(EVERY)


if __name__ == "__main__":
    main()
