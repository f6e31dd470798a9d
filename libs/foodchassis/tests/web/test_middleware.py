"""Request ids, traces and the body limit."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from httpx2 import ASGITransport, AsyncClient

from foodchassis import Public, ServiceSettings, create_service
from foodchassis.kernel import current_cause
from foodchassis.telemetry import trace_id
from foodchassis.web import RequestId

router = APIRouter(prefix="/echo", dependencies=[Public])
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@router.post("")
async def length(request: Request) -> int:
    """Return the length of the body."""
    return len(await request.body())


@router.get("")
async def causes() -> dict[str, str | None]:
    """Return the ids of the current work."""
    return {"cause": current_cause().correlation_id, "trace": trace_id()}


def service(**settings: Any) -> FastAPI:
    told = ServiceSettings(service_name="echo", max_body_bytes=10, _env_file=None, **settings)
    return create_service(told, routers=[router])


@pytest.fixture
async def http() -> AsyncIterator[AsyncClient]:
    app = service()
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://echo") as client,
    ):
        yield client


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_body_up_to_the_limit_is_accepted(http: AsyncClient) -> None:
    assert (await http.post("/echo", content=b"x" * 10)).json() == 10
    assert (await http.post("/echo", content=pieces(b"x" * 5, b"x" * 5))).json() == 10


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_longer_body_is_refused_with_and_without_content_length(http: AsyncClient, streamed: bool) -> None:
    refused = await http.post("/echo", content=pieces(b"x" * 8, b"x" * 3) if streamed else b"x" * 11)

    assert refused.status_code == 413
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == "Send at most 10 bytes."


async def test_a_well_formed_request_id_is_kept_and_is_the_cause(http: AsyncClient) -> None:
    answer = await http.get("/echo", headers={"X-Request-Id": "checkout-0001"})

    assert answer.headers["X-Request-Id"] == answer.json()["cause"] == "checkout-0001"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space in it", "semi;colon", "new\\nline00"])
async def test_an_invalid_request_id_is_replaced(http: AsyncClient, given: str) -> None:
    answer = await http.get("/echo", headers={"X-Request-Id": given})

    assert answer.headers["X-Request-Id"] == answer.json()["cause"] != given


async def test_each_request_without_an_id_gets_its_own(http: AsyncClient) -> None:
    ids = {(await http.get("/echo")).headers["X-Request-Id"] for _ in range(3)}

    assert len(ids) == 3


async def test_a_trusted_trace_continues(http: AsyncClient) -> None:
    assert (await http.get("/echo", headers={"traceparent": PARENT})).json()["trace"] == PARENT.split("-")[1]


async def test_an_untrusted_trace_is_replaced() -> None:
    app = service(trust_traceparent=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://echo") as client,
    ):
        found = (await client.get("/echo", headers={"traceparent": PARENT})).json()["trace"]

    assert len(found) == 32
    assert found != PARENT.split("-")[1]


async def test_other_scopes_pass_unchanged() -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await RequestId(inner)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]

    assert seen == ["lifespan"]
