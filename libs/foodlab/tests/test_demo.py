"""The demo's order reaches the door also when the system is busy."""

from collections import Counter

import httpx2

from foodctl.api import Api
from foodlab.demo import Journey, follow

KITCHEN = {"id": "kitchen"}
DISH = {"id": "dish", "option_groups": []}


async def test_an_order_is_sent_again_under_its_key_while_the_system_is_busy() -> None:
    asked, keys = Counter[str](), set[str | None]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        asked[path] += 1
        keys.add(request.headers.get("Idempotency-Key"))
        if asked[path] == 1:
            return httpx2.Response(503, json={"title": "Temporarily unavailable"})
        timeline = {"entries": [{"status": "delivered", "ms": 5}]}
        return httpx2.Response(200, json=timeline if "timeline" in path else {"id": "1", "status": "delivered"})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://gateway") as http:
        journey = Journey("Da Lia")
        await follow(Api(http), journey, KITCHEN, [DISH], 0)

    assert journey.order["status"] == "delivered"
    assert asked["/orders"] == 2
    assert len(keys - {None}) == 1
