"""Refunds by admins: in whole or in part, in time, and once per request."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from foodchassis import Database, new_id
from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer, eventually
from payment_service.settings import PaymentSettings

if TYPE_CHECKING:
    from conftest import Deliver, Order, Stored, Sweep

Published = Callable[[], Awaitable[list[Envelope]]]
RequestRefund = Callable[..., Coroutine[Any, Any, httpx2.Response]]
REFUND_OF_PREVIOUS_RELEASE = """
WITH begun AS (
    INSERT INTO refunds
        (id, payment_id, cause, amount, currency, reason, status, attempt, created_at, updated_at)
    VALUES (:id, :payment_id, :cause, 1000, 'EUR', 'cold', 'asked', 1, now(), now())
)
INSERT INTO deadlines (name, subject, due_at) VALUES ('refund.unfinished', :id, now())
"""


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    return {**service_environment, "SIMULATED_DELAY": "0"}


@pytest.fixture
def request_refund(client: httpx2.AsyncClient, issuer: Issuer, stored: "Stored") -> RequestRefund:
    """Return a function that requests a refund of the only payment as an admin."""
    admin = issuer.bearer("admin")

    async def request(amount: int | None = None, key: str | None = None, **body: Any) -> httpx2.Response:
        headers = {**admin, "Idempotency-Key": key or str(new_id())}
        wanted = {"reason": "cold", **({"amount": amount} if amount else {}), **body}
        return await client.post(f"/payments/{(await stored.payment()).id}/refunds", json=wanted, headers=headers)

    return request


@pytest.fixture
async def paid(deliver: "Deliver", order: "Order", published: Published) -> "Order":
    await deliver(order.created)
    await deliver(order.accepted())
    await published()
    return order


async def deadlines(app: FastAPI) -> list[UUID]:
    async with app.state.resources.get(Database).engine.connect() as connection:
        running = "SELECT subject FROM deadlines WHERE name = 'refund.unfinished'"
        return list((await connection.execute(text(running))).scalars())


async def test_the_location_of_a_new_refund_returns_it(
    client: httpx2.AsyncClient, issuer: Issuer, paid: "Order", request_refund: RequestRefund
) -> None:
    made = await request_refund(1000)
    place = made.headers["location"]

    shown = await client.get(place, headers=issuer.bearer("admin"))
    unknown = await client.get(f"{place.rpartition('/')[0]}/{new_id()}", headers=issuer.bearer("admin"))
    refused = await client.get(place, headers=issuer.bearer("customer"))

    assert (shown.status_code, shown.json()) == (200, made.json())
    assert (unknown.status_code, refused.status_code) == (404, 403)


async def test_a_payment_is_refunded_in_parts(
    app: FastAPI, paid: "Order", request_refund: RequestRefund, stored: "Stored", published: Published
) -> None:
    first, rest = await request_refund(1000), await request_refund()

    payment = await stored.payment()
    assert (first.status_code, rest.status_code) == (201, 201)
    assert first.json() == {
        "id": first.json()["id"], "payment_id": str(payment.id), "status": "done", "amount": 1000, "currency": "EUR",
        "reason": "cold", "refusal": None, "created_at": first.json()["created_at"],
    }  # fmt: skip
    assert (payment.status, payment.refunded, rest.json()["amount"]) == ("refunded", 2350, 1350)
    assert (await stored.balances(), await stored.kinds()) == ({}, ["capture", "refund", "refund"])
    assert [(one.data["amount"], one.data["refunded"], one.data["cause"]) for one in await published()] == [
        (1000, 1000, first.json()["id"]), (1350, 2350, rest.json()["id"]),
    ]  # fmt: skip
    assert await deadlines(app) == []


async def test_a_refund_is_audited_once(
    paid: "Order", request_refund: RequestRefund, stored: "Stored", published: Published, audit: list[dict[str, Any]]
) -> None:
    await request_refund(100, key="k")
    await request_refund(100, key="k")
    await published()

    wanted = ("payment.refunded", str((await stored.payment()).id), "cold")
    assert [(one["action"], one["object_id"], one["reason"]) for one in audit] == [wanted]


async def test_a_repeated_request_gets_the_first_response(
    paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    first, again = await request_refund(100, key="k"), await request_refund(100, key="k")

    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await stored.payment()).refunded == 100


async def test_an_idempotency_key_is_valid_for_one_request(
    paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    await request_refund(100, key="k")

    assert (await request_refund(200, key="k")).status_code == 422
    assert (await stored.payment()).refunded == 100


async def test_concurrent_repeats_of_a_request_make_one_refund(
    paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    answers = await asyncio.gather(*(request_refund(100, key="k") for _ in range(5)))

    assert len({answer.content for answer in answers}) == 1
    assert answers[0].status_code == 201
    assert (await stored.payment()).refunded == 100


async def test_concurrent_refunds_never_exceed_the_captured_amount(
    paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    answers = await asyncio.gather(*(request_refund(1000) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]
    assert (await stored.payment()).refunded == 2000


async def test_a_refund_during_the_capture_has_one_outcome(
    deliver: "Deliver", order: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    await deliver(order.created)

    answer, _ = await asyncio.gather(request_refund(), deliver(order.accepted()))

    status = (await stored.payment()).status
    assert (answer.status_code, status) in [(201, "refunded"), (409, "captured")]


async def test_a_concurrent_admin_refund_and_cancel_share_the_remainder(
    deliver: "Deliver", paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    answer, _ = await asyncio.gather(request_refund(1000), deliver(paid.cancel_requested(500)))

    # An admin's refund after the cancel returns at most the kept amount.
    assert (answer.status_code, (await stored.payment()).refunded) in [(201, 1850), (409, 1850)]


async def test_a_cancel_after_a_full_refund_publishes_a_refund_of_zero(
    deliver: "Deliver", paid: "Order", request_refund: RequestRefund, stored: "Stored", published: Published
) -> None:
    await request_refund()
    await published()

    await deliver(paid.cancel_requested())
    await deliver(paid.cancel_requested())

    (envelope,) = await published()
    assert (envelope.data["amount"], envelope.data["refunded"], envelope.data["cause"]) == (0, 2350, "cancel")
    assert (await stored.payment()).status == "refunded"


async def test_a_refund_waits_for_a_lost_response(
    deliver: "Deliver", an_order: "type[Order]", request_refund: RequestRefund, stored: "Stored"
) -> None:
    await paid_by(deliver, an_order, "tok_timeout_after_effect")

    assert (await request_refund(1000, key="k")).json()["status"] == "done"
    assert ((await stored.payment()).refunded, len(await stored.refunds())) == (1000, 1)
    assert await stored.effects() == ["authorize", "capture", "refund"]


async def test_a_repeated_request_returns_a_late_response(
    app: FastAPI, deliver: "Deliver", an_order: "type[Order]", request_refund: RequestRefund, stored: "Stored"
) -> None:
    await paid_by(deliver, an_order, "tok_slow")
    settings = app.state.resources.get(PaymentSettings)
    settings.simulated_delay, settings.provider_timeout = 5.0, 0.1

    lost = await request_refund(1000, key="k")
    assert (lost.status_code, lost.json()["type"]) == (503, "/problems/provider-unavailable")
    assert lost.headers["retry-after"]
    settings.simulated_delay = 0
    await eventually(stored.all_answered)

    found = await request_refund(1000, key="k")
    assert (found.status_code, found.json()["status"]) == (201, "done")
    assert ((await stored.payment()).refunded, len(await stored.refunds())) == (1000, 1)
    assert await stored.effects() == ["authorize", "capture", "refund"]


async def test_a_waiting_refund_holds_no_connection(
    app: FastAPI, deliver: "Deliver", an_order: "type[Order]", request_refund: RequestRefund, stored: "Stored"
) -> None:
    await paid_by(deliver, an_order, "tok_slow")
    app.state.resources.get(PaymentSettings).simulated_delay = 0.5
    request = asyncio.create_task(request_refund(1000))
    await eventually(lambda: refunding(stored))

    database = app.state.resources.get(Database)
    await eventually(lambda: idle(database))

    assert not request.done()
    assert (await request).json()["status"] == "done"


async def test_a_refund_of_the_previous_release_is_completed_by_its_deadline(
    app: FastAPI, deliver: "Deliver", paid: "Order", request_refund: RequestRefund, stored: "Stored", sweep: "Sweep"
) -> None:
    refund_id = new_id()
    async with app.state.resources.get(Database).engine.begin() as connection:
        row = {"id": refund_id, "cause": str(refund_id), "payment_id": (await stored.payment()).id}
        await connection.execute(text(REFUND_OF_PREVIOUS_RELEASE), row)

    await sweep()
    await eventually(stored.all_answered)

    assert ((await stored.payment()).refunded, (await stored.refunds())[0].status) == (1000, "done")
    assert await deadlines(app) == []


async def test_a_deadline_waits_for_the_lock_on_the_payment(
    app: FastAPI, deliver: "Deliver", an_order: "type[Order]", stored: "Stored", sweep: "Sweep"
) -> None:
    order = await paid_by(deliver, an_order, "tok_refund_fails")
    await deliver(order.cancel_requested())
    (refused,) = await stored.refunds()

    async with app.state.resources.get(Database).engine.begin() as holder:
        await holder.execute(text("SELECT FROM payments FOR NO KEY UPDATE"))
        await sweep()

    assert ((await stored.payment()).refunded, await deadlines(app)) == (0, [refused.id])
    await sweep()
    await eventually(lambda: stored.reached("refunded"))
    assert await deadlines(app) == []


async def test_refunds_are_requested_one_after_the_other(
    app: FastAPI,
    deliver: "Deliver",
    handle_event: "Deliver",
    an_order: "type[Order]",
    request_refund: RequestRefund,
    stored: "Stored",
) -> None:
    order = await paid_by(deliver, an_order, "tok_slow")
    app.state.resources.get(PaymentSettings).simulated_delay = 0.3
    one = asyncio.create_task(request_refund(1000))
    await eventually(lambda: refunding(stored))
    other = asyncio.create_task(request_refund(500))
    await eventually(lambda: begun(stored, 2))
    await handle_event(order.cancel_requested(350))
    first, second = await one, await other
    await eventually(stored.all_answered)

    assert (first.json()["status"], second.json()["status"]) == ("done", "done")
    assert [one.amount for one in await stored.refunds()] == [1000, 500, 500]
    assert (await stored.balances())["customer"] == -350


async def test_a_refused_refund_is_reported_and_changes_nothing(
    deliver: "Deliver", an_order: "type[Order]", request_refund: RequestRefund, stored: "Stored", published: Published
) -> None:
    await paid_by(deliver, an_order, "tok_refund_fails")

    refused = await request_refund(1000)

    assert (refused.status_code, refused.json()["status"], refused.json()["refusal"]) == (
        201, "refused", "refund_refused",
    )  # fmt: skip
    assert ((await stored.payment()).status, (await stored.payment()).refunded) == ("captured", 0)
    assert (await published())[-1].type == "payment.refund_failed.v1"
    assert (await request_refund(1000)).json()["status"] == "done"


async def test_a_refund_after_two_days_is_refused(
    app: FastAPI, paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    app.state.resources.settings.refund_window = timedelta(0)

    refused = await request_refund()

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/refund-too-late")
    assert await stored.refunds() == []


async def test_a_refund_of_more_than_the_remainder_is_refused(
    paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    await request_refund(1000)

    refused = await request_refund(1351)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/refund-too-large")
    assert (await stored.payment()).refunded == 1000


@pytest.mark.parametrize("ended", ["authorized", "declined", "voided", "refunded"])
async def test_an_uncaptured_payment_is_not_refunded(
    deliver: "Deliver", an_order: "type[Order]", request_refund: RequestRefund, stored: "Stored", ended: str
) -> None:
    order = an_order(payment_method="tok_declined" if ended == "declined" else "tok_ok")
    after: dict[str, list[Any]] = {"voided": [order.rejected], "refunded": [order.accepted(), order.rejected]}
    for event in (order.created, *after.get(ended, [])):
        await deliver(event)
    before = await stored.payment()

    refused = await request_refund(1)

    assert (refused.status_code, before.status) == (409, ended)
    assert ended in refused.json()["detail"]
    assert await stored.payment() == before


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "x", "amount": 0}, {"reason": "x", "amount": -1},
             {"reason": "x", "amount": "1"}, {"reason": "x", "amount": True}, {"reason": "x", "amount": 1.0},
             {"reason": "x", "amount": 10**12 + 1}, {"reason": "x", "cause": "cancel"}, {"reason": "\0"}],
)  # fmt: skip
async def test_a_malformed_refund_is_refused(
    client: httpx2.AsyncClient, issuer: Issuer, paid: "Order", stored: "Stored", body: dict[str, Any]
) -> None:
    headers = {**issuer.bearer("admin"), "Idempotency-Key": "k"}

    refused = await client.post(f"/payments/{(await stored.payment()).id}/refunds", json=body, headers=headers)

    assert refused.status_code == 422
    assert (await stored.payment()).refunded == 0


async def test_only_admins_refund_existing_payments(
    client: httpx2.AsyncClient, issuer: Issuer, paid: "Order", stored: "Stored"
) -> None:
    path = f"/payments/{(await stored.payment()).id}/refunds"
    body, key = {"reason": "cold"}, {"Idempotency-Key": "k"}

    assert (await client.post(path, json=body, headers=key)).status_code == 401
    assert (await client.post(path, json=body, headers=issuer.bearer("admin"))).status_code == 400
    for role in ("customer", "restaurant", "driver"):
        mine = issuer.bearer(role, paid.created.customer_id)
        assert (await client.post(path, json=body, headers={**mine, **key})).status_code == 403
    unknown = await client.post(f"/payments/{new_id()}/refunds", json=body, headers={**issuer.bearer("admin"), **key})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/payment-not-found")


async def paid_by(deliver: "Deliver", an_order: "type[Order]", method: str) -> "Order":
    """Bring an order to its capture."""
    order = an_order(payment_method=method)
    for event in (order.created, order.accepted()):
        await deliver(event)
    return order


async def refunding(stored: "Stored") -> bool:
    return "refund" in await stored.effects()


async def begun(stored: "Stored", refunds: int) -> bool:
    return len(await stored.refunds()) == refunds


async def idle(database: Any) -> bool:
    """Return whether no connection is in use."""
    return bool(database.engine.pool.checkedout() == database._in_use() == 0)


async def test_only_admins_read_the_ledger_of_a_payment(
    client: httpx2.AsyncClient, issuer: Issuer, paid: "Order", request_refund: RequestRefund, stored: "Stored"
) -> None:
    refund = (await request_refund(1000)).json()
    path = f"/payments/{(await stored.payment()).id}/ledger"

    found = (await client.get(path, headers=issuer.bearer("admin"))).json()

    assert [one["id"] for one in found["refunds"]] == [refund["id"]]
    moved = [(one["kind"], one["refund_id"]) for one in found["entries"]]
    assert moved == sorted(moved, key=lambda one: one[0] != "capture")
    assert {one for one in moved if one[0] == "refund"} == {("refund", refund["id"])}
    for movement in {one["transaction_id"] for one in found["entries"]}:
        assert sum(one["amount"] for one in found["entries"] if one["transaction_id"] == movement) == 0
    assert {one["currency"] for one in found["entries"]} == {"EUR"}
    unknown = await client.get(f"/payments/{new_id()}/ledger", headers=issuer.bearer("admin"))
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/payment-not-found")
    customer = issuer.bearer("customer", paid.created.customer_id)
    assert (await client.get(path, headers=customer)).status_code == 403
