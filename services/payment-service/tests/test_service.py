import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from foodchassis import Database
from foodchassis.kernel import Envelope, IllegalTransitionError
from foodchassis.testing import eventually
from payment_service.errors import HoldMismatchError, PaymentNotFoundError
from payment_service.models import Payment
from payment_service.settings import PaymentSettings

if TYPE_CHECKING:
    from conftest import Deliver, Order, Stored

Published = Callable[[], Awaitable[list[Envelope]]]


async def test_the_total_of_a_created_order_is_held(
    deliver: "Deliver", order: "Order", stored: "Stored", published: Published
) -> None:
    await deliver(order.created)

    payment = await stored.payment()
    assert (payment.status, payment.amount, payment.version) == ("authorized", 2350, 2)
    assert await stored.captures() == 0
    (envelope,) = await published()
    assert (envelope.type, envelope.subject, envelope.sequence) == ("payment.authorized.v1", payment.id, 2)
    assert envelope.data == {
        "payment_id": str(payment.id), "order_id": str(order.id), "amount": 2350, "currency": "EUR",
    }  # fmt: skip


@pytest.mark.parametrize("refusal", [("tok_declined", "card_declined"), ("tok_of_nobody", "unknown_payment_method")])
async def test_a_refused_card_declines_the_payment(
    deliver: "Deliver", an_order: "type[Order]", stored: "Stored", published: Published, refusal: tuple[str, str]
) -> None:
    method, reason = refusal
    await deliver(an_order(payment_method=method).created)

    payment = await stored.payment()
    assert (payment.status, payment.reason) == ("declined", reason)
    (envelope,) = await published()
    assert (envelope.type, envelope.data["reason"]) == ("payment.declined.v1", reason)


async def test_the_capture_of_an_accepted_order_is_in_the_ledger(
    deliver: "Deliver", order: "Order", stored: "Stored", published: Published
) -> None:
    await deliver(order.created)
    await deliver(order.accepted())

    assert (await stored.payment()).status == "captured"
    assert await stored.balances() == {"customer": -2350, "platform_clearing": 2350}
    assert await stored.effects() == ["authorize", "capture"]
    assert [(envelope.type, envelope.sequence) for envelope in await published()] == [
        ("payment.authorized.v1", 2), ("payment.completed.v1", 3),
    ]  # fmt: skip


async def test_a_refused_capture_is_published_and_moves_no_money(
    deliver: "Deliver", an_order: "type[Order]", stored: "Stored", published: Published
) -> None:
    order = an_order(payment_method="tok_capture_fails")
    await deliver(order.created)
    await deliver(order.accepted())
    await deliver(order.accepted())

    payment = await stored.payment()
    assert (payment.status, payment.reason, payment.version) == ("capture_failed", "capture_refused", 3)
    assert (await stored.balances(), await stored.effects()) == ({}, ["authorize", "capture", "void"])
    _, envelope = await published()
    assert (envelope.type, envelope.data["reason"]) == ("payment.capture_failed.v1", "capture_refused")


async def test_repeated_facts_with_new_event_ids_change_nothing(
    deliver: "Deliver", order: "Order", an_order: "type[Order]", stored: "Stored", published: Published
) -> None:
    for event in (order.created, order.created, order.accepted(), order.accepted(), order.created):
        await deliver(event)

    assert ((await stored.payment()).status, (await stored.payment()).version) == ("captured", 3)
    assert (await stored.captures(), await stored.effects()) == (1, ["authorize", "capture"])
    assert len(await published()) == 2


@pytest.mark.parametrize("early", ["accepted", "rejected"])
async def test_an_event_before_its_payment_is_retried(
    deliver: "Deliver", order: "Order", stored: "Stored", early: str
) -> None:
    event = order.accepted() if early == "accepted" else order.rejected

    with pytest.raises(PaymentNotFoundError):
        await deliver(event)

    await deliver(order.created)
    await deliver(event)
    assert (await stored.payment()).status == ("captured" if early == "accepted" else "voided")


async def test_an_acceptance_before_the_hold_is_retried_without_a_request(
    handle_event: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    order = an_order(payment_method="tok_slow")
    await handle_event(order.created)
    assert (await stored.payment()).status == "authorizing"

    with pytest.raises(IllegalTransitionError, match="authorizing"):
        await handle_event(order.accepted())

    assert await stored.open_requests() == [f"{(await stored.payment()).id}:authorize"]


async def test_an_acceptance_after_the_end_is_ignored(deliver: "Deliver", order: "Order", stored: "Stored") -> None:
    await deliver(order.created)
    await deliver(order.rejected)
    before = await stored.payment()

    await deliver(order.accepted())

    assert await stored.payment() == before
    assert await stored.effects() == ["authorize", "void"]


@pytest.mark.parametrize("claim", [{"total": 2351}, {"total": 2349}, {"currency": "USD"}])
async def test_another_amount_than_the_hold_is_not_captured(
    deliver: "Deliver", order: "Order", stored: "Stored", claim: dict[str, int | str]
) -> None:
    await deliver(order.created)

    with pytest.raises(HoldMismatchError):
        await deliver(order.accepted(**claim))

    assert await stored.effects() == ["authorize"]


async def test_a_request_without_a_response_is_retried_with_the_same_key(
    deliver: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    order = an_order(payment_method="tok_timeout_after_effect")
    for event in (order.created, order.accepted()):
        await deliver(event)

    assert ((await stored.payment()).status, await stored.captures()) == ("captured", 1)
    assert await stored.effects() == ["authorize", "capture"]


async def test_a_timed_out_request_is_retried_until_the_provider_responds_in_time(
    app: FastAPI, handle_event: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    settings = app.state.resources.get(PaymentSettings)
    settings.provider_timeout, settings.simulated_delay = 0.2, 5.0
    await handle_event(an_order(payment_method="tok_slow").created)
    await eventually(lambda: tried(app, 3))
    assert await stored.reached("authorizing")

    settings.simulated_delay = 0

    await eventually(lambda: stored.reached("authorized"))
    assert await stored.effects() == ["authorize"]


async def test_the_card_token_is_deleted_after_the_response(
    app: FastAPI, handle_event: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    app.state.resources.get(PaymentSettings).simulated_delay = 0.1
    await handle_event(an_order(payment_method="tok_slow").created)
    assert await tokens(app) == ["tok_slow"]

    await eventually(lambda: stored.reached("authorized"))

    assert await tokens(app) == []


async def test_concurrent_acceptances_lead_to_one_capture(deliver: "Deliver", order: "Order", stored: "Stored") -> None:
    await deliver(order.created)

    await asyncio.gather(deliver(order.accepted()), deliver(order.accepted()))

    assert (await stored.captures(), await stored.effects()) == (1, ["authorize", "capture"])


async def test_concurrent_acceptance_and_rejection_leave_no_money_captured(
    deliver: "Deliver", order: "Order", stored: "Stored"
) -> None:
    await deliver(order.created)

    await asyncio.gather(deliver(order.accepted()), deliver(order.rejected))

    payment = await stored.payment()
    assert (payment.status, payment.refunded) in [("voided", 0), ("refunded", 2350)]
    assert await stored.balances() == {}


async def test_more_orders_than_connections_are_authorized(
    app: FastAPI, deliver: "Deliver", an_order: "type[Order]", stored: "Stored"
) -> None:
    more_than_connections = 3 * app.state.resources.settings.concurrent_messages

    await asyncio.gather(*(deliver(an_order().created) for _ in range(more_than_connections)))

    assert [payment.status for payment in await stored.rows(Payment)] == ["authorized"] * more_than_connections


async def tried(app: FastAPI, times: int) -> bool:
    """Return whether the only effect has this number of failed attempts."""
    async with app.state.resources.get(Database).engine.connect() as connection:
        return bool((await connection.execute(text("SELECT attempts FROM effects"))).scalar_one() >= times)


async def tokens(app: FastAPI) -> list[str]:
    async with app.state.resources.get(Database).engine.connect() as connection:
        return list((await connection.execute(text("SELECT payload ->> 'method' FROM effects"))).scalars())
