from typing import TYPE_CHECKING

import httpx2
import pytest

from foodchassis import new_id
from foodchassis.testing import Issuer

if TYPE_CHECKING:
    from conftest import Deliver, Order, Stored


async def test_a_customer_reads_the_payment_of_an_order(
    client: httpx2.AsyncClient, issuer: Issuer, deliver: "Deliver", order: "Order", stored: "Stored"
) -> None:
    await deliver(order.created)
    payment = await stored.payment()
    mine = issuer.bearer("customer", order.created.customer_id)

    one = await client.get(f"/payments/{payment.id}", headers=mine)
    listed = await client.get("/payments", params={"order_id": str(order.id)}, headers=mine)

    assert (one.status_code, listed.status_code) == (200, 200)
    assert listed.json() == {"items": [one.json()], "next_cursor": None}
    assert one.json() == {
        "id": str(payment.id), "order_id": str(order.id), "customer_id": str(order.created.customer_id),
        "status": "authorized", "amount": 2350, "refunded": 0, "currency": "EUR", "reason": None, "version": 2,
        "captured_at": None, "settled_at": None,
        "created_at": payment.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": payment.updated_at.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip


async def test_an_admin_reads_every_payment(
    client: httpx2.AsyncClient, issuer: Issuer, deliver: "Deliver", an_order: "type[Order]"
) -> None:
    first, second = an_order(), an_order()
    await deliver(first.created)
    await deliver(second.created)

    listed = await client.get("/payments", headers=issuer.bearer("admin"))

    assert [item["order_id"] for item in listed.json()["items"]] == [str(second.id), str(first.id)]
    one = await client.get(f"/payments/{listed.json()['items'][0]['id']}", headers=issuer.bearer("admin"))
    assert one.status_code == 200


async def test_a_list_continues_after_its_page(
    client: httpx2.AsyncClient, issuer: Issuer, deliver: "Deliver", an_order: "type[Order]"
) -> None:
    customer = new_id()
    orders = [an_order(customer_id=customer) for _ in range(3)]
    for order in orders:
        await deliver(order.created)
    mine = issuer.bearer("customer", customer)

    first = (await client.get("/payments", params={"limit": 2}, headers=mine)).json()
    rest = (await client.get("/payments", params={"cursor": first["next_cursor"]}, headers=mine)).json()

    assert [item["order_id"] for item in first["items"] + rest["items"]] == [str(o.id) for o in reversed(orders)]
    assert rest["next_cursor"] is None


async def test_a_payment_of_another_user_responds_like_a_missing_one(
    client: httpx2.AsyncClient, issuer: Issuer, deliver: "Deliver", order: "Order", stored: "Stored"
) -> None:
    await deliver(order.created)
    stranger = issuer.bearer("customer")
    payment, unknown = (await stored.payment()).id, new_id()

    foreign = await client.get(f"/payments/{payment}", headers=stranger)
    missing = await client.get(f"/payments/{unknown}", headers=stranger)
    listed = await client.get("/payments", params={"order_id": str(order.id)}, headers=stranger)

    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["type"] == missing.json()["type"] == "/problems/payment-not-found"
    assert foreign.json()["detail"].replace(str(payment), str(unknown)) == missing.json()["detail"]
    assert listed.json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("path", ["/payments", "/payments/01a203b4-c6ce-73ef-8e3f-1ef563390320"])
async def test_payments_require_a_token_and_a_role(client: httpx2.AsyncClient, issuer: Issuer, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers={"Authorization": "Bearer forged"})).status_code == 401
    assert (await client.get(path, headers=issuer.bearer("customer", exp=1))).status_code == 401
    refused = await client.get(path, headers=issuer.bearer("driver"))
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["/payments/7", "/payments?order_id=7", "/payments?limit=0", "/payments?limit=101", "/payments?cursor=x"]
)
async def test_a_malformed_query_is_refused_with_its_reason(
    client: httpx2.AsyncClient, issuer: Issuer, path: str
) -> None:
    refused = await client.get(path, headers=issuer.bearer("customer"))

    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")


async def test_payments_are_created_only_by_orders(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    refused = await client.post("/payments", json={}, headers=issuer.bearer("admin"))

    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
