"""A spreadsheet is sent to the gateway."""

import json

import httpx2

from foodctl.api import Api
from foodctl.menus.work import replace


async def test_only_the_menu_that_was_read_is_replaced() -> None:
    """Fields without a column come from the menu that was read."""
    put: list[httpx2.Request] = []

    def gateway(request: httpx2.Request) -> httpx2.Response:
        if request.method == "PUT":
            put.append(request)
            return httpx2.Response(200, json={"unchanged": 1})
        tag = '"3.17"' if request.url.path.endswith("/menu") else '"3"'
        return httpx2.Response(200, json={"minor_units": 2, "items": [], "sections": []}, headers={"ETag": tag})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(gateway), base_url="http://gateway") as http:
        diff = await replace(Api(http, "token"), "/restaurants/1", "name,price\nSoup,2\n", dry_run=True)

    [request] = put
    assert diff == {"unchanged": 1}
    assert (request.url.path, request.url.query) == ("/restaurants/1/menu", b"dry_run=true")
    assert (request.headers["If-Match"], request.headers["Authorization"]) == ('"3.17"', "Bearer token")
    assert json.loads(request.content) == {"items": [{"name": "Soup", "price": 200}], "sections": []}
