"""What a connection that sends no HTTP, or a head without end, gets from the server of a service."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn
from fastapi import APIRouter, Request

from foodchassis import Public, ServiceSettings, create_service
from foodchassis.testing import eventually

GET = b"GET /notes HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
router = APIRouter(dependencies=[Public])


@router.get("/notes")
async def read() -> dict[str, int]:
    """Answer something."""
    return {"notes": 1}


@router.post("/notes")
async def write(request: Request) -> dict[str, list[str]]:
    """Answer the names of the headers, once the whole body was read."""
    await request.body()
    return {"headers": sorted(name.decode() for name, _ in request.scope["headers"])}


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    app = create_service(ServiceSettings(service_name="notes"), routers=[router])
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http="foodchassis.web:HttpProtocol", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))

    async def up() -> bool:
        return server.started or serving.done()

    await eventually(up)
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving
    listening.close()


async def received(port: int, *parts: bytes) -> bytes:
    """Send `parts`, and return all that comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    whole = b""
    async with asyncio.timeout(10):
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            while chunk := await reader.read(65_536):
                whole += chunk
        except ConnectionError:
            pass
    writer.transport.abort()
    return whole


def problem(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
    read = json.loads(body)
    assert set(read) == {"type", "title", "status", "detail", "instance", "request_id", "trace_id"}
    assert fields["content-type"] == "application/problem+json"
    assert fields["connection"] == "close"
    assert (int(fields["content-length"]), fields["x-request-id"]) == (len(body), read["request_id"])
    assert head.startswith(b"HTTP/1.1 %d " % read["status"])
    return read["status"], read["type"]


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"G@T /notes HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /notes HTTP/9.9\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        GET + b"no colon\r\n\r\n",
        GET + b"A: \x01b\x00\r\n\r\n",
        GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        CHUNKED + b"zz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_is_refused_by_a_problem(port: int, sent: bytes) -> None:
    assert problem(await received(port, sent)) == (400, "/problems/malformed-request")


@pytest.mark.parametrize(
    "sent",
    [
        [b"GET /", *[b"a" * 10_000] * 20],
        [GET, b"A: ", *[b"a" * 10_000] * 20],
        [GET, b"A: b\r\n" * 1_000],
        [CHUNKED, b"0\r\n", b"A: b\r\n" * 100_000],
    ],
    ids=["target", "one header", "many headers", "trailers"],
)
async def test_a_head_without_end_is_refused_by_a_problem(port: int, sent: list[bytes]) -> None:
    assert problem(await received(port, *sent)) == (431, "/problems/headers-too-large")


async def test_an_answer_that_is_due_comes_before_the_end(port: int) -> None:
    answers = await received(port, GET + b"\r\n" + b"nonsense\r\n\r\n")

    assert answers.startswith(b"HTTP/1.1 200")
    assert answers.count(b"HTTP/1.1 ") == 1


async def test_a_request_that_upgrades_to_nothing_is_answered(port: int) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"

    assert (await received(port, GET + upgrade + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")).startswith(
        b"HTTP/1.1 200"
    )


async def test_a_trailer_is_no_header_and_a_large_body_no_large_head(port: int) -> None:
    body = b"%x\r\n%b\r\n0\r\nX-Trailer: 1\r\n\r\n" % (500_000, b"x" * 500_000)
    closing = CHUNKED.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n")

    assert json.loads((await received(port, closing + body)).rpartition(b"\r\n")[2]) == {
        "headers": ["connection", "host", "transfer-encoding"]
    }


async def test_no_redirect_is_built_from_the_host(port: int) -> None:
    answer = await received(port, b"GET /notes/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 404")
    assert b"evil" not in answer
