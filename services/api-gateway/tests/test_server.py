"""Limits of size and time for one connection, byte by byte over raw sockets."""

import asyncio
import json
import re
from contextlib import suppress
from typing import Any, Self

import pytest

from foodchassis.testing import eventually

GET = b"GET /orders HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


class Wire:
    """A raw connection of a test."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.port = port
        self.source = source

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.source, 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        length = re.search(rb"content-length: (\d+)", head)
        assert length
        return head + await self.reader.readexactly(int(length[1]))

    async def read_to_end(self, seconds: float = 5) -> bytes:
        """Return all received bytes until the gateway closes."""
        received = b""
        async with asyncio.timeout(seconds):
            try:
                while chunk := await self.reader.read(65_536):
                    received += chunk
            except ConnectionResetError:
                pass
        return received

    async def send_repeatedly(self, chunk: bytes, total: int) -> None:
        """Send up to `total` bytes, while the gateway accepts them."""
        try:
            for _ in range(0, total, len(chunk)):
                await self.send(chunk)
        except ConnectionError:
            pass


def problem(received: bytes) -> tuple[int, str]:
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower(), received[:200]
    assert b"connection: close" in head.lower()
    read = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % read["status"])
    assert read["request_id"].encode() in head
    return read["status"], read["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /" + b"a" * 1000,
        b"GET /orders HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 1000,
        b"GET /orders HTTP/1.1\r\nHost: x\r\nX-A: a\r\nX-" + b"a" * 1000,
        GET + b"GET /orders HTTP/1.1\r\nX-A: " + b"a" * 1000,
    ],
)
async def test_an_endless_head_is_refused_early(start: Any, begun: bytes) -> None:
    gateway = await start(HEAD_BYTES=10_000)
    async with Wire(gateway.port) as wire:
        if begun.startswith(GET):
            await wire.send(GET)
            assert (await wire.answer()).startswith(b"HTTP/1.1 200")
            begun = begun.removeprefix(GET)
        await wire.send(begun)
        await asyncio.gather(
            wire.send_repeatedly(b"a" * 10_000, 24_000_000), received := asyncio.create_task(wire.read_to_end())
        )

    assert problem(received.result()) == (431, "headers-too-large")


async def test_a_head_of_very_many_small_headers_is_refused_before_its_end(start: Any) -> None:
    gateway = await start(HEAD_BYTES=30_000, MAX_HEADERS=50, HEAD_TIMEOUT=60)
    async with Wire(gateway.port) as wire:
        await wire.send(GET[:-2] + b"a:b\r\n" * 100)

        assert problem(await wire.read_to_end()) == (431, "headers-too-large")


async def test_a_large_body_does_not_count_as_a_large_head(start: Any) -> None:
    gateway = await start(HEAD_BYTES=2_000)
    body = b"x" * 500_000
    async with Wire(gateway.port) as wire:
        for _ in range(2):
            await wire.send(b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            assert (await wire.answer()).startswith(b"HTTP/1.1 200")

    assert [len(seen.body) for seen in gateway.service.seen] == [500_000, 500_000]


async def test_an_incomplete_head_gets_408(start: Any) -> None:
    gateway = await start(HEAD_TIMEOUT=0.3)
    async with Wire(gateway.port) as wire:
        await wire.send(GET[:-2])

        assert problem(await wire.read_to_end()) == (408, "slow-head")


async def test_a_slow_next_head_on_a_reused_connection_gets_408(start: Any) -> None:
    gateway = await start(HEAD_TIMEOUT=0.5, CLIENT_IDLE_TIMEOUT=60)
    async with Wire(gateway.port) as wire:
        await wire.send(GET)
        await wire.answer()

        async def trickle() -> None:
            for byte in GET * 100:
                await wire.send(bytes([byte]))
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        received = await wire.read_to_end()
        trickling.cancel()

    assert problem(received) == (408, "slow-head")


async def test_line_ends_do_not_keep_a_connection_open(start: Any) -> None:
    gateway = await start(HEAD_TIMEOUT=0.5, CLIENT_IDLE_TIMEOUT=0.5)
    async with Wire(gateway.port) as wire:
        await wire.send(GET)
        await wire.answer()

        async def trickle() -> None:
            while True:
                await wire.send(b"\r\n")
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        await wire.read_to_end()
        trickling.cancel()


async def test_a_silent_connection_is_closed_without_a_response(start: Any) -> None:
    gateway = await start(HEAD_TIMEOUT=0.3)
    async with Wire(gateway.port) as wire:
        assert await wire.read_to_end() == b""


async def test_an_idle_connection_has_its_own_timeout(start: Any) -> None:
    gateway = await start(HEAD_TIMEOUT=60, CLIENT_IDLE_TIMEOUT=0.3)
    async with Wire(gateway.port) as wire:
        await wire.send(GET)
        await wire.answer()

        assert await wire.read_to_end() == b""


async def test_a_slow_service_does_not_time_out_the_client(start: Any, build_response: Any) -> None:
    gateway = await start(HEAD_TIMEOUT=0.1, CLIENT_IDLE_TIMEOUT=0.1)

    async def slow(_: Any, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.6)
        writer.write(build_response())
        await writer.drain()

    gateway.service.reply = slow
    async with Wire(gateway.port) as wire:
        await wire.send(GET + GET[:20])

        assert (await wire.answer()).startswith(b"HTTP/1.1 200")
        assert problem(await wire.read_to_end())[0] == 408


async def test_invalid_http_gets_a_problem(gateway: Any) -> None:
    assert problem(await gateway.raw(b"nonsense\r\n\r\n")) == (400, "malformed-request")


async def test_a_malformed_body_gets_a_problem(gateway: Any) -> None:
    assert problem(await gateway.raw(POST + b"zz\r\n")) == (400, "malformed-request")
    assert gateway.service.seen == []


async def test_a_refusal_follows_the_response_before_it(gateway: Any, build_response: Any) -> None:
    more = asyncio.Event()

    async def halfway(_: Any, writer: asyncio.StreamWriter) -> None:
        whole = build_response(b"a whole answer")
        writer.write(whole[:-5])
        await more.wait()
        writer.write(whole[-5:])
        await writer.drain()

    async def seen() -> bool:
        return bool(gateway.service.seen)

    gateway.service.reply = halfway
    async with Wire(gateway.port) as wire:
        await wire.send(GET + b"nonsense\r\n\r\n")
        await eventually(seen)
        more.set()

        received = await wire.read_to_end()

    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"a whole answer")


async def test_trailers_do_not_become_headers(gateway: Any) -> None:
    trailers = b"Authorization: Bearer x\r\nX-Late: 1\r\nContent-Type: text/plain\r\n"

    received = await gateway.raw(POST + b"2\r\n{}\r\n0\r\n" + trailers + b"\r\n", silence=1)

    assert received.startswith(b"HTTP/1.1 200")
    seen = gateway.service.seen[0]
    assert (seen.body, seen.values("authorization"), seen.values("x-late"), seen.values("content-type")) == (
        b"{}", [], [], []
    )  # fmt: skip


@pytest.mark.parametrize("rest", [b"0\r\nX-A: ", b"5;a="])
async def test_trailers_and_extensions_have_a_maximum_size(start: Any, rest: bytes) -> None:
    gateway = await start(HEAD_BYTES=10_000, BODY_TIMEOUT=60)
    async with Wire(gateway.port) as wire:
        await wire.send(POST + b"2\r\n{}\r\n" + rest)
        await asyncio.gather(
            wire.send_repeatedly(b"a" * 10_000, 24_000_000), received := asyncio.create_task(wire.read_to_end())
        )

    assert problem(received.result()) == (431, "headers-too-large")


async def test_an_unread_body_has_a_timeout(start: Any) -> None:
    gateway = await start(HEAD_TIMEOUT=0.3, CLIENT_IDLE_TIMEOUT=60)
    async with Wire(gateway.port) as wire:
        await wire.send(POST.replace(b"/orders", b"/nowhere") + b"2\r\n{}\r\n")

        assert (await wire.read_to_end()).startswith(b"HTTP/1.1 404")


async def test_a_client_that_does_not_read_its_response_is_disconnected(start: Any, build_response: Any) -> None:
    gateway = await start(SEND_TIMEOUT=0.3)
    gateway.service.reply = build_response(b"x" * 5_000_000, kind=b"application/octet-stream")

    async def disconnected() -> bool:
        return not gateway.app.connections.open

    async with Wire(gateway.port) as wire:
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(4):
            await wire.send(GET)

        assert await eventually(disconnected)


async def test_protocol_upgrades_are_ignored(gateway: Any) -> None:
    head = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n"

    received = await gateway.raw(GET[:-2] + head + b"\x81\x85junk", silence=2)

    assert received.startswith(b"HTTP/1.1 200")
    assert received.count(b"HTTP/1.1") == 1


async def test_connections_are_limited_per_address(start: Any) -> None:
    gateway = await start(MAX_CONNECTIONS_PER_ADDRESS=2, UNLIMITED_ADDRESSES=[])

    async def served(wire: Wire) -> bool:
        await wire.send(GET)
        return (await wire.answer()).startswith(b"HTTP/1.1 200")

    async with Wire(gateway.port) as first, Wire(gateway.port, "127.0.0.2") as other:
        async with Wire(gateway.port) as second, Wire(gateway.port) as third:
            received = await third.read_to_end()
            assert problem(received) == (503, "too-many-connections")
            assert b"\r\nretry-after: " in received
            assert [await served(wire) for wire in (first, second, other)] == [True] * 3

        async def accepts_again() -> bool:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                async with Wire(gateway.port) as wire:
                    return await served(wire)
            return False

        assert await eventually(accepts_again)


async def test_connections_of_all_addresses_are_limited(start: Any) -> None:
    gateway = await start(MAX_CONNECTIONS=2)
    async with Wire(gateway.port), Wire(gateway.port, "127.0.0.2"), Wire(gateway.port, "127.0.0.3") as third:
        assert problem(await third.read_to_end()) == (503, "too-many-connections")


@pytest.mark.parametrize("settings", [{}, {"UNLIMITED_ADDRESSES": [], "TRUSTED_PROXIES": ["127.0.0.0/8"]}])
async def test_a_trusted_proxy_has_no_connection_limit_per_address(start: Any, settings: dict[str, Any]) -> None:
    gateway = await start(MAX_CONNECTIONS_PER_ADDRESS=1, **settings)
    async with Wire(gateway.port) as first, Wire(gateway.port) as second:
        for wire in (first, second):
            await wire.send(GET)
            assert (await wire.answer()).startswith(b"HTTP/1.1 200")
