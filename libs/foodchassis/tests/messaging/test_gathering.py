"""Frames of one turn of the event loop leave together, in order, and none is left behind by the end of a connection."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aio_pika.exceptions import AMQPConnectionError

from foodchassis.messaging.gathering import Gathering


class Peer:
    """The other end: what it has read, packet by packet."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.ended = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while packet := await reader.read(65_536):
            self.packets.append(packet)
        self.ended.set()
        writer.close()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    async with await asyncio.start_server(peer.serve, "127.0.0.1", 0) as server:
        peer.port = server.sockets[0].getsockname()[1]
        yield peer


def at(port: int) -> Any:
    return SimpleNamespace(scheme="amqp", host="127.0.0.1", port=port)


async def test_what_is_written_in_one_turn_leaves_in_one_packet(peer: Peer) -> None:
    _, writer = await Gathering().create(at(peer.port))
    for frame in (b"a", b"b", b"c"):
        writer.write(frame)
    await asyncio.sleep(0)
    writer.write(b"d")
    writer.close()
    await asyncio.wait_for(peer.ended.wait(), 5)

    assert b"".join(peer.packets) == b"abcd"
    assert peer.packets[0] in {b"abc", b"abcd"}


@pytest.mark.parametrize("end", ["write_eof", "close"])
async def test_what_waits_leaves_before_the_connection_ends(peer: Peer, end: str) -> None:
    _, writer = await Gathering().create(at(peer.port))
    writer.write(b"last")
    getattr(writer, end)()
    await asyncio.wait_for(peer.ended.wait(), 5)

    assert peer.packets == [b"last"]
    writer.close()


async def test_what_is_written_to_a_lost_connection_fails_nobody(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await Gathering().create(at(peer.port))
    writer.write(b"never")
    writer.transport.abort()
    await asyncio.wait_for(peer.ended.wait(), 5)

    assert (peer.packets, caplog.records) == ([], [])


async def test_a_broker_that_is_away_is_named_as_aiormq_names_it(unused_tcp_port: int) -> None:
    with pytest.raises(AMQPConnectionError):
        await Gathering().create(at(unused_tcp_port))
