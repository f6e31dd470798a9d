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
    from conftest import Books, Deliver, Order

Published = Callable[[], Awaitable[list[Envelope]]]


async def test_a_created_order_has_its_total_held(
    deliver: "Deliver", order: "Order", books: "Books", published: Published
) -> None:
    await deliver(order.created)

    payment = await books.payment()
    assert (payment.status, payment.amount, payment.version) == ("authorized", 2350, 2)
    assert await books.captures() == 0
    (told,) = await published()
    assert (told.type, told.subject, told.sequence) == ("payment.authorized.v1", payment.id, 2)
    assert told.data == {
        "payment_id": str(payment.id), "order_id": str(order.id), "amount": 2350, "currency": "EUR",
    }  # fmt: skip


@pytest.mark.parametrize("refusal", [("tok_declined", "card_declined"), ("tok_of_nobody", "unknown_payment_method")])
async def test_a_refused_card_declines_the_payment(
    deliver: "Deliver", an_order: "type[Order]", books: "Books", published: Published, refusal: tuple[str, str]
) -> None:
    method, reason = refusal
    await deliver(an_order(payment_method=method).created)

    payment = await books.payment()
    assert (payment.status, payment.reason) == ("declined", reason)
    (told,) = await published()
    assert (told.type, told.data["reason"]) == ("payment.declined.v1", reason)


async def test_an_accepted_order_is_captured_into_the_ledger(
    deliver: "Deliver", order: "Order", books: "Books", published: Published
) -> None:
    await deliver(order.created)
    await deliver(order.accepted())

    assert (await books.payment()).status == "captured"
    assert await books.balances() == {"customer": -2350, "platform_clearing": 2350}
    assert await books.effects() == ["authorize", "capture"]
    assert [(told.type, told.sequence) for told in await published()] == [
        ("payment.authorized.v1", 2), ("payment.completed.v1", 3),
    ]  # fmt: skip


async def test_a_refused_capture_is_told_and_moves_nothing(
    deliver: "Deliver", an_order: "type[Order]", books: "Books", published: Published
) -> None:
    order = an_order(payment_method="tok_capture_fails")
    await deliver(order.created)
    await deliver(order.accepted())
    await deliver(order.accepted())

    payment = await books.payment()
    assert (payment.status, payment.reason, payment.version) == ("capture_failed", "capture_refused", 3)
    assert (await books.balances(), await books.effects()) == ({}, ["authorize", "capture", "void"])
    _, told = await published()
    assert (told.type, told.data["reason"]) == ("payment.capture_failed.v1", "capture_refused")


async def test_the_same_facts_under_new_event_ids_change_nothing(
    deliver: "Deliver", order: "Order", an_order: "type[Order]", books: "Books", published: Published
) -> None:
    for event in (order.created, order.created, order.accepted(), order.accepted(), order.created):
        await deliver(event)

    assert ((await books.payment()).status, (await books.payment()).version) == ("captured", 3)
    assert (await books.captures(), await books.effects()) == (1, ["authorize", "capture"])
    assert len(await published()) == 2


@pytest.mark.parametrize("early", ["accepted", "rejected"])
async def test_an_event_before_its_payment_is_raised_to_be_retried(
    deliver: "Deliver", order: "Order", books: "Books", early: str
) -> None:
    event = order.accepted() if early == "accepted" else order.rejected

    with pytest.raises(PaymentNotFoundError):
        await deliver(event)

    await deliver(order.created)
    await deliver(event)
    assert (await books.payment()).status == ("captured" if early == "accepted" else "voided")


async def test_an_acceptance_before_the_hold_is_raised_and_asks_the_provider_nothing(
    hand_over: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    order = an_order(payment_method="tok_slow")
    await hand_over(order.created)
    assert (await books.payment()).status == "authorizing"

    with pytest.raises(IllegalTransitionError, match="authorizing"):
        await hand_over(order.accepted())

    assert await books.asked() == [f"{(await books.payment()).id}:authorize"]


async def test_an_acceptance_after_the_end_is_ignored(deliver: "Deliver", order: "Order", books: "Books") -> None:
    await deliver(order.created)
    await deliver(order.rejected)
    before = await books.payment()

    await deliver(order.accepted())

    assert await books.payment() == before
    assert await books.effects() == ["authorize", "void"]


@pytest.mark.parametrize("claim", [{"total": 2351}, {"total": 2349}, {"currency": "USD"}])
async def test_another_amount_than_the_hold_is_not_captured(
    deliver: "Deliver", order: "Order", books: "Books", claim: dict[str, int | str]
) -> None:
    await deliver(order.created)

    with pytest.raises(HoldMismatchError):
        await deliver(order.accepted(**claim))

    assert await books.effects() == ["authorize"]


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    deliver: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    order = an_order(payment_method="tok_timeout_after_effect")
    for event in (order.created, order.accepted()):
        await deliver(event)

    assert ((await books.payment()).status, await books.captures()) == ("captured", 1)
    assert await books.effects() == ["authorize", "capture"]


async def test_a_provider_slower_than_allowed_is_asked_again_until_it_is_quick(
    app: FastAPI, hand_over: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    settings = app.state.resources.get(PaymentSettings)
    settings.provider_timeout, settings.simulated_delay = 0.2, 5.0
    await hand_over(an_order(payment_method="tok_slow").created)
    await eventually(lambda: tried(app, 3))
    assert await books.reached("authorizing")

    settings.simulated_delay = 0

    await eventually(lambda: books.reached("authorized"))
    assert await books.effects() == ["authorize"]


async def test_the_card_s_token_is_forgotten_with_the_answer(
    app: FastAPI, hand_over: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    app.state.resources.get(PaymentSettings).simulated_delay = 0.1
    await hand_over(an_order(payment_method="tok_slow").created)
    assert await tokens(app) == ["tok_slow"]

    await eventually(lambda: books.reached("authorized"))

    assert await tokens(app) == []


async def test_accepted_twice_at_once_is_captured_once(deliver: "Deliver", order: "Order", books: "Books") -> None:
    await deliver(order.created)

    await asyncio.gather(deliver(order.accepted()), deliver(order.accepted()))

    assert (await books.captures(), await books.effects()) == (1, ["authorize", "capture"])


async def test_accepted_and_rejected_at_once_leaves_nothing_taken(
    deliver: "Deliver", order: "Order", books: "Books"
) -> None:
    await deliver(order.created)

    await asyncio.gather(deliver(order.accepted()), deliver(order.rejected))

    payment = await books.payment()
    assert (payment.status, payment.refunded) in [("voided", 0), ("refunded", 2350)]
    assert await books.balances() == {}


async def test_more_orders_than_connections_reach_the_provider(
    app: FastAPI, deliver: "Deliver", an_order: "type[Order]", books: "Books"
) -> None:
    more_than_connections = 3 * app.state.resources.settings.concurrent_messages

    await asyncio.gather(*(deliver(an_order().created) for _ in range(more_than_connections)))

    assert [payment.status for payment in await books.rows(Payment)] == ["authorized"] * more_than_connections


async def tried(app: FastAPI, times: int) -> bool:
    """Return whether the only effect has this number of failed attempts."""
    async with app.state.resources.get(Database).engine.connect() as connection:
        return bool((await connection.execute(text("SELECT attempts FROM effects"))).scalar_one() >= times)


async def tokens(app: FastAPI) -> list[str]:
    async with app.state.resources.get(Database).engine.connect() as connection:
        return list((await connection.execute(text("SELECT payload ->> 'method' FROM effects"))).scalars())
