"""What goes wrong with an order, and what an operator does about it, in a real browser."""

import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
from browser.stage import Stage
from e2e.running import Running
from playwright.async_api import Page, expect

pytestmark = pytest.mark.browser
LogIn = Callable[..., Awaitable[Page]]
NewStage = Callable[..., Stage]


@contextmanager
def frozen(running: Running, service: str) -> Iterator[None]:
    """Let a service stand still."""
    pid = running.pid(service)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def changed(running: Running, query: str, order_id: str) -> None:
    with psycopg.connect(running.system.database_urls["order_service"], autocommit=True) as database:
        assert database.execute(query, [order_id]).rowcount == 1


async def test_a_stuck_cancellation_is_seen_and_requested_anew(
    running: Running, log_in: LogIn, stage: NewStage
) -> None:
    play = await stage(auto_drive=False).set()
    order = await play.reaches(await play.order(), "paid")
    page = await log_in(path="/console/orders?show=attention")
    await expect(page.locator(".live.on")).to_be_visible()
    with frozen(running, "payment-service"):
        await play.customer.call("POST", f"/orders/{order['id']}/cancel", {"reason": "changed my mind"})
        # It waits for five minutes before it is stuck; here they have passed.
        due = "UPDATE deadlines SET due_at = now() WHERE name = 'cancelling.stuck' AND subject = %s"
        changed(running, due, order["id"])
        await page.locator(f"#order-{order['id']}").get_by_role("link").press("Enter")
        await expect(page.locator("#order-payment")).to_contain_text("The service does not answer")
        await page.get_by_role("button", name="Request it again").press("Enter")
        await expect(page.locator("#notice")).to_contain_text("The cancellation was requested again.")
        await expect(page.locator("#order-timeline")).to_contain_text("retry")

    await expect(page.locator("#order-head")).to_contain_text("cancelled")
    await expect(page.get_by_role("button", name="Request it again")).to_be_hidden()
    await expect(page.locator("#order-payment")).to_contain_text("refunded")


async def test_a_late_order_is_listed_and_its_driver_replaced(running: Running, log_in: LogIn, stage: NewStage) -> None:
    play = await stage(auto_drive=False, drivers=2).set()
    order = await play.order()
    first, _ = await play.take(order)
    await play.reaches(order, "assigned")
    page = await log_in(path="/console/orders")
    await page.get_by_label("Show").select_option("late")
    await expect(page.locator(".live.on")).to_be_visible()
    await expect(page.locator(f"#order-{order['id']}")).to_have_count(0)
    changed(running, "UPDATE orders SET ready_at = now() - interval '7 minutes' WHERE id = %s", order["id"])
    await expect(page.locator(f"#order-{order['id']}")).to_contain_text("7 min late")

    await page.locator(f"#order-{order['id']}").get_by_role("link").press("Enter")
    await page.get_by_role("link", name="Choice of the driver").press("Enter")
    await page.get_by_label("Reason").fill("The bicycle is broken.")
    await page.get_by_role("button", name="Withdraw the delivery from this driver").press("Enter")
    await expect(page.locator("#notice")).to_contain_text("The search for another driver has begun.")
    gone = page.locator("#candidates tr", has_text=str(first.user_id)[-8:])
    await expect(gone).to_contain_text("gave up the delivery, or it was withdrawn")
    second, _ = await play.offered(order)
    assert second.user_id != first.user_id
