import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import uvicorn

from api_gateway.settings import GatewaySettings
from foodchassis.testing import Issuer, eventually

Reply = Callable[["Seen", asyncio.StreamWriter], Awaitable[None]]


def answer(
    body: bytes = b"{}", status: bytes = b"200 OK", *headers: tuple[bytes, bytes], kind: bytes = b"application/json"
) -> bytes:
    lines = [b"content-type: " + kind, b"content-length: %d" % len(body), *(n + b": " + v for n, v in headers)]
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"", body])


@dataclass
class Seen:
    """The raw bytes of one request to a service."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for given, value in self.headers if given.lower() == name]


@dataclass
class FakeService:
    """A small service that records requests and returns the raw responses that a test sets."""

    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    reply: Reply | bytes = field(default_factory=answer)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, port: int = 0) -> None:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.tasks.add(asyncio.create_task(self.serve(reader, writer)))

        self._server = await asyncio.start_server(connected, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8").split("\r\n")
                method, target, _ = head[0].split(" ")
                headers = [(line.partition(": ")[0], line.partition(": ")[2]) for line in head[1:-2]]
                seen = Seen(method, target, headers, b"")
                length = int((seen.values("content-length") or ["0"])[0])
                seen.body = await reader.readexactly(length)
                self.seen.append(seen)
                if isinstance(self.reply, bytes):
                    writer.write(self.reply)
                    await writer.drain()
                else:
                    await self.reply(seen, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()


@dataclass
class Running:
    """A gateway under test, its client, and the service behind it."""

    app: Any
    port: int
    http: httpx2.AsyncClient
    service: FakeService

    async def raw(self, data: bytes, silence: float = 5) -> bytes:
        """Send raw bytes, and return all received bytes until the gateway closes or is silent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        received = b""
        with suppress(ConnectionError, TimeoutError):
            writer.write(data)
            await writer.drain()
            while chunk := await asyncio.wait_for(reader.read(65_536), silence):
                received += chunk
        writer.transport.abort()
        return received


@pytest_asyncio.fixture
async def service() -> AsyncIterator[FakeService]:
    fake = FakeService()
    await fake.start()
    yield fake
    await fake.stop()


Start = Callable[..., Awaitable[Running]]


@pytest_asyncio.fixture
async def start(service: FakeService, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Yield a function that starts a gateway with given settings in a real server."""
    async with AsyncExitStack() as stack:

        async def started(**settings: object) -> Running:
            from api_gateway.main import create_app  # noqa: PLC0415 - the import is part of the start

            names = set(GatewaySettings.model_fields["routes"].default.values())
            usual = {
                "UPSTREAMS": json.dumps(dict.fromkeys(names, f"http://127.0.0.1:{service.port}")),
                "AUTH_JWKS": issuer.jwks,
                "AUTH_AUDIENCE": issuer.audience,
                "LOG_FORMAT": "json",
            }
            for name, value in {**usual, **settings}.items():
                monkeypatch.setenv(name, value if isinstance(value, str) else json.dumps(value))
            app = create_app()
            listening = socket.create_server(("127.0.0.1", 0))
            config = uvicorn.Config(
                app, http="api_gateway.server:HttpProtocol", access_log=False, server_header=False, date_header=False,
                proxy_headers=False, log_config=None, timeout_graceful_shutdown=1,
            )  # fmt: skip
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listening]))

            async def stop() -> None:
                server.should_exit = True
                await serving
                listening.close()

            stack.push_async_callback(stop)

            async def up() -> bool:
                return server.started or serving.done()

            await eventually(up)
            port = listening.getsockname()[1]
            http = await stack.enter_async_context(httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}"))
            return Running(app, port, http, service)

        yield started


@pytest_asyncio.fixture
async def gateway(start: Start) -> Running:
    """Return a gateway with default settings and local rate limits."""
    return await start()


@pytest.fixture
def build_response() -> Callable[..., bytes]:
    return answer
