"""Payments of ended orders are settled once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from foodchassis import Database, new_id
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer
from payment_service.errors import PaymentNotFoundError
from payment_service.models import Payment

if TYPE_CHECKING:
    from conftest import Deliver, Order, Stored

Published = Callable[[], Awaitable[list[Envelope]]]
Settle = Callable[[], Awaitable[dict[str, Any]]]
DRIVER = new_id()


@pytest.fixture
def settle(client: httpx2.AsyncClient, issuer: Issuer) -> Settle:
    """Return a function that makes a settlement as an admin."""
    admin = issuer.bearer("admin")

    async def settled() -> dict[str, Any]:
        made = await client.post("/settlements", headers={**admin, "Idempotency-Key": str(new_id())})
        assert made.status_code == 201
        answer: dict[str, Any] = made.json()
        return answer

    return settled


@pytest.fixture
def pay(deliver: "Deliver", an_order: "type[Order]") -> "Callable[[], Awaitable[Order]]":
    async def paid() -> "Order":
        order = an_order(subtotal=2000, delivery_fee=300, service_fee=100, tax=240, tip=150, total=2790)
        await deliver(order.created)
        await deliver(order.accepted())
        return order

    return paid


async def test_a_delivered_order_is_settled(
    client: httpx2.AsyncClient, issuer: Issuer, deliver: "Deliver", pay: Any, settle: Settle, stored: "Stored",
    published: Published, audit: list[dict[str, Any]],
) -> None:  # fmt: skip
    order = await pay()
    restaurant = order.created.restaurant_id
    await deliver(order.picked_up(DRIVER))
    await deliver(order.delivered())

    made = await settle()

    assert made == {
        "id": made["id"], "commission_bp": 1500, "payments": 1, "created_at": made["created_at"],
        "payouts": [
            {"payee": "driver", "payee_id": str(DRIVER), "amount": 450, "currency": "EUR"},
            {"payee": "platform", "payee_id": None, "amount": 400, "currency": "EUR"},
            {"payee": "restaurant", "payee_id": str(restaurant), "amount": 1900, "currency": "EUR"},
            {"payee": "tax", "payee_id": None, "amount": 40, "currency": "EUR"},
        ],
    }  # fmt: skip
    assert await stored.balances() == {
        "customer": -2790, f"restaurant:{restaurant}": 1900, f"driver:{DRIVER}": 450, "platform": 400, "tax": 40,
    }  # fmt: skip
    payment, envelope = await stored.payment(), (await published())[-1]
    assert (payment.status, payment.settled_at is not None, str(payment.settlement_id)) == (
        "captured",
        True,
        made["id"],
    )
    assert (envelope.type, envelope.sequence) == ("payment.settled.v1", payment.version)
    assert {name: envelope.data[name] for name in ("restaurant", "driver", "platform", "tax", "settlement_id")} == {
        "restaurant": 1900, "driver": 450, "platform": 400, "tax": 40, "settlement_id": made["id"],
    }  # fmt: skip
    read = await client.get(f"/settlements/{made['id']}", headers=issuer.bearer("admin"))
    assert (read.status_code, read.json()) == (200, made)
    assert [(one["action"], one["object_id"]) for one in audit] == [("settlement.made", made["id"])]


async def test_settling_again_changes_nothing(
    deliver: "Deliver", pay: Any, settle: Settle, stored: "Stored", published: Published
) -> None:
    await deliver((await pay()).delivered(DRIVER))
    await settle()
    before, balances, _ = await stored.payment(), await stored.balances(), await published()

    again = await settle()

    assert (again["payments"], again["payouts"]) == (0, [])
    assert (await stored.payment(), await stored.balances(), await published()) == (before, balances, [])


async def test_concurrent_settlements_settle_each_payment_once(
    deliver: "Deliver", pay: Any, settle: Settle, stored: "Stored"
) -> None:
    for _ in range(3):
        await deliver((await pay()).delivered(DRIVER))

    made = await asyncio.gather(*(settle() for _ in range(4)))

    assert sum(one["payments"] for one in made) == 3
    assert (await stored.kinds()).count("settlement") == 3
    assert (await stored.balances())[f"driver:{DRIVER}"] == 1350


async def test_only_ended_captured_payments_are_settled(
    deliver: "Deliver", pay: Any, an_order: "type[Order]", settle: Settle
) -> None:
    running, rejected, undriven, held = await pay(), await pay(), await pay(), an_order()
    await deliver(running.picked_up(DRIVER))
    await deliver(rejected.cancel_requested())
    await deliver(rejected.cancelled())
    await deliver(undriven.delivered())
    await deliver(held.created)

    assert (await settle())["payments"] == 0

    await deliver(undriven.picked_up(DRIVER))
    await deliver(running.undeliverable())
    assert (await settle())["payments"] == 2


async def test_the_restaurant_gets_the_kept_amount_of_a_cancelled_order(
    deliver: "Deliver", pay: Any, settle: Settle, stored: "Stored"
) -> None:
    order = await pay()
    await deliver(order.cancel_requested(2200))
    await deliver(order.cancelled(2200))

    await settle()

    assert await stored.balances() == {
        "customer": -2200, f"restaurant:{order.created.restaurant_id}": 1900, "platform": 300,
    }  # fmt: skip


async def test_the_restaurant_bears_a_refund_before_the_settlement(
    client: httpx2.AsyncClient, issuer: Issuer, deliver: "Deliver", pay: Any, settle: Settle, stored: "Stored"
) -> None:
    order = await pay()
    await deliver(order.delivered(DRIVER))
    await refund(client, issuer, stored, 500)

    await settle()

    assert (await stored.balances())[f"restaurant:{order.created.restaurant_id}"] == 1400
    assert (await stored.balances())["customer"] == -2290


async def test_a_refund_after_the_settlement_is_clawed_back_in_the_next(
    app: FastAPI, client: httpx2.AsyncClient, issuer: Issuer, deliver: "Deliver", pay: Any, settle: Settle,
    stored: "Stored",
) -> None:  # fmt: skip
    order = await pay()
    restaurant = str(order.created.restaurant_id)
    await deliver(order.delivered(DRIVER))
    await settle()
    # A new commission, after the payment was settled with the old one.
    app.state.resources.settings.commission_bp = 3000

    await refund(client, issuer, stored, 500)
    await refund(client, issuer, stored, 1700)

    assert await stored.kinds() == ["capture", "settlement", "clawback", "clawback"]
    assert await stored.balances() == {"customer": -590, f"driver:{DRIVER}": 450, "platform": 100, "tax": 40}
    made = await settle()
    owed = {payout["payee_id"] or payout["payee"]: payout["amount"] for payout in made["payouts"]}
    assert (made["payments"], owed) == (0, {restaurant: -1900, str(DRIVER): 0, "platform": -300, "tax": 0})
    assert (await settle())["payouts"] == []


async def test_a_settlement_takes_a_batch_of_the_oldest_payments(
    app: FastAPI, deliver: "Deliver", pay: Any, settle: Settle, stored: "Stored"
) -> None:
    app.state.resources.settings.settlement_batch = 2
    orders = [await pay() for _ in range(3)]
    for order in orders:
        await deliver(order.delivered(DRIVER))

    counts = [(await settle())["payments"] for _ in range(3)]

    assert counts == [2, 1, 0]
    payments = {payment.order_id: payment for payment in await stored.rows(Payment)}
    first_two = {payments[order.id].settlement_id for order in orders[:2]}
    assert first_two != {payments[orders[2].id].settlement_id}
    assert len(first_two) == 1


async def test_a_locked_payment_is_left_to_the_next_settlement(
    app: FastAPI, deliver: "Deliver", pay: Any, settle: Settle
) -> None:
    await deliver((await pay()).delivered(DRIVER))

    async with app.state.resources.get(Database).engine.begin() as holder:
        await holder.execute(text("SELECT FROM payments FOR NO KEY UPDATE"))
        assert (await settle())["payments"] == 0

    assert (await settle())["payments"] == 1


@pytest.mark.parametrize("fact", ["picked_up", "delivered", "undeliverable", "cancelled"])
async def test_an_ending_before_its_payment_is_retried(deliver: "Deliver", order: "Order", fact: str) -> None:
    facts = {
        "picked_up": order.picked_up(DRIVER), "delivered": order.delivered(), "undeliverable": order.undeliverable(),
        "cancelled": order.cancelled(),
    }  # fmt: skip

    with pytest.raises(PaymentNotFoundError):
        await deliver(facts[fact])


async def test_only_admins_settle_and_only_admins_and_owners_read_settlements(
    client: httpx2.AsyncClient, issuer: Issuer
) -> None:
    path, key = f"/settlements/{new_id()}", {"Idempotency-Key": "k"}

    assert (await client.post("/settlements", headers=key)).status_code == 401
    assert (await client.get(path)).status_code == 401
    for role in ("customer", "restaurant", "driver"):
        assert (await client.post("/settlements", headers={**issuer.bearer(role), **key})).status_code == 403
        # An owner may read settlements, but none has a payout for this one.
        refused = 404 if role == "restaurant" else 403
        assert (await client.get(path, headers=issuer.bearer(role))).status_code == refused
    assert (await client.post("/settlements", headers=issuer.bearer("admin"))).status_code == 400
    unknown = await client.get(path, headers=issuer.bearer("admin"))
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/settlement-not-found")


async def refund(client: httpx2.AsyncClient, issuer: Issuer, stored: "Stored", amount: int) -> None:
    headers = {**issuer.bearer("admin"), "Idempotency-Key": str(new_id())}
    path = f"/payments/{(await stored.payment()).id}/refunds"
    made = await client.post(path, json={"amount": amount, "reason": "cold"}, headers=headers)
    assert (made.status_code, made.json()["status"]) == (201, "done")


async def test_food_not_paid_by_the_customer_is_not_settled(
    deliver: "Deliver", pay: Any, settle: Settle, stored: "Stored"
) -> None:
    order = await pay()
    await deliver(order.picked_up(DRIVER))
    await deliver(order.undeliverable("courier"))

    assert (await settle())["payments"] == 0
    assert await stored.balances() == {}


async def test_a_payment_with_an_open_refund_is_not_settled(
    deliver: "Deliver", an_order: "type[Order]", settle: Settle, stored: "Stored"
) -> None:
    order = an_order(payment_method="tok_refund_fails")
    for event in (order.created, order.accepted(), order.picked_up(DRIVER), order.undeliverable("courier")):
        await deliver(event)

    assert (await stored.payment()).status == "captured"
    assert (await settle())["payments"] == 0
