from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

LogIn = Callable[..., Awaitable[httpx2.Response]]


async def test_a_full_page_links_to_older_rows_and_back(
    client: httpx2.AsyncClient, gateway: Any, log_in: LogIn
) -> None:
    await log_in("admin@example.com")
    page = gateway.answers["GET", "/orders"][1]
    page["items"] = [{**page["items"][0], "id": f"order {number}"} for number in range(200)]
    page["next_cursor"] = "c1"

    full = (await client.get("/console/orders?show=all&rows=200")).text
    older = (await client.get("/console/orders?show=all&rows=200&cursor=c1")).text

    assert 'href="/console/orders?show=all&amp;rows=200&amp;cursor=c1"' in full
    assert "Older ones" in full
    assert "The newest" not in full
    assert '<a href="/console/orders?show=all">The newest</a>' in older
    assert 'data-stream="/console/orders/stream?show=all&amp;rows=200&amp;cursor=c1"' in older


async def test_a_list_grows_to_the_maximum_of_a_page(client: httpx2.AsyncClient, gateway: Any, log_in: LogIn) -> None:
    await log_in("admin@example.com")
    page = gateway.answers["GET", "/orders"][1]
    page["items"] = [{**page["items"][0], "id": f"order-{number}"} for number in range(180)]
    page["next_cursor"] = "c1"

    text = (await client.get("/console/orders?show=all&rows=180")).text

    assert 'href="/console/orders?show=all&amp;rows=200#order-order-179"' in text
