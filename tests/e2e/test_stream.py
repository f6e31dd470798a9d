"""An order followed by server-sent events through the gateway, with a reconnection."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
from e2e.running import Running
from e2e.scene import Scene

from foodctl.api import Api, Json

Events = AsyncIterator[tuple[str, str, Json]]


@asynccontextmanager
async def following(running: Running, caller: Api, order: Json, seen: str | None = None) -> AsyncIterator[Events]:
    """Open an order's stream and yield its events: name, id and data."""
    headers = {"Authorization": f"Bearer {caller.token}"} | ({"Last-Event-ID": seen} if seen else {})
    async with (
        httpx2.AsyncClient(base_url=running.system.gateway_url, timeout=30) as http,
        http.stream("GET", f"/orders/{order['id']}/stream", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield _events(answer)


async def _events(answer: httpx2.Response) -> Events:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.strip()
        elif not line:
            if "data" in fields:
                yield fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"])
            fields = {}


async def test_a_stream_continues_after_its_last_event(running: Running, scene: Callable[..., Scene]) -> None:
    play = await scene(auto_accept=False, auto_drive=False).set()
    order = await play.order()
    seen: list[tuple[str, str]] = []

    async with following(running, play.customer, order) as events:
        async for name, number, data in events:
            assert name == "order"
            seen.append((number, data["status"]))
            if data["status"] == "placed":
                break
    # No stream is open in the meantime.
    await play.accept(order)
    driver, path = await play.take(order)
    async with following(running, play.customer, order, seen[-1][0]) as events:
        positions = []
        async for name, number, data in events:
            if name == "position":
                positions.append((data["lat"], data["lng"]))
                await driver.call("POST", f"{path}/pickup")
                await play.reaches(order, "picked_up")
                await driver.call("POST", f"{path}/deliver")
                continue
            seen.append((number, data["status"]))
            if data["status"] == "assigned":
                await driver.call("PUT", "/drivers/me/location", {"lat": play.lat, "lng": play.lng})

    assert [number for number, _ in seen] == [str(version) for version in range(1, 8)]
    assert [status for _, status in seen] == [
        "pending", "placed", "placed", "paid", "assigned", "picked_up", "delivered",
    ]  # fmt: skip
    assert positions == [(play.lat, play.lng)]
