import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from foodchassis.testing import eventually

SLOW = {"identity_rate": 0.01, "identity_burst": 3, "address_rate": 0.01, "address_burst": 5}
ENVIRONMENT = {name.upper(): value for name, value in SLOW.items()}


class Wire:
    """A connection to Redis that a test can interrupt and restore."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def restore(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def interrupt(self) -> None:
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._ends |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            self._tasks.add(asyncio.create_task(self._pass(source, target)))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                target.write(data)
        target.close()
        with suppress(ConnectionError):
            await target.wait_closed()

    def url(self) -> str:
        login, at, _ = self._to.netloc.rpartition("@")
        return self._to._replace(netloc=f"{login}{at}127.0.0.1:{self.port}").geturl()


@pytest_asyncio.fixture
async def wire(redis_url: str) -> AsyncIterator[Wire]:
    wire = Wire(redis_url)
    await wire.restore()
    yield wire
    await wire.interrupt()


async def test_the_same_limits_hold_locally_without_redis(start: Any, wire: Wire) -> None:
    gateway = await start(REDIS_URL=wire.url(), LIMITER_PROBE_INTERVAL=0.05, LIMITER_TIMEOUT=5, **ENVIRONMENT)
    assert (await gateway.http.get("/orders")).status_code == 200

    await wire.interrupt()
    statuses = [(await gateway.http.get("/orders")).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert (await gateway.http.get("/health/ready")).status_code == 200

    await wire.restore()

    async def redis_is_used_again() -> bool:
        return bool((await gateway.http.get("/orders")).status_code == 200)

    assert await eventually(redis_is_used_again)


async def test_a_silent_redis_delays_at_most_one_round(
    start: Any, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_TIMEOUT", "30")

    def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    gateway = await start(REDIS_URL=f"redis://127.0.0.1:{port}/0", LIMITER_TIMEOUT=0.2, **ENVIRONMENT)
    async with asyncio.timeout(10):
        statuses = [(await gateway.http.get("/orders")).status_code for _ in range(5)]
    server.close()
    for writer in writers:
        writer.transport.abort()

    assert statuses == [200] * 5
