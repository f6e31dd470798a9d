"""A restaurant replaces its menu by a file, in a real browser."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from browser.stage import Stage
from playwright.async_api import FilePayload, Page, expect

pytestmark = pytest.mark.browser
LogIn = Callable[..., Awaitable[Page]]
NewStage = Callable[..., Stage]
SHEET = "section,name,price,description\nSoups,Pea soup,5.50,Grüne Erbsen\nSoups,Ramen,11,\n"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_restaurant_replaces_its_menu_by_a_file_after_a_comparison(
    log_in: LogIn, stage: NewStage, theme: Any
) -> None:
    play = await stage().set()
    path = f"/restaurants/{play.restaurant['id']}/menu"
    page = await log_in(play.owner_email, "/console/kitchen")
    await page.emulate_media(color_scheme=theme)
    await page.get_by_role("link", name="Menu").click()
    present = (await play.owner.call("GET", path))["items"]
    await expect(page.get_by_role("table")).to_contain_text(present[0]["name"])
    await page.get_by_label("File").set_input_files(_file(SHEET.encode("latin-1")))
    await expect(page.locator("#notice")).to_contain_text("The file is not in UTF-8.")

    await page.get_by_label("File").set_input_files(_file(SHEET.encode()))
    await expect(page.get_by_label("CSV or JSON")).to_have_value(SHEET)
    await page.get_by_role("button", name="Show what it changes").press("Enter")
    await expect(page.locator("#diff")).to_contain_text("3 added, 0 changed")
    await expect(page.locator("#diff")).to_contain_text(present[0]["name"])
    assert (await play.owner.call("GET", path))["items"] == present
    faults = (await Axe().run(page)).response["violations"]
    assert [one["id"] for one in faults if one["impact"] in {"serious", "critical"}] == []

    await page.get_by_role("button", name="Replace the menu").click()
    await expect(page.get_by_role("status").filter(has_text="The menu was replaced.")).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("Grüne Erbsen")
    items = (await play.owner.call("GET", path))["items"]
    assert [(one["name"], one["price"]) for one in items] == [("Pea soup", 550), ("Ramen", 1100)]


def _file(content: bytes) -> FilePayload:
    return {"name": "menu.csv", "mimeType": "text/csv", "buffer": content}
