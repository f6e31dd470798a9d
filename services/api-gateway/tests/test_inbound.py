import asyncio
from typing import Any

import pytest

from foodchassis.testing import Issuer, eventually


async def test_bodies_over_the_limit_are_refused_with_and_without_a_length(start: Any) -> None:
    gateway = await start(MAX_BODY_BYTES=1000)

    async def chunks() -> Any:
        for _ in range(3):
            yield b"x" * 400

    fits = await gateway.http.post("/orders", content=b"x" * 1000)
    announced = await gateway.http.post("/orders", content=b"x" * 1001)
    chunked = await gateway.http.post("/orders", content=chunks())

    assert [one.status_code for one in (fits, announced, chunked)] == [200, 413, 413]
    assert announced.json()["type"] == "/problems/body-too-large"
    assert len(gateway.service.seen) == 1


async def test_targets_and_headers_have_a_maximum_length(start: Any) -> None:
    gateway = await start(MAX_TARGET_BYTES=100, MAX_HEADER_BYTES=1000)

    answers = [
        await gateway.http.get("/orders", params={"q": "x" * 80}, headers={"X-Fits": "x" * 500}),
        await gateway.http.get("/orders", params={"q": "x" * 100}),
        await gateway.http.get("/orders", headers={"X-Long": "x" * 600, "X-Longer": "x" * 600}),
    ]

    assert [one.status_code for one in answers] == [200, 414, 431]
    assert len(gateway.service.seen) == 1


async def test_a_chunked_body_arrives_with_its_length(gateway: Any) -> None:
    async def chunks() -> Any:
        yield b"one "
        yield b"two"

    await gateway.http.post("/orders", content=chunks())

    assert gateway.service.seen[0].body == b"one two"
    assert gateway.service.seen[0].values("transfer-encoding") == []


async def test_a_missing_body_gets_408(start: Any) -> None:
    gateway = await start(BODY_TIMEOUT=0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")

    received = await asyncio.wait_for(reader.read(), 5)

    assert received.startswith(b"HTTP/1.1 408 ")
    writer.close()
    await writer.wait_closed()
    assert gateway.service.seen == []


@pytest.mark.parametrize(
    ("settings", "refusals"),
    [
        ({"MAX_UPLOADS_PER_CALLER": 2}, [(429, "share-in-use"), (200, "")]),
        ({"MAX_UPLOADS": 2}, [(503, "all-in-use"), (503, "all-in-use")]),
    ],
)
async def test_concurrent_bodies_have_a_share_and_a_total(
    start: Any, issuer: Issuer, settings: dict[str, int], refusals: list[tuple[int, str]]
) -> None:
    gateway = await start(**settings, BODY_TIMEOUT=60)
    ann, bob = issuer.bearer(), issuer.bearer()
    head = f"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nAuthorization: {ann['Authorization']}\r\n\r\n"
    wires = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(2)]
    for _, writer in wires:
        writer.write(head.encode() + b"half")

    async def both_wait() -> bool:
        return bool(gateway.app._clients.uploads.in_use == 2)

    await eventually(both_wait)
    answers = [await gateway.http.post("/orders", headers=caller, content=b"{}") for caller in (ann, bob)]
    without = await gateway.http.get("/orders", headers=ann)
    for _, writer in wires:
        writer.transport.abort()

    types = [one.json().get("type", "").removeprefix("/problems/") for one in answers]
    assert list(zip([one.status_code for one in answers], types, strict=True)) == refusals
    assert without.status_code == 200
