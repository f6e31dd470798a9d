"""Events over a real broker are booked exactly once."""

from typing import TYPE_CHECKING

from fastapi import FastAPI
from prometheus_client import REGISTRY

from foodchassis import Database, Event, new_id, publish
from foodchassis.testing import eventually
from payment_service.settings import PaymentSettings

if TYPE_CHECKING:
    from conftest import Order, Stored


async def publish_all(app: FastAPI, *events: Event) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        for event in events:
            await publish(session, event)


async def test_an_order_is_paid_once_despite_lost_responses_and_repeated_events(
    live_app: FastAPI, an_order: "type[Order]", stored_of: "type[Stored]"
) -> None:
    stored = stored_of(live_app)
    order = an_order(payment_method="tok_timeout_after_effect")

    await publish_all(live_app, order.created, order.created)
    await eventually(lambda: stored.reached("authorized"))
    await publish_all(live_app, order.accepted(), order.accepted())
    await eventually(lambda: stored.reached("captured"))

    assert (await stored.captures(), await stored.effects()) == (1, ["authorize", "capture"])


async def test_a_rejection_releases_the_hold(live_app: FastAPI, order: "Order", stored_of: "type[Stored]") -> None:
    stored = stored_of(live_app)

    await publish_all(live_app, order.created)
    await eventually(lambda: stored.reached("authorized"))
    await publish_all(live_app, order.rejected)
    await eventually(lambda: stored.reached("voided"))

    assert (await stored.balances(), await stored.effects()) == ({}, ["authorize", "void"])


async def test_an_order_waits_until_the_provider_responds(
    live_app: FastAPI, an_order: "type[Order]", stored_of: "type[Stored]"
) -> None:
    stored, settings = stored_of(live_app), live_app.state.resources.get(PaymentSettings)
    settings.provider_timeout = 0.2
    labels = {"name": "provider", "outcome": "postponed"}
    before = REGISTRY.get_sample_value("effects_total", labels) or 0

    async def attempts_exceed_the_retries_of_an_event() -> bool:
        return (REGISTRY.get_sample_value("effects_total", labels) or 0) - before > len(settings.retry_delays)

    await publish_all(live_app, an_order(payment_method="tok_slow").created)
    await eventually(attempts_exceed_the_retries_of_an_event)
    assert await stored.reached("authorizing")
    settings.simulated_delay, settings.provider_timeout = 0, 5
    await eventually(lambda: stored.reached("authorized"))

    assert await stored.effects() == ["authorize"]


async def test_a_cancel_before_the_hold_waits_for_it(
    live_app: FastAPI, order: "Order", stored_of: "type[Stored]"
) -> None:
    stored = stored_of(live_app)

    await publish_all(live_app, order.cancel_requested(), order.payment_failed, order.created)
    await eventually(lambda: stored.reached("voided"))

    assert await stored.effects() == ["authorize", "void"]


async def test_the_end_of_an_order_is_recorded(live_app: FastAPI, order: "Order", stored_of: "type[Stored]") -> None:
    stored, driver = stored_of(live_app), new_id()

    async def recorded() -> bool:
        payment = await stored.payment()
        return (payment.ending, payment.driver_id) == ("undeliverable", driver)

    await publish_all(live_app, order.created)
    await eventually(lambda: stored.reached("authorized"))
    await publish_all(live_app, order.accepted(), order.undeliverable(), order.picked_up(driver))
    await eventually(recorded)
    await eventually(lambda: stored.reached("captured"))

    assert (await stored.payment()).version == 3
