"""An account as an admin looks after it, in a real browser."""

from collections.abc import Awaitable, Callable
from secrets import randbelow
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from browser.stage import Stage
from playwright.async_api import Page, expect

from foodctl.api import Api, RefusedError
from foodctl.scene import until
from foodlab.city import ADMIN, PASSWORD

pytestmark = pytest.mark.browser
LogIn = Callable[..., Awaitable[Page]]
NewStage = Callable[..., Stage]
SERIOUS = {"serious", "critical"}


async def audited(admin: Api, user_id: str | None, most: int) -> list[tuple[str, str]]:
    """Wait for so many entries of the audit about an account, and return them, oldest first."""

    async def found() -> list[tuple[str, str]] | None:
        entries = (await admin.call("GET", "/audit", params={"object_id": str(user_id)}))["items"]
        return [(one["action"], one["reason"]) for one in reversed(entries)] if len(entries) >= most else None

    return await until(found) or []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_stolen_log_in_is_ended_and_an_account_erased_by_keyboard(
    log_in: LogIn, stage: NewStage, api: Api, theme: Any
) -> None:
    play = await stage().set()
    customer, admin = play.customer, await api.log_in(ADMIN["email"], PASSWORD)
    await customer.call("PATCH", "/users/me", {"phone": f"+32 9 {randbelow(10**8):08}"})
    profile = await customer.call("GET", "/users/me")
    await api.log_in(profile["email"], PASSWORD)
    page = await log_in(path="/console/people")
    await page.emulate_media(color_scheme=theme)

    # Found by the end of the phone number: the only one leads to their orders.
    await page.keyboard.press("/")
    await page.keyboard.type(profile["phone"][3:])
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/console/orders?show=all&customer_id={customer.user_id}")
    await page.goto(f"/console/people?q={profile['email']}")
    await page.get_by_role("cell").get_by_role("link").first.press("Enter")
    await expect(page.locator("#account-head")).to_contain_text(profile["email"])
    await expect(page.locator(".live.on")).to_be_visible()
    serious = [one["id"] for one in (await Axe().run(page)).response["violations"] if one["impact"] in SERIOUS]
    assert serious == []

    rows = page.locator("#sessions tr")
    await expect(rows).to_have_count(2)
    await rows.first.get_by_label("Reason").fill("The phone was stolen.")
    await rows.first.get_by_role("button").press("Enter")
    await expect(page.locator("#notice")).to_contain_text("The log-in has ended.")
    await expect(rows).to_have_count(1)
    everywhere = page.locator("section", has=page.get_by_role("heading", name="Log out everywhere"))
    await everywhere.get_by_label("Reason").fill("To be sure.")
    await everywhere.get_by_role("button").press("Enter")
    await expect(page.locator("#sessions-none")).to_be_visible()
    await expect(everywhere).to_be_hidden()
    with pytest.raises(RefusedError, match="401"):
        await customer.call("GET", "/users/me")

    erase = page.locator("section", has=page.get_by_role("heading", name="Erase the account"))
    await erase.get_by_label("Reason").fill("The customer asked for it.")
    # Unconfirmed, the browser does not send it.
    await erase.get_by_role("button").press("Enter")
    await erase.get_by_label("I know that this cannot be undone.").press(" ")
    await erase.get_by_role("button").press("Enter")
    await expect(page.get_by_role("status").filter(has_text="The account is erased.")).to_be_visible()
    with pytest.raises(RefusedError, match="400"):
        await api.log_in(profile["email"], PASSWORD)
    assert await audited(admin, customer.user_id, 3) == [
        ("user.session_ended", "The phone was stolen."),
        ("user.logged_out", "To be sure."),
        ("user.erased", "The customer asked for it."),
    ]
