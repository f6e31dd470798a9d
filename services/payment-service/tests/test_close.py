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
    from conftest import Books, Deliver, Order, Sweep

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
    deliver: "Deliver", order: "Order", books: "Books", published: Published, why: str
) -> None:
    await deliver(order.created)
    for _ in range(2):
        await deliver(CLOSES[why](order))

    assert (await books.payment()).status == "voided"
    assert (await books.balances(), await books.effects()) == ({}, ["authorize", "void"])
    assert [told.type for told in await published()] == ["payment.authorized.v1", "payment.voided.v1"]


@every_close
async def test_a_captured_amount_is_refunded(
    deliver: "Deliver", paid: "Order", books: "Books", published: Published, why: str
) -> None:
    for _ in range(2):
        await deliver(CLOSES[why](paid))

    payment = await books.payment()
    assert (payment.status, payment.refunded) == ("refunded", 2350)
    assert (await books.balances(), await books.effects()) == ({}, ["authorize", "capture", "refund"])
    (told,) = await published()
    assert (told.type, told.sequence) == ("payment.refunded.v1", 4)
    assert told.data == {
        "payment_id": str(payment.id), "order_id": str(paid.id), "amount": 2350, "refunded": 2350, "currency": "EUR",
        "cause": "cancel",
    }  # fmt: skip


@every_close
async def test_a_close_before_its_payment_is_retried(deliver: "Deliver", order: "Order", why: str) -> None:
    with pytest.raises(PaymentNotFoundError):
        await deliver(CLOSES[why](order))


@every_close
async def test_a_close_before_the_providers_response_is_applied_afterwards(
    app: FastAPI, hand_over: "Deliver", an_order: "type[Order]", books: "Books", published: Published, why: str
) -> None:
    app.state.resources.get(PaymentSettings).simulated_delay = 0.2
    order = an_order(payment_method="tok_slow")
    await hand_over(order.created)
    await hand_over(CLOSES[why](order))
    assert await books.reached("authorizing")

    await eventually(lambda: books.reached("voided"))

    assert await books.effects() == ["authorize", "void"]
    assert [told.type for told in await published()] == ["payment.authorized.v1", "payment.voided.v1"]


async def test_a_cancel_during_the_capture_is_applied_after_the_response(
    app: FastAPI, deliver: "Deliver", hand_over: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    app.state.resources.get(PaymentSettings).simulated_delay = 0.2
    order = an_order(payment_method="tok_slow")
    await deliver(order.created)
    await hand_over(order.accepted())
    await hand_over(order.cancel_requested(2000))
    assert await books.reached("authorized")

    await eventually(lambda: books.reached("partially_refunded"))

    assert (await books.payment()).refunded == 350
    assert await books.effects() == ["authorize", "capture", "refund"]


@pytest.mark.parametrize(("method", "ended"), [("tok_declined", "declined"), ("tok_capture_fails", "capture_failed")])
@every_close
async def test_a_close_without_a_hold_changes_nothing(
    deliver: "Deliver", an_order: "type[Order]", books: "Books", published: Published, method: str, ended: str, why: str
) -> None:
    order = an_order(payment_method=method)
    await deliver(order.created)
    if ended == "capture_failed":
        await deliver(order.accepted())
    before, effects, _ = await books.payment(), await books.effects(), await published()

    await deliver(CLOSES[why](order))

    assert before.status == ended
    assert (await books.payment(), await books.effects(), await published()) == (before, effects, [])


@pytest.mark.parametrize(
    ("keep", "status", "back"),
    [(0, "refunded", 2350), (2000, "partially_refunded", 350), (2350, "captured", 0), (9999, "captured", 0)],
)
async def test_the_kept_amount_is_not_refunded(
    deliver: "Deliver", paid: "Order", books: "Books", published: Published, keep: int, status: str, back: int
) -> None:
    for _ in range(2):
        await deliver(paid.cancel_requested(keep))

    payment = await books.payment()
    assert (payment.status, payment.refunded) == (status, back)
    assert (await books.balances()).get("customer", 0) == back - 2350
    (told,) = await published()
    assert (told.data["amount"], told.data["refunded"], told.data["cause"]) == (back, back, "cancel")


async def test_a_hold_captured_elsewhere_is_not_voided(
    app: FastAPI, deliver: "Deliver", order: "Order", books: "Books"
) -> None:
    await deliver(order.created)
    hold = (await books.payment()).hold
    await app.state.resources.get(PaymentProvider).capture("by another hand", hold, 2350)

    await deliver(order.rejected)

    assert (await books.payment()).status == "authorized"


async def test_a_refused_refund_is_published_and_retried_on_request(
    deliver: "Deliver", an_order: "type[Order]", books: "Books", published: Published
) -> None:
    order = an_order(payment_method="tok_refund_fails")
    for event in (order.created, order.accepted(), order.cancel_requested()):
        await deliver(event)

    payment = await books.payment()
    assert (payment.status, payment.refunded, payment.reason) == ("captured", 0, "refund_refused")
    told = (await published())[-1]
    assert (told.type, told.data["reason"]) == ("payment.refund_failed.v1", "refund_refused")
    assert told.data["amount"] == 2350

    await deliver(order.cancel_requested())

    payment = await books.payment()
    assert (payment.status, payment.refunded, payment.reason) == ("refunded", 2350, None)
    ((refund,), (told,)) = await books.refunds(), await published()
    assert (refund.status, refund.attempt, refund.refusal) == ("done", 2, None)
    assert told.type == "payment.refunded.v1"


async def test_every_request_without_a_response_is_retried(
    deliver: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    order = an_order(payment_method="tok_timeout_after_effect")
    for event in (order.created, order.accepted(), order.cancel_requested(2000)):
        await deliver(event)

    assert (await books.payment()).refunded == 350
    assert await books.effects() == ["authorize", "capture", "refund"]


async def test_concurrent_cancels_lead_to_one_refund(
    deliver: "Deliver", paid: "Order", books: "Books", published: Published
) -> None:
    await asyncio.gather(*(deliver(paid.cancel_requested(500)) for _ in range(5)))

    assert (await books.payment()).refunded == 1850
    assert await books.effects() == ["authorize", "capture", "refund"]
    assert len(await published()) == 1


async def test_a_refused_refund_of_an_ended_order_is_retried_by_its_deadline(
    app: FastAPI, deliver: "Deliver", an_order: "type[Order]", books: "Books", sweep: "Sweep"
) -> None:
    order = an_order(payment_method="tok_refund_fails")
    for event in (order.created, order.accepted(), order.cancel_requested()):
        await deliver(event)
    assert (await books.payment()).status == "captured"

    await sweep()

    await eventually(lambda: books.reached("refunded"))
    assert [(one.status, one.attempt) for one in await books.refunds()] == [("done", 2)]


@pytest.mark.parametrize(("responsible", "back"), [("customer", 0), ("courier", 2350), ("platform", 2350)])
async def test_only_a_responsible_customer_pays_for_undeliverable_food(
    deliver: "Deliver", paid: "Order", books: "Books", published: Published, responsible: str, back: int
) -> None:
    for _ in range(2):
        await deliver(paid.undeliverable(responsible))

    payment = await books.payment()
    assert (payment.refunded, payment.ending, payment.responsible) == (back, "undeliverable", responsible)
    assert [told.data["cause"] for told in await published()] == (["undeliverable"] if back else [])
