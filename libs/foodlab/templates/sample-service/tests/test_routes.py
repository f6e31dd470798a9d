from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx2

from foodchassis import new_id
from foodchassis.testing import Issuer

Delivered = Callable[[], Awaitable[UUID]]


async def write(client: httpx2.AsyncClient, who: dict[str, str], order_id: UUID, text: str = "Good") -> httpx2.Response:
    body = {"order_id": str(order_id), "text": text}
    return await client.post("/samples", json=body, headers={**who, "Idempotency-Key": str(new_id())})


async def test_a_written_text_is_public(
    client: httpx2.AsyncClient, issuer: Issuer, customer: UUID, delivered: Delivered
) -> None:
    order_id = await delivered()

    written = await write(client, issuer.bearer("customer", customer), order_id, "Still hot")
    read = (await client.get("/samples")).json()

    assert written.status_code == 201, written.text
    assert read == {"items": [written.json()], "next_cursor": None}
    assert (read["items"][0]["order_id"], read["items"][0]["text"]) == (str(order_id), "Still hot")


async def test_empty_texts_are_not_shown(client: httpx2.AsyncClient, delivered: Delivered) -> None:
    await delivered()

    assert (await client.get("/samples")).json()["items"] == []


async def test_pages_are_newest_first_and_complete(
    client: httpx2.AsyncClient, issuer: Issuer, customer: UUID, delivered: Delivered
) -> None:
    orders = [await delivered() for _ in range(3)]
    for order_id in orders:
        await write(client, issuer.bearer("customer", customer), order_id)

    first = (await client.get("/samples", params={"limit": 2})).json()
    rest = (await client.get("/samples", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [UUID(one["order_id"]) for one in first["items"] + rest["items"]] == orders[::-1]
    assert rest["next_cursor"] is None


async def test_another_customers_order_is_not_found(
    client: httpx2.AsyncClient, issuer: Issuer, delivered: Delivered
) -> None:
    answers = [await write(client, issuer.bearer(), order_id) for order_id in (await delivered(), new_id())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["title"] == answers[1].json()["title"]


async def test_only_customers_write(client: httpx2.AsyncClient, issuer: Issuer, delivered: Delivered) -> None:
    order_id = await delivered()

    assert (await write(client, {}, order_id)).status_code == 401
    assert (await write(client, issuer.bearer("driver"), order_id)).status_code == 403
