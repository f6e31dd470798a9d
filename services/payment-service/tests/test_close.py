"""An order ends early: its hold is released, or the captured amount is refunded except the kept part."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI

from foodchassis import Event
from foodchassis.kernel import Envelope
from foodchassis.testing import eventually
from payment_service.adapters.provider import PaymentProvider
from payment_service.errors import PaymentNotFoundError
from payment_service.settings import PaymentSettings

if TYPE_CHECKING:
    from conftest import Deliver, Order, Stored, Sweep

Published = Callable[[], Awaitable[list[Envelope]]]
CLOSES: dict[str, "Callable[[Order], Event]"] = {
    "rejected": lambda order: order.rejected,
    "payment_failed": lambda order: order.payment_failed,
    "cancel_requested": lambda order: order.cancel_requested(),
}
every_close = pytest.mark.parametrize("why", CLOSES)


@pytest.fixture
async def paid(deliver: "Deliver", order: "Order", published: Published) -> "Order":
    await deliver(order.created)
    await deliver(order.accepted())
    await published()
    return order


@every_close
async def test_a_hold_is_released(
    deliver: "Deliver", order: "Order", stored: "Stored", published: Published, why: str
) -> None:
    await deliver(order.created)
    for _ in range(2):
        await deliver(CLOSES[why](order))

    assert (await stored.payment()).status == "voided"
    assert (await stored.balances(), await stored.effects()) == ({}, ["authorize", "void"])
    assert [envelope.type for envelope in await published()] == ["payment.authorized.v1", "payment.voided.v1"]


@every_close
async def test_a_captured_amount_is_refunded(
    deliver: "Deliver", paid: "Order", stored: "Stored", published: Published, why: str
) -> None:
    for _ in range(2):
        await deliver(CLOSES[why](paid))

    payment = await stored.payment()
    assert (payment.status, payment.refunded) == ("refunded", 2350)
    assert (await stored.balances(), await stored.effects()) == ({}, ["authorize", "capture", "refund"])
    (envelope,) = await published()
    assert (envelope.type, envelope.sequence) == ("payment.refunded.v1", 4)
    assert envelope.data == {
        "payment_id": str(payment.id), "order_id": str(paid.id), "amount": 2350, "refunded": 2350, "currency": "EUR",
        "cause": "cancel",
    }  # fmt: skip


@every_close
async def test_a_close_before_its_payment_is_retried(deliver: "Deliver", order: "Order", why: str) -> None:
    with pytest.raises(PaymentNotFoundError):
        await deliver(CLOSES[why](order))


@every_close
async def test_a_close_before_the_providers_response_is_applied_afterwards(
    app: FastAPI, handle_event: "Deliver", an_order: "type[Order]", stored: "Stored", published: Published, why: str
) -> None:
    app.state.resources.get(PaymentSettings).simulated_delay = 0.2
    order = an_order(payment_method="tok_slow")
    await handle_event(order.created)
    await handle_event(CLOSES[why](order))
    assert await stored.reached("authorizing")

    await eventually(lambda: stored.reached("voided"))

    assert await stored.effects() == ["authorize", "void"]
    assert [envelope.type for envelope in await published()] == ["payment.authorized.v1", "payment.voided.v1"]


async def test_a_cancel_during_the_capture_is_applied_after_the_response(
    app: FastAPI, deliver: "Deliver", handle_event: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    app.state.resources.get(PaymentSettings).simulated_delay = 0.2
    order = an_order(payment_method="tok_slow")
    await deliver(order.created)
    await handle_event(order.accepted())
    await handle_event(order.cancel_requested(2000))
    assert await stored.reached("authorized")

    await eventually(lambda: stored.reached("partially_refunded"))

    assert (await stored.payment()).refunded == 350
    assert await stored.effects() == ["authorize", "capture", "refund"]


@pytest.mark.parametrize(("method", "ended"), [("tok_declined", "declined"), ("tok_capture_fails", "capture_failed")])
@every_close
async def test_a_close_without_a_hold_changes_nothing(
    deliver: "Deliver",
    an_order: "type[Order]",
    stored: "Stored",
    published: Published,
    method: str,
    ended: str,
    why: str,
) -> None:
    order = an_order(payment_method=method)
    await deliver(order.created)
    if ended == "capture_failed":
        await deliver(order.accepted())
    before, effects, _ = await stored.payment(), await stored.effects(), await published()

    await deliver(CLOSES[why](order))

    assert before.status == ended
    assert (await stored.payment(), await stored.effects(), await published()) == (before, effects, [])


@pytest.mark.parametrize(
    ("keep", "status", "back"),
    [(0, "refunded", 2350), (2000, "partially_refunded", 350), (2350, "captured", 0), (9999, "captured", 0)],
)
async def test_the_kept_amount_is_not_refunded(
    deliver: "Deliver", paid: "Order", stored: "Stored", published: Published, keep: int, status: str, back: int
) -> None:
    for _ in range(2):
        await deliver(paid.cancel_requested(keep))

    payment = await stored.payment()
    assert (payment.status, payment.refunded) == (status, back)
    assert (await stored.balances()).get("customer", 0) == back - 2350
    (envelope,) = await published()
    assert (envelope.data["amount"], envelope.data["refunded"], envelope.data["cause"]) == (back, back, "cancel")


async def test_a_hold_captured_elsewhere_is_not_voided(
    app: FastAPI, deliver: "Deliver", order: "Order", stored: "Stored"
) -> None:
    await deliver(order.created)
    hold = (await stored.payment()).hold
    await app.state.resources.get(PaymentProvider).capture("by another hand", hold, 2350)

    await deliver(order.rejected)

    assert (await stored.payment()).status == "authorized"


async def test_a_refused_refund_is_published_and_retried_on_request(
    deliver: "Deliver", an_order: "type[Order]", stored: "Stored", published: Published
) -> None:
    order = an_order(payment_method="tok_refund_fails")
    for event in (order.created, order.accepted(), order.cancel_requested()):
        await deliver(event)

    payment = await stored.payment()
    assert (payment.status, payment.refunded, payment.reason) == ("captured", 0, "refund_refused")
    envelope = (await published())[-1]
    assert (envelope.type, envelope.data["reason"]) == ("payment.refund_failed.v1", "refund_refused")
    assert envelope.data["amount"] == 2350

    await deliver(order.cancel_requested())

    payment = await stored.payment()
    assert (payment.status, payment.refunded, payment.reason) == ("refunded", 2350, None)
    ((refund,), (envelope,)) = await stored.refunds(), await published()
    assert (refund.status, refund.attempt, refund.refusal) == ("done", 2, None)
    assert envelope.type == "payment.refunded.v1"


async def test_every_request_without_a_response_is_retried(
    deliver: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    order = an_order(payment_method="tok_timeout_after_effect")
    for event in (order.created, order.accepted(), order.cancel_requested(2000)):
        await deliver(event)

    assert (await stored.payment()).refunded == 350
    assert await stored.effects() == ["authorize", "capture", "refund"]


async def test_concurrent_cancels_lead_to_one_refund(
    deliver: "Deliver", paid: "Order", stored: "Stored", published: Published
) -> None:
    await asyncio.gather(*(deliver(paid.cancel_requested(500)) for _ in range(5)))

    assert (await stored.payment()).refunded == 1850
    assert await stored.effects() == ["authorize", "capture", "refund"]
    assert len(await published()) == 1


async def test_a_refused_refund_of_an_ended_order_is_retried_by_its_deadline(
    app: FastAPI, deliver: "Deliver", an_order: "type[Order]", stored: "Stored", sweep: "Sweep"
) -> None:
    order = an_order(payment_method="tok_refund_fails")
    for event in (order.created, order.accepted(), order.cancel_requested()):
        await deliver(event)
    assert (await stored.payment()).status == "captured"

    await sweep()

    await eventually(lambda: stored.reached("refunded"))
    assert [(one.status, one.attempt) for one in await stored.refunds()] == [("done", 2)]


@pytest.mark.parametrize(("responsible", "back"), [("customer", 0), ("courier", 2350), ("platform", 2350)])
async def test_only_a_responsible_customer_pays_for_undeliverable_food(
    deliver: "Deliver", paid: "Order", stored: "Stored", published: Published, responsible: str, back: int
) -> None:
    for _ in range(2):
        await deliver(paid.undeliverable(responsible))

    payment = await stored.payment()
    assert (payment.refunded, payment.ending, payment.responsible) == (back, "undeliverable", responsible)
    assert [envelope.data["cause"] for envelope in await published()] == (["undeliverable"] if back else [])
