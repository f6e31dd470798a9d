import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from foodchassis import Database, Event
from foodchassis.kernel import Envelope
from order_service.schemas import OrderPublic

Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
Published = Callable[[], Awaitable[list[Envelope]]]
Open = Callable[..., Awaitable[None]]


def kind(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def test_a_quote_returns_a_price_and_stores_nothing(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any, published: Published
) -> None:
    await replicate_restaurant()
    answer = await client.post("/quotes", json=bistro.json_basket(), headers=customer())

    assert answer.status_code == 200
    assert answer.json()["total"] == 4248
    assert answer.json()["lines"][0]["options"][0] == {
        "id": str(bistro.large.id),
        "name": "Large",
        "price": 300,
        "quantity": 1,
    }
    assert (await client.get("/orders", headers=customer())).json() == {"items": [], "next_cursor": None}
    assert await published() == []


async def test_an_order_is_placed_and_read_back(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any, published: Published
) -> None:
    await replicate_restaurant()
    answer = await client.post("/orders", json=bistro.json_order(expected_total=4248), headers=customer())

    assert answer.status_code == 201
    order = answer.json()
    assert (order["status"], order["kitchen"], order["total"], order["version"]) == ("pending", "waiting", 4248, 1)
    assert (await client.get(f"/orders/{order['id']}", headers=customer())).json() == order
    assert (await client.get("/orders", headers=customer())).json()["items"] == [order]
    timeline = (await client.get(f"/orders/{order['id']}/timeline", headers=customer())).json()
    assert [entry["event"] for entry in timeline["entries"]] == ["order.created"]
    assert timeline["entries"][0]["correlation_id"] == answer.headers["X-Request-Id"]
    assert [envelope.type for envelope in await published()] == ["order.created.v1"]


async def test_the_same_idempotency_key_returns_the_same_order(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any, published: Published
) -> None:
    await replicate_restaurant()
    headers = customer()
    first, again = [await client.post("/orders", json=bistro.json_order(), headers=headers) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(await published()) == 1


async def test_concurrent_submits_create_one_order(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any, published: Published
) -> None:
    await replicate_restaurant()
    for _ in range(10):
        headers = customer()
        twins = await asyncio.gather(
            *(client.post("/orders", json=bistro.json_order(), headers=headers) for _ in range(2))
        )
        assert [twin.status_code for twin in twins] == [201, 201]
        assert twins[0].json() == twins[1].json()

    assert len(await published()) == 10
    assert len((await client.get("/orders?limit=50", headers=customer())).json()["items"]) == 10


async def test_an_idempotency_key_is_required_and_valid_for_one_request(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Open, customer: Any, published: Published
) -> None:
    await replicate_restaurant()
    headers = customer()
    await client.post("/orders", json=bistro.json_order(), headers=headers)
    other = await client.post("/orders", json=bistro.json_order(tip=1), headers=headers)
    del headers["Idempotency-Key"]
    missing = await client.post("/orders", json=bistro.json_order(), headers=headers)

    assert kind(other) == (422, "reused-idempotency-key")
    assert kind(missing) == (400, "missing-idempotency-key")
    assert len(await published()) == 1


async def test_an_order_without_a_free_connection_can_be_retried(
    bistro: Any,
    client: httpx2.AsyncClient,
    replicate_restaurant: Open,
    customer: Any,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await replicate_restaurant()
    database = app.state.resources.get(Database)
    monkeypatch.setattr(database, "_timeout", 0.1)
    async with AsyncExitStack() as stack:
        while not database._requests.locked():
            await stack.enter_async_context(database.serve())
        refused = await client.post("/orders", json=bistro.json_order(), headers=customer())

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert (await client.post("/orders", json=bistro.json_order(), headers=customer())).status_code == 201
