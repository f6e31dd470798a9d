"""The gateway's HTTP client, byte by byte, on both event loops: hostile responses, stale connections, streams."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from random import random
from typing import Any

import pytest
import uvloop

from api_gateway.client import BrokenAnswerError, Connection, HungUpError, NotConnectedError, Reply
from api_gateway.pool import Pool
from foodchassis.testing import eventually

ASK = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
FINE = OK + b"content-length: 2\r\n\r\nok"
BUFFERED = 10_000
Run = Callable[[Coroutine[Any, Any, Any]], Any]
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

# The bytes that a connection sends before it is closed.
WHOLE = {
    "by length": (FINE, b"ok"),
    "in chunks": (OK + b"transfer-encoding: chunked\r\n\r\n1\r\no\r\n1;a=b\r\nk\r\n0\r\n\r\n", b"ok"),
    "in chunks with trailers": (OK + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-a: 1\r\n\r\n", b"ok"),
    "in chunks, with a capital letter": (OK + b"transfer-encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"ok"),
    "until the connection closes": (OK + b"\r\nok", b"ok"),
    "from HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", b"ok"),
    "without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", b""),
    "after interim responses": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" + FINE,
        b"ok",
    ),
    "without a reason": (b"HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok", b"ok"),
    "followed by another response": (FINE + FINE.replace(b"ok", b"no"), b"ok"),
    "followed by invalid data": (FINE + b"rubbish", b"ok"),
    "with more than its length": (FINE + b"k", b"ok"),
}
BROKEN = {
    "another protocol": b"SSH-2.0-OpenSSH\r\n\r\n",
    "HTTP/2 as text": b"HTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "no head": b"\x00\x01\x02\r\n\r\n",
    "an invalid chunk size": OK + b"transfer-encoding: chunked\r\n\r\nzz\r\nok",
    "a negative chunk size": OK + b"transfer-encoding: chunked\r\n\r\n-2\r\nok",
    "an overflowing chunk size": OK + b"transfer-encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\nok",
    "a chunk longer than its size": OK + b"transfer-encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n",
    "length and chunks": OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "two lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok",
    "an invalid length": OK + b"content-length: two\r\n\r\nok",
    "a negative length": OK + b"content-length: -2\r\n\r\nok",
    "an overflowing length": OK + b"content-length: 99999999999999999999999\r\n\r\nok",
    "an unknown coding": OK + b"transfer-encoding: gzip\r\n\r\nok",
    "two codings": OK + b"transfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "two headers of codings": (
        OK + b"transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    ),
    "a header without a colon": OK + b"no colon\r\n\r\n",
    "a space before the colon": OK + b"content-length : 2\r\n\r\nok",
    "a folded header": OK + b"x-a: 1\r\n 2\r\ncontent-length: 2\r\n\r\nok",
    "NUL in a header": OK + b"x-a: \x00\r\ncontent-length: 2\r\n\r\nok",
    "a bare carriage return": OK + b"x-a: a\rb: c\r\ncontent-length: 2\r\n\r\nok",
    "an upgrade": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\nok",
    "an invalid status": b"HTTP/1.1 abc OK\r\ncontent-length: 2\r\n\r\nok",
    "status 0": b"HTTP/1.1 000 OK\r\ncontent-length: 2\r\n\r\nok",
    "status 999": b"HTTP/1.1 999 OK\r\ncontent-length: 2\r\n\r\nok",
    "endless interim responses": b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 5_000,
    "an endless head": OK + b"x-a: 1\r\n" * 20_000,
    "an endless header": OK + b"x-a: " + b"a" * 100_000,
}  # fmt: skip
CUT_OFF = {
    "half a head": OK + b"content-le",
    "half a body": OK + b"content-length: 10\r\n\r\nhalf",
    "half a chunk": OK + b"transfer-encoding: chunked\r\n\r\na\r\nhalf",
    "no last chunk": OK + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
    "half a trailer": OK + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-a: 1\r\n",
    "only interim responses": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3,
    "endless trailers": OK + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n" + b"x-a: 1\r\n" * 20_000,
}


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


@asynccontextmanager
async def served(script: Script, keepalive: float = 5) -> AsyncIterator[Pool]:
    """Yield a pool of connections to a service that runs `script` on each connection."""

    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pool = Pool(f"http://127.0.0.1:{port}", keepalive=keepalive, connect_timeout=2, buffered=BUFFERED)
    try:
        async with asyncio.timeout(20):
            yield pool
    finally:
        pool.close()
        await closed(pool)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()


async def closed(pool: Pool) -> None:
    async def none_open() -> bool:
        return not pool.open

    assert await eventually(none_open)


def responding_with(data: bytes) -> Script:
    """Return a script that responds to each request with `data`, and closes after the first if `data` is incomplete."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()

    return script


async def send_request(connection: Connection) -> Reply:
    return await connection.receive(connection.send(ASK))


async def request_once(pool: Pool) -> Reply:
    return await send_request(pool.idle(pool.loop.time()) or await pool.connect(5))


async def read_all(reply: Reply) -> bytes:
    whole = reply.take()
    while part := await reply.read():
        whole += part
    return whole


@pytest.mark.parametrize("name", WHOLE)
def test_an_unambiguous_response_is_read(run: Run, name: str) -> None:
    data, body = WHOLE[name]

    async def main() -> None:
        async with served(responding_with(data)) as pool:
            reply = await request_once(pool)
            assert reply.ended
            assert reply.take() == body

    run(main())


@pytest.mark.parametrize("name", WHOLE)
def test_a_response_may_arrive_byte_by_byte(run: Run, name: str) -> None:
    data, body = WHOLE[name]

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for place in range(len(data)):
            writer.write(data[place : place + 1])
            await asyncio.sleep(0)
        await writer.drain()

    async def main() -> None:
        async with served(script) as pool:
            assert (await request_once(pool)).take() == body

    run(main())


@pytest.mark.parametrize("name", CUT_OFF)
def test_a_truncated_response_is_an_error(run: Run, name: str) -> None:
    async def main() -> None:
        async with served(responding_with(CUT_OFF[name])) as pool:
            with pytest.raises(HungUpError) as raised:
                await request_once(pool)
            assert not raised.value.stale
            await closed(pool)

    run(main())


@pytest.mark.parametrize("name", BROKEN)
def test_an_ambiguous_response_is_refused_and_its_connection_closed(run: Run, name: str) -> None:
    async def main() -> None:
        async with served(responding_with(BROKEN[name])) as pool:
            with pytest.raises(BrokenAnswerError):
                await request_once(pool)
            assert pool.idle(pool.loop.time()) is None
            await closed(pool)

    run(main())


def test_a_connection_is_reused_for_the_next_call(run: Run) -> None:
    connections = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(FINE)

    async def main() -> None:
        async with served(script) as pool:
            for _ in range(3):
                assert (await request_once(pool)).take() == b"ok"
            assert connections == 1
            await asyncio.gather(*(request_once(pool) for _ in range(3)))
            assert connections == 3

    run(main())


@pytest.mark.parametrize(
    "data",
    [
        OK + b"connection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        FINE + FINE,
        FINE + b"x",
    ],
)
def test_a_connection_with_possible_leftover_data_is_not_reused(run: Run, data: bytes) -> None:
    async def main() -> None:
        async with served(responding_with(data)) as pool:
            assert (await request_once(pool)).take() == b"ok"
            assert pool.idle(pool.loop.time()) is None

    run(main())


def test_unrequested_data_closes_an_idle_connection(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(FINE)
        await writer.drain()
        await go.wait()
        writer.write(FINE.replace(b"ok", b"no"))
        await reader.read()

    async def main() -> None:
        async with served(script) as pool:
            assert (await request_once(pool)).take() == b"ok"
            go.set()
            await closed(pool)
            assert pool.idle(pool.loop.time()) is None

    go = asyncio.Event()
    run(main())


def test_only_a_reused_connection_can_be_stale(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(FINE)
        await reader.readuntil(b"\r\n\r\n")

    async def hangs_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async def main() -> None:
        for one, stale in ((script, True), (hangs_up, False)):
            async with served(one) as pool:
                if stale:
                    await request_once(pool)
                with pytest.raises(HungUpError) as error:
                    await request_once(pool)
                assert error.value.stale is stale

    run(main())


def test_a_connection_with_a_partial_response_is_not_stale(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(FINE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"H")

    async def main() -> None:
        async with served(script) as pool:
            await request_once(pool)
            with pytest.raises(HungUpError) as raised:
                await request_once(pool)
            assert not raised.value.stale

    run(main())


def test_an_unused_connection_is_closed_after_a_while(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(FINE)
        await reader.read()

    async def main() -> None:
        async with served(script, keepalive=0.05) as pool:
            await request_once(pool)
            await closed(pool)

    run(main())


def test_a_refused_connection_is_an_error(run: Run) -> None:
    async def main() -> None:
        pool = Pool("http://127.0.0.1:1", keepalive=1, connect_timeout=2, buffered=BUFFERED)
        with pytest.raises(NotConnectedError):
            await pool.connect(5)

    run(main())


@pytest.mark.parametrize(
    "head", [b"content-length: 50000\r\n\r\n", b"\r\n", b"Content-Type: Text/Event-Stream\r\n\r\n"]
)
def test_a_long_response_is_forwarded_before_its_end(run: Run, head: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + head + b"a" * 20_000)
        await go.wait()
        writer.write(b"b" * 30_000)
        await writer.drain()

    async def main() -> None:
        async with served(script) as pool:
            reply = await request_once(pool)
            assert not reply.ended
            go.set()
            assert await read_all(reply) == b"a" * 20_000 + b"b" * 30_000
            assert await reply.read() == b""

    go = asyncio.Event()
    run(main())


def test_a_slow_reader_slows_the_service_and_receives_everything(run: Run) -> None:
    total, sent = 40 * 1_048_576, 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"content-length: %d\r\n\r\n" % total)
        while sent < total:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async def main() -> None:
        async with served(script) as pool:
            reply = await request_once(pool)
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.2)
            assert reply.size < 1_048_576
            assert sent < total
            assert len(await read_all(reply)) == total

    run(main())


def test_an_interrupted_stream_yields_its_data_and_then_an_error(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"content-length: 50000\r\n\r\n" + b"a" * 20_000)
        await writer.drain()

    async def main() -> None:
        async with served(script) as pool:
            reply = await request_once(pool)
            await closed(pool)
            assert await reply.read() == b"a" * 20_000
            with pytest.raises(HungUpError):
                await reply.read()

    run(main())


def test_a_closed_stream_closes_its_connection(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"content-type: text/event-stream\r\n\r\ndata: 1\n\n")
        assert await reader.read() == b""
        left.set()

    async def main() -> None:
        async with served(script) as pool:
            (await request_once(pool)).close()
            await left.wait()
            assert not pool.open

    left = asyncio.Event()
    run(main())


def test_a_cancelled_call_closes_its_connection(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        left.set()

    async def main() -> None:
        async with served(script) as pool:
            task = asyncio.create_task(request_once(pool))
            await arrived.wait()
            task.cancel()
            await left.wait()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not pool.open

    arrived, left = asyncio.Event(), asyncio.Event()
    run(main())


def test_a_call_cancelled_at_its_response_keeps_the_connection_usable(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(FINE)

    async def main() -> None:
        async with served(script) as pool:
            connection = await pool.connect(5)
            answered = connection.send(ASK)
            first = asyncio.create_task(connection.receive(answered))
            answered.add_done_callback(lambda _: first.cancel())
            await asyncio.wait([first])
            second = pool.idle(pool.loop.time())
            assert second is connection
            assert (await send_request(second)).take() == b"ok"

    run(main())


def test_a_timed_out_call_closes_its_connection(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def main() -> None:
        async with served(script) as pool:
            connection = await pool.connect(5)
            answered = connection.send(ASK)
            pool.loop.call_soon(answered.set_exception, TimeoutError())
            with pytest.raises(TimeoutError):
                await connection.receive(answered)
            await closed(pool)

    run(main())


def test_a_response_just_after_the_timeout_does_not_keep_the_connection(run: Run) -> None:
    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def main() -> None:
        async with served(script) as pool:
            connection = await pool.connect(5)
            receiving = asyncio.create_task(connection.receive(answered := connection.send(ASK)))
            await asyncio.sleep(0)
            answered.set_exception(TimeoutError())
            connection.data_received(FINE)
            assert pool.idle(pool.loop.time()) is None
            with pytest.raises(TimeoutError):
                await receiving

    run(main())


def test_a_response_before_the_end_of_the_request_ends_the_connection(run: Run) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno")
        await writer.drain()
        await done.wait()

    async def main() -> None:
        async with served(script) as pool:
            connection = await pool.connect(5)
            reply = await connection.receive(connection.send(ASK + b"x" * 20_000_000))
            assert (reply.status, reply.take()) == (413, b"no")
            assert pool.idle(pool.loop.time()) is None
            done.set()

    done = asyncio.Event()
    run(main())


def test_a_service_that_responds_early_and_stops_reading_leaks_no_connection(run: Run) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno")
        await asyncio.Event().wait()

    async def main() -> None:
        async with served(script) as pool:
            connection = await pool.connect(5)
            reply = await connection.receive(connection.send(ASK + b"x" * 20_000_000))
            assert (reply.status, reply.take()) == (413, b"no")
            await closed(pool)

    run(main())


async def random_responses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Respond to each request with its path: late, in parts, after interim responses, or with extra data."""
    while True:
        name = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        chance = random()
        await asyncio.sleep(chance / 100)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * (chance < 0.2))
        writer.write(OK + b"content-length: %d\r\n\r\n" % len(name) + name[:3])
        await asyncio.sleep(chance / 200)
        writer.write(name[3:] + FINE * (chance > 0.9))
        if chance < 0.1:
            return


def test_every_call_gets_its_own_response_however_others_end(run: Run) -> None:
    def end(answered: asyncio.Future[Reply]) -> None:
        if not answered.done():
            answered.set_exception(TimeoutError())

    async def call(pool: Pool, number: int) -> None:
        name = b"/call/%d" % number
        connection = pool.idle(pool.loop.time()) or await pool.connect(5)
        answered = connection.send(ASK.replace(b"/", name, 1))
        if number % 3 == 0:
            pool.loop.call_later(random() / 100, end, answered)
        try:
            async with asyncio.timeout(random() / 70 if number % 3 == 1 else 5):
                answers.append((name, (await connection.receive(answered)).take()))
        except (TimeoutError, HungUpError):
            pass

    async def main() -> None:
        async with served(random_responses) as pool:
            for first in range(0, 1_000, 20):
                await asyncio.gather(*(call(pool, number) for number in range(first, first + 20)))
            assert len(answers) > 300
            assert all(name == body for name, body in answers)

    answers: list[tuple[bytes, bytes]] = []
    run(main())
