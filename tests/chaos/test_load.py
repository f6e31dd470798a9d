from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from typing_extensions import override

from foodlab.chaos import load as loading
from foodlab.chaos.load import Load


@dataclass
class Counting(Load):
    placed: int = 0

    @override
    async def place(self, http: httpx2.AsyncClient, number: int) -> None:
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
    customer: Any = SimpleNamespace(token="of the customer")
    district: Any = SimpleNamespace(basket=lambda: {"delivery_address": {}})
    asked = Counter[str]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked[request.method] += 1
        if request.method == "POST":
            return httpx2.Response(201, json={"id": "stored"})
        if asked["GET"] == 1:
            return httpx2.Response(503, headers={"Retry-After": "0"})
        return httpx2.Response(200 if asked["GET"] < 6 else 404)

    load = Load("http://127.0.0.1:1", lambda: 0.0, reads=3, _districts=[district] * 4, _customers=[customer])
    async with httpx2.AsyncClient(base_url=load.url, transport=httpx2.MockTransport(answer)) as http:
        await load.place(http, 0)
        await load.place(http, 1)

    assert asked == {"POST": 2, "GET": 7}
    assert load.answers == {(0, "answered"): 8, (0, "unavailable"): 1}
    assert len(load.surprises) == 2
