import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from foodchassis.testing import Issuer, eventually

Open = Callable[..., Any]


@pytest.fixture
def endless_streams(service: Any, build_response: Any) -> Any:
    """Make the service send an endless stream for paths with `stream`, and respond immediately to others."""

    async def reply(seen: Any, writer: asyncio.StreamWriter) -> None:
        if "stream" not in seen.target:
            writer.write(build_response())
            return
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
        await writer.wait_closed()

    service.reply = reply
    return service


@asynccontextmanager
async def streams(
    gateway: Any, count: int, headers: dict[str, str], path: str = "/orders/1/stream"
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for _ in range(count):
            response = await stack.enter_async_context(gateway.http.stream("GET", path, headers=headers))
            assert response.status_code == 200
        yield


def refusal(response: Any) -> tuple[int, str]:
    assert int(response.headers["retry-after"]) >= 1
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def test_events_are_streamed_and_a_disconnect_reaches_the_service(gateway: Any) -> None:
    left = asyncio.Event()
    more = asyncio.Event()

    async def stream(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(b"9\r\ndata: 1\n\n\r\n")
        await more.wait()
        writer.write(b"9\r\ndata: 2\n\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b"3\r\n:\n\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            left.set()

    gateway.service.reply = stream
    async with gateway.http.stream("GET", "/orders/1/stream") as response:
        parts = response.aiter_raw()
        assert await anext(parts) == b"data: 1\n\n"
        more.set()
        assert (await anext(parts)).startswith(b"data: 2\n\n")

    await asyncio.wait_for(left.wait(), 5)


async def test_a_very_long_response_is_streamed_completely(start: Any, build_response: Any) -> None:
    gateway = await start(MAX_ANSWER_BYTES=1000)
    long = bytes(range(256)) * 1000
    gateway.service.reply = build_response(long, kind=b"application/octet-stream")

    response = await gateway.http.get("/restaurants")

    assert response.content == long


@pytest.mark.parametrize("path", ["/orders/1/stream", "/orders/streaming-without-a-word"])
async def test_streams_are_limited_per_caller(start: Any, endless_streams: Any, issuer: Issuer, path: str) -> None:
    gateway = await start(MAX_STREAMS_PER_CALLER=2)
    ann, bob = issuer.bearer(), issuer.bearer()

    async with streams(gateway, 2, ann, path):
        refused = await gateway.http.get(path, headers=ann)
        ordinary = await gateway.http.get("/orders", headers=ann)
        async with streams(gateway, 2, bob, path):
            pass

    assert refusal(refused) == (429, "share-in-use")
    assert ordinary.status_code == 200

    async def accepts_again() -> bool:
        return bool(gateway.app._clients.streams.in_use == 0)

    assert await eventually(accepts_again)
    async with streams(gateway, 2, ann, path):
        pass


async def test_streams_of_all_callers_are_limited_but_calls_are_not(
    start: Any, endless_streams: Any, issuer: Issuer
) -> None:
    gateway = await start(MAX_STREAMS=3, UPSTREAM_CALLS=1, BREAKER_THRESHOLD=1)

    async with streams(gateway, 1, issuer.bearer()), streams(gateway, 2, issuer.bearer()):
        refused = await gateway.http.get("/orders/1/stream", headers=issuer.bearer())
        ordinary = await gateway.http.get("/orders", headers=issuer.bearer())

    assert refusal(refused) == (503, "all-in-use")
    assert ordinary.status_code == 200


async def test_a_stream_ends_after_its_maximum_duration(start: Any, endless_streams: Any) -> None:
    gateway = await start(STREAM_TIMEOUT=0.2)

    assert (await gateway.http.get("/orders/1/stream")).content == b"data: 1\n\n"


async def test_a_long_response_over_the_stream_limit_is_closed(
    start: Any, endless_streams: Any, issuer: Issuer
) -> None:
    ended = asyncio.Event()
    events = endless_streams.reply

    async def long(seen: Any, writer: asyncio.StreamWriter) -> None:
        if "stream" in seen.target:
            await events(seen, writer)
            return
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    endless_streams.reply = long
    gateway, caller = await start(MAX_STREAMS_PER_CALLER=1), issuer.bearer()
    async with streams(gateway, 1, caller):
        assert refusal(await gateway.http.get("/orders", headers=caller)) == (429, "share-in-use")
        await asyncio.wait_for(ended.wait(), 2)
