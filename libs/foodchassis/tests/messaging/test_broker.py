"""A service starts while its broker fails repeatedly, and is not ready before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import pytest
from aio_pika.exceptions import AMQPError
from fastapi import FastAPI
from messaging.test_consumer import count, send
from pydantic import SecretStr
from review_service.models import Review

from foodchassis import ServiceSettings
from foodchassis.kernel import Envelope, background, end
from foodchassis.messaging.broker import Broker
from foodchassis.testing import eventually
from foodchassis.testing.apps import booted

LOST = (AMQPError, OSError, RuntimeError, TimeoutError)


class Proxy:
    """A proxy that closes the first connections after a number of bytes from the server, and passes data while open."""

    def __init__(self, host: str, port: int, cuts: list[int]) -> None:
        self._target = (host, port)
        self._cuts = cuts
        self.refused = self.passed = 0
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self._target)
        limit = self._cuts.pop(0) if self._cuts else None
        try:
            async with background(self._copy(reader, forth, None)):
                await self._copy(back, writer, limit)
            self.refused += limit is not None
        finally:
            for one in (writer, forth):
                one.transport.abort()
                with suppress(OSError):
                    await one.wait_closed()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while (limit is None or passed < limit) and (data := await reader.read(4096)):
                passed += len(data)
                self.passed += len(data)
                await self.open.wait()
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def proxied(url: str, cuts: list[int]) -> AsyncIterator[tuple[str, Proxy]]:
    place = urlsplit(url)
    proxy, tasks = Proxy(place.hostname or "", place.port or 5672, cuts), set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(proxy(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    credentials = place.netloc.rpartition("@")[0]
    try:
        yield place._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl(), proxy
    finally:
        server.close()
        await end(*tasks)


async def test_a_start_continues_after_the_broker_connection_is_lost(
    live_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, delivered: Envelope
) -> None:
    # In the handshake, and twice while exchanges and queues are declared.
    cuts = [200, 700, 900]
    async with proxied(live_environment["RABBITMQ_URL"], cuts) as (url, proxy):
        async for app in booted("review_service", {**live_environment, "RABBITMQ_URL": url}, monkeypatch):
            await asyncio.wait_for(app.state.resources.get(Broker).started.wait(), 30)
            await eventually(partial(_sent_and_handled, app, delivered), 30)
        assert proxy.refused == 3


async def _sent_and_handled(app: FastAPI, envelope: Envelope) -> bool:
    """Publish the event, repeatedly while the connection is down, until it is handled."""
    with suppress(*LOST):
        await send(app, envelope.model_dump_json().encode())
    return await count(app, Review) == 1


async def test_an_outage_is_not_a_stall_of_the_consumers(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foodchassis.messaging.broker.WATCH_SECONDS", 0.1)
    url = SecretStr(f"amqp://127.0.0.1:{unused_tcp_port}/")
    broker = Broker(ServiceSettings(service_name="notes", rabbitmq_url=url, broker_watch_interval=0.01))
    progress = broker.progress["notes.note.written"]
    progress.moved_at -= 60

    async def has_its_full_time() -> bool:
        return not progress.is_stalled(ready=1, seconds=59)

    broker.started.set()
    async with background(broker.watch()):
        await eventually(has_its_full_time, 5)
    await broker.stop()


async def test_a_broker_stopped_while_connecting_does_not_reconnect() -> None:
    accepted = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    broker = Broker(ServiceSettings(service_name="notes", rabbitmq_url=SecretStr(f"amqp://127.0.0.1:{port}/")))
    before = asyncio.all_tasks()
    starting = asyncio.create_task(broker.start())
    await accepted.wait()
    await end(starting)
    await broker.stop()

    async def quiet() -> bool:
        return asyncio.all_tasks() <= before

    await eventually(quiet)
    server.close()
