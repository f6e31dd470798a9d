"""A real browser for the running system.

Playwright is in the dependency group `browser`, which other tests don't need.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.util import find_spec
from typing import Any

import pytest
import pytest_asyncio
from browser.stage import Stage
from e2e.running import Running

from foodctl.api import Api, gateway
from foodlab.city import ADMIN, PASSWORD

collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
LogIn = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture
async def context(running: Running) -> AsyncIterator[Any]:
    """Yield a browser context without cookies; errors of its pages fail the test."""
    from playwright.async_api import async_playwright, expect  # noqa: PLC0415 - only where it is installed

    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program is not None, "install the Debian package chromium, or Chrome"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        window = await browser.new_context(
            base_url=running.system.gateway_url, viewport={"width": 1360, "height": 820}, locale="en-GB"
        )
        window.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        errors: list[str] = []
        window.on("weberror", lambda error: errors.append(str(error.error)))
        yield window
        await browser.close()
    assert errors == []


@pytest.fixture
def log_in(context: Any) -> LogIn:
    """Return a function that logs in on the page and returns the page."""

    async def run(email: str = ADMIN["email"], path: str = "/console") -> Any:
        page = await context.new_page()
        await page.goto(path)
        await page.get_by_label("E-mail").fill(email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("main").get_by_role("button", name="Log in").click()
        await page.wait_for_url(f"**{path}**")
        return page

    return run


@pytest_asyncio.fixture
async def api(running: Running) -> AsyncIterator[Api]:
    async with gateway(running.system.gateway_url) as anonymous:
        yield anonymous


@pytest.fixture
def stage(api: Api) -> Callable[..., Stage]:
    """Return a function that creates a district whose users can log in."""
    return lambda **wishes: Stage(api, **wishes)
