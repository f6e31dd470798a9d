"""Events over a real broker are booked exactly once."""

from typing import TYPE_CHECKING

from fastapi import FastAPI
from prometheus_client import REGISTRY

from foodchassis import Database, Event, new_id, publish
from foodchassis.testing import eventually
from payment_service.settings import PaymentSettings

if TYPE_CHECKING:
    from conftest import Books, Order


async def tell(app: FastAPI, *events: Event) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        for event in events:
            await publish(session, event)


async def test_an_order_is_paid_once_despite_lost_responses_and_repeated_events(
    live_app: FastAPI, an_order: "type[Order]", books_of: "type[Books]"
) -> None:
    books = books_of(live_app)
    order = an_order(payment_method="tok_timeout_after_effect")

    await tell(live_app, order.created, order.created)
    await eventually(lambda: books.reached("authorized"))
    await tell(live_app, order.accepted(), order.accepted())
    await eventually(lambda: books.reached("captured"))

    assert (await books.captures(), await books.effects()) == (1, ["authorize", "capture"])


async def test_a_rejection_releases_the_hold(live_app: FastAPI, order: "Order", books_of: "type[Books]") -> None:
    books = books_of(live_app)

    await tell(live_app, order.created)
    await eventually(lambda: books.reached("authorized"))
    await tell(live_app, order.rejected)
    await eventually(lambda: books.reached("voided"))

    assert (await books.balances(), await books.effects()) == ({}, ["authorize", "void"])


async def test_an_order_waits_until_the_provider_responds(
    live_app: FastAPI, an_order: "type[Order]", books_of: "type[Books]"
) -> None:
    books, settings = books_of(live_app), live_app.state.resources.get(PaymentSettings)
    settings.provider_timeout = 0.2
    labels = {"name": "provider", "outcome": "postponed"}
    before = REGISTRY.get_sample_value("effects_total", labels) or 0

    async def tried_more_often_than_a_faulty_event_would_be() -> bool:
        return (REGISTRY.get_sample_value("effects_total", labels) or 0) - before > len(settings.retry_delays)

    await tell(live_app, an_order(payment_method="tok_slow").created)
    await eventually(tried_more_often_than_a_faulty_event_would_be)
    assert await books.reached("authorizing")
    settings.simulated_delay, settings.provider_timeout = 0, 5
    await eventually(lambda: books.reached("authorized"))

    assert await books.effects() == ["authorize"]


async def test_a_cancel_before_the_hold_waits_for_it(
    live_app: FastAPI, order: "Order", books_of: "type[Books]"
) -> None:
    books = books_of(live_app)

    await tell(live_app, order.cancel_requested(), order.payment_failed, order.created)
    await eventually(lambda: books.reached("voided"))

    assert await books.effects() == ["authorize", "void"]


async def test_the_end_of_an_order_is_recorded(live_app: FastAPI, order: "Order", books_of: "type[Books]") -> None:
    books, driver = books_of(live_app), new_id()

    async def noted() -> bool:
        payment = await books.payment()
        return (payment.ending, payment.driver_id) == ("undeliverable", driver)

    await tell(live_app, order.created)
    await eventually(lambda: books.reached("authorized"))
    await tell(live_app, order.accepted(), order.undeliverable(), order.picked_up(driver))
    await eventually(noted)
    await eventually(lambda: books.reached("captured"))

    assert (await books.payment()).version == 3
