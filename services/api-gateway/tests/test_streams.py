import asyncio
from typing import Any


async def test_events_stream_through_and_the_service_learns_when_the_client_leaves(gateway: Any) -> None:
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


async def test_a_very_long_answer_is_streamed_whole(start: Any, answering: Any) -> None:
    gateway = await start(MAX_ANSWER_BYTES=1000)
    long = bytes(range(256)) * 1000
    gateway.service.reply = answering(long, kind=b"application/octet-stream")

    response = await gateway.http.get("/restaurants")

    assert response.content == long
