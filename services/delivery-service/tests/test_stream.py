"""A driver's stream: first the open offers and deliveries, then each change."""

import asyncio
import json
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from delivery_service.service.stream import stream_driver
from foodchassis import Database, Principal
from foodchassis.testing import Issuer, eventually

Seen = list[tuple[str, Any, str]]


class Stream:
    """The events that one driver's stream has sent."""

    def __init__(self, app: FastAPI, driver: UUID, after: int = 0) -> None:
        self.seen: Seen = []
        self.last = 0
        self.task = asyncio.ensure_future(self._run(app, Principal(driver, frozenset({"driver"})), after))

    async def _run(self, app: FastAPI, driver: Principal, after: int) -> None:
        async with app.state.resources.get(Database).transaction() as session:
            events = await stream_driver(session, driver, after)
        async for text in events:
            for block in text.split("\n\n"):
                if "data: " in block:
                    fields = dict(line.split(": ", 1) for line in block.split("\n"))
                    data = json.loads(fields["data"])
                    self.last = int(fields["id"])
                    self.seen.append((fields["event"], data["id"], data["status"]))

    async def until(self, kind: str, status: str) -> None:
        async def sent() -> bool:
            return any((each[0], each[2]) == (kind, status) for each in self.seen)

        await eventually(sent)

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_a_stream_sends_offers_and_deliveries_of_the_driver(
    app: FastAPI, city: Any, client: httpx2.AsyncClient, issuer: Issuer
) -> None:
    driver = await city.driver()
    me = issuer.bearer("driver", driver)
    stream = Stream(app, driver)
    delivery = await city.paid()
    await stream.until("offer", "open")
    await client.post(f"/offers/{stream.seen[0][1]}/accept", headers=me)
    await stream.until("delivery", "assigned")
    await client.post(f"/deliveries/{delivery.id}/pickup", headers=me)
    await stream.until("delivery", "picked_up")
    await stream.leave()

    assert [each[2] for each in stream.seen if each[0] == "offer"][:2] == ["open", "accepted"]
    assert {each[1] for each in stream.seen if each[0] == "delivery"} == {str(delivery.id)}


async def test_a_resumed_stream_sends_missed_changes(
    app: FastAPI, city: Any, client: httpx2.AsyncClient, issuer: Issuer
) -> None:
    driver = await city.driver()
    first = Stream(app, driver)
    await city.paid()
    await first.until("offer", "open")
    await first.leave()
    await client.post(f"/offers/{first.seen[0][1]}/decline", headers=issuer.bearer("driver", driver))

    again = Stream(app, driver, first.last)
    await again.until("offer", "declined")
    await again.leave()


async def test_a_stream_sends_no_work_of_other_drivers(app: FastAPI, city: Any) -> None:
    driver, other = await city.driver(town=1), await city.driver()
    mine, theirs = Stream(app, driver), Stream(app, other)
    await city.paid()
    await theirs.until("offer", "open")
    await city.paid(town=1)
    await mine.until("offer", "open")

    assert len(mine.seen) == 1
    await mine.leave()
    await theirs.leave()


@pytest.mark.parametrize("role", ["customer", "restaurant", "admin"])
async def test_the_stream_is_refused_to_other_roles(client: httpx2.AsyncClient, issuer: Issuer, role: str) -> None:
    assert (await client.get("/drivers/me/stream", headers=issuer.bearer(role))).status_code == 403
    assert (await client.get("/drivers/me/stream")).status_code == 401
