import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from foodchassis.testing import eventually
from foodlab.chaos.proxy import MODES, Proxy

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = Proxy(server.sockets[0].getsockname()[1])
    await made.start()
    yield made
    await made.close()
    server.close()


@pytest.fixture
async def streams(proxy: Proxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    yield reader, writer
    writer.close()


async def asked(streams: Streams, seconds: float = 5) -> bytes:
    reader, writer = streams
    writer.write(b"0123456789" * 10)
    return await asyncio.wait_for(reader.readexactly(100), seconds)


async def taken(proxy: Proxy, count: int) -> None:
    """Wait until the proxy has received `count` bytes in total from both sides."""

    async def enough() -> bool:
        return proxy.taken >= count

    await eventually(enough)


@pytest.mark.parametrize("mode", ["", "latency", "jitter", "slices"])
async def test_a_slow_network_changes_only_the_time(proxy: Proxy, streams: Streams, mode: str) -> None:
    async with proxy.behaving(mode):
        assert await asked(streams) == b"0123456789" * 10


async def test_latency_applies_to_both_directions(proxy: Proxy, streams: Streams) -> None:
    began = time.monotonic()
    async with proxy.behaving("latency"):
        await asked(streams)

    assert time.monotonic() - began >= 0.2


async def test_slices_arrive_separately(proxy: Proxy, streams: Streams) -> None:
    reader, writer = streams
    async with proxy.behaving("slices"):
        writer.write(b"0123456789" * 10)
        assert len(await reader.read(1000)) < 100
        writer.close()


@pytest.mark.parametrize("mode", ["half-open", "blackhole"])
async def test_no_bytes_arrive(proxy: Proxy, streams: Streams, mode: str) -> None:
    async with proxy.behaving(mode):
        with pytest.raises(TimeoutError):
            await asked(streams, 0.3)


async def test_a_black_hole_releases_its_bytes_when_healed(proxy: Proxy, streams: Streams) -> None:
    reader, writer = streams
    async with proxy.behaving("blackhole"):
        writer.write(b"late")
        await taken(proxy, 4)

    assert await asyncio.wait_for(reader.readexactly(4), 5) == b"late"


async def test_a_half_open_connection_ends_when_the_network_heals(proxy: Proxy, streams: Streams) -> None:
    reader, writer = streams
    async with proxy.behaving("half-open"):
        writer.write(b"lost")
        await taken(proxy, 8)

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)


async def test_a_reset_closes_and_refuses_connections_until_healed(proxy: Proxy, streams: Streams) -> None:
    assert await asked(streams)
    async with proxy.behaving("reset"):
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asked(streams)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asked(await asyncio.open_connection("127.0.0.1", proxy.port))

    again = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await asked(again)
    again[1].close()


async def test_every_mode_heals(proxy: Proxy) -> None:
    for mode in MODES:
        async with proxy.behaving(mode):
            pass
        streams = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await asked(streams)
        streams[1].close()
