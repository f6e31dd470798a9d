"""The page Health in a real browser: backlogs, and a dead letter that is replayed or dropped."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import aio_pika
import psycopg
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from e2e.running import Running
from playwright.async_api import Page, expect

from foodchassis.kernel import Envelope
from foodctl.api import Api
from foodctl.scene import until
from foodevents import AdminActed
from foodlab.city import ADMIN, PASSWORD

pytestmark = pytest.mark.browser
LogIn = Callable[..., Awaitable[Page]]
Park = Callable[[bytes], Awaitable[UUID]]
SERVICE = "user-service"
LIVE = ".live.on"


@pytest_asyncio.fixture
async def admin(api: Api) -> Api:
    return await api.log_in(ADMIN["email"], PASSWORD)


@pytest_asyncio.fixture
async def park(running: Running) -> AsyncIterator[Park]:
    """Yield a function that publishes a dead letter of a service."""
    async with await aio_pika.connect(running.system.endpoints.rabbitmq_url) as connection:
        channel = await connection.channel(on_return_raises=True)

        async def put(body: bytes) -> UUID:
            dead_letter = uuid4()
            headers: aio_pika.abc.HeadersType = {
                "x-queue": f"{SERVICE}.admin.acted",
                "x-reason": "ValueError: not today",
            }
            message = aio_pika.Message(body, message_id=str(dead_letter), headers=headers, delivery_mode=2)
            await channel.default_exchange.publish(message, f"{SERVICE}.dead", timeout=10)
            return dead_letter

        yield put


async def handled_before(running: Running, admin: Api) -> bytes:
    """Return an event that the service has handled: handling it again changes nothing."""
    await admin.call("POST", "/settlements")
    url = running.system.database_urls["user_service"]

    async def found() -> UUID | None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            rows = await connection.execute("SELECT event_id FROM inbox WHERE handler = 'on_admin_acted' LIMIT 1")
            row = await rows.fetchone()
        return row[0] if row else None

    event = AdminActed(admin_id=uuid4(), action="settlement.made", object_id=uuid4())
    cause = {"sequence": 1, "correlationid": "a-request", "causationid": "a-request"}
    known = await until(found)
    assert known is not None
    data = event.model_dump(mode="json")
    envelope = Envelope(
        id=known, source="/payment-service", type=event.event_type, subject=event.subject, data=data, **cause
    )
    return envelope.model_dump_json().encode()


async def test_a_dead_letter_is_shown_replayed_and_removed(
    running: Running, log_in: LogIn, admin: Api, park: Park
) -> None:
    page = await log_in(path="/console/health")
    await expect(page.locator(LIVE)).to_be_visible()
    row = page.locator(f"#service-{SERVICE}")
    await expect(row.get_by_role("link")).to_have_text("0")

    dead_letter = await park(await handled_before(running, admin))

    await expect(row.get_by_role("link")).to_have_text("1")
    await row.get_by_role("link").click()
    card = page.locator(f"#dead-letter-{dead_letter}")
    await expect(card).to_contain_text("ValueError: not today")
    await card.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(card.locator("pre")).to_contain_text("settlement.made")
    await card.get_by_role("button", name="Send back to its queue").click()
    await expect(page.locator("#notice")).to_contain_text("Sent back to its queue.")
    await expect(card).to_have_count(0)
    await expect(page.locator("#dead-letters-head")).to_contain_text("There are no dead letters.")
    await page.locator("#dead-letters-head").get_by_role("link").click()
    await expect(row.get_by_role("link")).to_have_text("0")
    assert await audited(admin, dead_letter) == ("dead_letter.replayed", None)


async def test_a_dead_letter_is_dropped_with_a_reason_and_the_pages_are_accessible(
    log_in: LogIn, admin: Api, park: Park
) -> None:
    dead_letter = await park(b"no event at all")
    page = await log_in(path=f"/console/health/{SERVICE}")
    card = page.locator(f"#dead-letter-{dead_letter}")
    for path in ("/console/health", f"/console/health/{SERVICE}"):
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme=theme)
            await page.goto(path)
            await expect(page.locator(LIVE)).to_be_visible()
            assert await faults(page) == [], (path, theme)

    await card.get_by_label("Reason for dropping it").fill("Of no use.")
    await card.get_by_role("button", name="Drop permanently").click()

    await expect(page.locator("#notice")).to_contain_text("Dropped.")
    await expect(card).to_have_count(0)
    assert await audited(admin, dead_letter) == ("dead_letter.dropped", "Of no use.")


async def test_the_last_verify_is_shown_and_the_next_one_takes_its_place(running: Running, log_in: LogIn) -> None:
    page = await log_in(path="/console/health")
    await expect(page.locator(LIVE)).to_be_visible()
    shown = page.locator("#verification")

    for _ in range(2):
        before = await shown.locator("time").get_attribute("datetime") if await shown.locator("time").count() else ""
        running.run("uv run foodctl verify")
        await expect(shown).to_contain_text("all 9 invariants hold")
        await expect(shown.locator("time")).not_to_have_attribute("datetime", before or "never")


async def faults(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in {"serious", "critical"}
    ]


async def audited(admin: Api, dead_letter: UUID) -> tuple[str, str | None]:
    """Return the actions on a dead letter in the audit, with their reasons."""

    async def found() -> tuple[str, str | None] | None:
        entries = (await admin.call("GET", "/audit", params={"object_id": str(dead_letter)}))["items"]
        return (entries[0]["action"], entries[0]["reason"]) if entries else None

    entry = await until(found)
    assert entry is not None
    return entry
