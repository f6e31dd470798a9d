import asyncio
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from foodchassis import Database
from foodchassis.testing import eventually
from payment_service.adapters.provider import PaymentProvider
from payment_service.settings import PaymentSettings

WAITING_HERE = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

if TYPE_CHECKING:
    from conftest import Stored


@pytest.fixture
def provider(app: FastAPI) -> PaymentProvider:
    opened: PaymentProvider = app.state.resources.get(PaymentProvider)
    return opened


async def test_a_repeated_key_gets_the_first_response_and_has_no_effect(
    provider: PaymentProvider, stored: "Stored"
) -> None:
    first = await provider.authorize("a", 500, "EUR", "tok_ok")
    again = await provider.authorize("a", 999, "EUR", "tok_declined")
    taken = await provider.capture("c", first.hold, 500)
    taken_again = await provider.capture("c", first.hold, 500)

    assert first == again
    assert taken == taken_again
    assert taken.refusal is None
    assert await stored.effects() == ["authorize", "capture"]


async def test_concurrent_requests_with_one_key_have_one_effect(provider: PaymentProvider, stored: "Stored") -> None:
    holds = await asyncio.gather(*(provider.authorize("a", 500, "EUR", "tok_ok") for _ in range(5)))
    answers = await asyncio.gather(*(provider.capture("c", holds[0].hold, 500) for _ in range(5)))

    assert len(set(holds)) == len(set(answers)) == 1
    assert answers[0].refusal is None
    assert await stored.effects() == ["authorize", "capture"]


async def test_only_one_of_a_concurrent_capture_and_void_succeeds(app: FastAPI, provider: PaymentProvider) -> None:
    held = await provider.authorize("a", 500, "EUR", "tok_ok")

    async def both_wait() -> bool:
        async with app.state.resources.get(Database).engine.connect() as observer:
            waiting = await observer.execute(text(WAITING_HERE))
            return bool(waiting.scalar_one() == 2)

    async with app.state.resources.get(Database).engine.begin() as other:
        await other.execute(text("SELECT FROM provider_log FOR UPDATE"))
        rivals = asyncio.gather(provider.capture("c", held.hold, 500), provider.void("v", held.hold))
        await eventually(both_wait)
    answers = await rivals

    assert sorted(str(answer.refusal) for answer in answers) == ["None", "hold_already_closed"]


async def test_refunds_never_exceed_the_captured_amount(provider: PaymentProvider) -> None:
    held = await provider.authorize("a", 500, "EUR", "tok_ok")
    await provider.capture("c", held.hold, 500)

    parts = [await provider.refund(f"r{part}", held.hold, 200) for part in range(3)]

    assert [part.refusal for part in parts] == [None, None, "more_than_captured"]


async def test_an_unknown_hold_is_refused(provider: PaymentProvider) -> None:
    assert (await provider.void("v", "hold_of_nobody")).refusal == "unknown_hold"


async def test_a_lost_response_is_returned_for_its_key(provider: PaymentProvider, stored: "Stored") -> None:
    with pytest.raises(TimeoutError):
        await provider.authorize("a", 500, "EUR", "tok_timeout_after_effect")
    assert await stored.effects() == ["authorize"]

    assert (await provider.authorize("a", 500, "EUR", "tok_timeout_after_effect")).refusal is None
    assert await stored.effects() == ["authorize"]


async def test_a_slow_response_holds_no_connection(app: FastAPI, provider: PaymentProvider, stored: "Stored") -> None:
    app.state.resources.get(PaymentSettings).simulated_delay = 2
    database = app.state.resources.get(Database)
    request = asyncio.create_task(provider.authorize("a", 500, "EUR", "tok_slow"))

    async def is_done_without_a_connection() -> bool:
        return await stored.effects() == ["authorize"] and database._in_use() == 0

    await eventually(is_done_without_a_connection)
    assert not request.done()
    assert database.engine.pool.checkedout() == 0
    assert (await request).refusal is None
