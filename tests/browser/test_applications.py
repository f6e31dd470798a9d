"""Decisions about applications in a real browser."""

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from axe_playwright_python.async_playwright import Axe
from browser.stage import Stage
from e2e.running import Running
from playwright.async_api import Page, expect

from foodctl.api import Api
from foodlab.city import ADMIN, PASSWORD

pytestmark = pytest.mark.browser
LogIn = Callable[..., Awaitable[Page]]
NewStage = Callable[..., Stage]
SERIOUS = {"serious", "critical"}


async def _standing(admin: Api, driver: Api) -> str:
    found = (await admin.call("GET", "/drivers", params={"limit": 100}))["items"]
    return next(str(one["standing"]) for one in found if one["id"] == driver.user_id)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_driver_is_approved_and_suspended_on_the_page(
    running: Running, log_in: LogIn, stage: NewStage, api: Api, theme: Any
) -> None:
    play = await stage().set()
    driver, admin = play.driver, await api.log_in(ADMIN["email"], PASSWORD)
    page = await log_in(path="/console/people/drivers")
    await page.emulate_media(color_scheme=theme)
    await expect(page.locator(".live.on")).to_be_visible()
    # This system approves all applications; in production they wait.
    with psycopg.connect(running.system.database_urls["delivery_service"], autocommit=True) as database:
        database.execute("UPDATE drivers SET standing = 'pending' WHERE id = %s", [driver.user_id])
    row = page.locator(f"#applicant-{driver.user_id}")
    waiting = page.locator("#waiting").locator(row)
    await expect(waiting).to_be_visible()
    serious = [one["id"] for one in (await Axe().run(page)).response["violations"] if one["impact"] in SERIOUS]
    assert serious == []

    await waiting.get_by_role("button", name="Approve").press("Enter")
    await expect(page.locator("#notice")).to_contain_text("Approved.")
    await expect(page.locator("#decided").locator(row)).to_contain_text("approved")
    await expect(waiting).to_have_count(0)
    assert await _standing(admin, driver) == "approved"

    await row.get_by_label("Reason").fill("The insurance has ended.")
    await row.get_by_role("button", name="Suspend").click()
    await expect(row).to_have_count(0)
    await page.get_by_label("Standing").select_option("suspended")
    await expect(row).to_contain_text("The insurance has ended.")
    assert await _standing(admin, driver) == "suspended"
