from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typing_extensions import override

from foodlab.chaos import load as loading
from foodlab.chaos.load import Load

CUSTOMER: Any = SimpleNamespace(token="of the customer")
DISTRICT: Any = SimpleNamespace(basket=lambda: {"delivery_address": {}})


@dataclass
class Counting(Load):
    placed: int = 0

    @override
    async def place(self, http: aiohttp.ClientSession, number: int) -> None:
        assert number == self.placed
        self.placed += 1


async def test_the_load_places_a_minimum_and_continues_during_faults() -> None:
    load = Counting("http://127.0.0.1:1", lambda: 0.0)
    await load.run(5, 1_000)
    assert load.placed == 5

    longer = Counting("http://127.0.0.1:1", lambda: 0.0)
    await longer.run(5, 1_000, lambda: longer.placed < 20)
    assert 20 <= longer.placed <= 21


async def test_each_customer_reads_the_order_and_a_missing_one_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_READ_EVERY", 0.001)
    asked = Counter[str]()

    async def answer(request: web.Request) -> web.Response:
        asked[request.method] += 1
        if request.method == "POST":
            return web.json_response({"id": "stored"}, status=201)
        if asked["GET"] == 1:
            return web.Response(status=503, headers={"Retry-After": "0"})
        return web.Response(status=200 if asked["GET"] < 6 else 404)

    app = web.Application()
    app.router.add_route("*", "/orders{_:.*}", answer)
    async with TestServer(app) as server:
        load = Load(str(server.make_url("")), lambda: 0.0, 3, _districts=[DISTRICT] * 4, _customers=[CUSTOMER])
        async with load.clients() as http:
            await load.place(http, 0)
            await load.place(http, 1)

    assert asked == {"POST": 2, "GET": 7}
    assert load.answers == {(0, "answered"): 8, (0, "unavailable"): 1}
    assert len(load.surprises) == 2


async def test_a_lost_connection_is_counted_and_the_request_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_PAUSE", 0.001)
    monkeypatch.setattr(loading, "_TIMEOUT", 0.1)
    load = Load("http://127.0.0.1:1", lambda: 0.0, _districts=[DISTRICT] * 4, _customers=[CUSTOMER])

    async with load.clients() as http:
        await load.place(http, 0)

    assert load.answers[0, "broken"] == load.attempts[0].tries > 1
    assert (load.attempts[0].id, load.attempts[0].refusal) == (None, None)
