import pytest
from httpx2 import AsyncClient, MockTransport, Request, Response

from foodctl.api import Api, RefusedError


def limited(times: int) -> tuple[AsyncClient, list[str]]:
    """Return a client whose first responses are 429, and the keys that it sent."""
    keys: list[str] = []

    def answer(request: Request) -> Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) <= times:
            return Response(429, headers={"Retry-After": "0"}, json={"title": "Too many requests"})
        return Response(201, json={"id": "1"})

    return AsyncClient(transport=MockTransport(answer), base_url="http://gateway"), keys


async def test_a_call_over_the_limit_is_repeated_with_the_same_key() -> None:
    client, keys = limited(2)
    async with client:
        assert await Api(client).call("POST", "/orders") == {"id": "1"}

    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_a_persistent_limit_is_an_error() -> None:
    client, _ = limited(1000)
    async with client:
        with pytest.raises(RefusedError, match="429 Too many requests"):
            await Api(client).call("POST", "/orders")
