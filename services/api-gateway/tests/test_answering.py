"""The bytes of responses to clients."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from api_gateway.answering import Cycle


class Transport:
    """A transport that stores the written bytes."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True


def begin(method: str = "GET", *, keep_alive: bool = True) -> tuple[Cycle, Transport]:
    transport: Any = Transport()
    cycle = Cycle(
        scope={"type": "http", "method": method},  # type: ignore[typeddict-item]
        transport=transport,
        flow=FlowControl(transport),
        logger=logging.getLogger(),
        access_logger=logging.getLogger(),
        access_log=False,
        default_headers=[],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )
    return cycle, transport


async def answer(cycle: Cycle, status: int, headers: list[tuple[bytes, bytes]], *parts: bytes) -> None:
    await cycle.send({"type": "http.response.start", "status": status, "headers": headers})
    for place, part in enumerate(parts):
        more = place < len(parts) - 1
        await cycle.send({"type": "http.response.body", "body": part, "more_body": more})


LENGTH = [(b"content-length", b"2")]
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "status", "headers", "parts", "written"),
    [
        ("GET", 200, LENGTH, [b"ok"], WHOLE + b"ok"),
        ("GET", 200, LENGTH, [b"o", b"k", b""], WHOLE + b"ok"),
        ("GET", 200, [], [b"o", b"", b"k"], CHUNKED + b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n"),
        ("GET", 200, [], [b""], CHUNKED + b"0\r\n\r\n"),
        ("HEAD", 200, LENGTH, [b"ok"], WHOLE),
        ("HEAD", 200, LENGTH, [b""], WHOLE),
        ("HEAD", 200, [], [b"o", b"k"], b"HTTP/1.1 200 OK\r\n\r\n"),
        ("GET", 204, [], [b""], b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", 304, [(b"etag", b'"1"')], [b""], b'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n'),
    ],
)
async def test_the_end_of_a_response_is_unambiguous(
    method: str, status: int, headers: list[tuple[bytes, bytes]], parts: list[bytes], written: bytes
) -> None:
    cycle, transport = begin(method)

    await answer(cycle, status, headers, *parts)

    assert transport.written == written
    assert cycle.response_complete
    assert not transport.closed


async def test_a_stream_sends_its_head_before_its_first_part() -> None:
    cycle, transport = begin()

    await cycle.send({"type": "http.response.start", "status": 200, "headers": []})
    await cycle.send({"type": "http.response.body", "body": b"", "more_body": True})

    assert transport.written == CHUNKED


@pytest.mark.parametrize("header", [(b"x-a", b"1\r\nx-b: 2"), (b"x-a", b"1\nx-b: 2"), (b"x-a\r\nx-b", b"1")])
async def test_a_header_with_a_line_end_is_refused(header: tuple[bytes, bytes]) -> None:
    cycle, transport = begin()

    with pytest.raises(RuntimeError, match="line end"):
        await answer(cycle, 200, [header], b"")

    assert transport.written == b""


@pytest.mark.parametrize(
    ("status", "headers", "body"), [(200, LENGTH, b"o"), (200, LENGTH, b"oks"), (204, [], b"ok"), (304, [], b"ok")]
)
async def test_a_body_that_differs_from_its_content_length_is_an_error(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    cycle, _ = begin()

    with pytest.raises(RuntimeError, match="than its Content-Length"):
        await answer(cycle, status, headers, body)

    assert not cycle.response_complete


async def test_a_response_announces_that_its_connection_closes() -> None:
    for keep_alive, headers in ((False, []), (True, [(b"connection", b"close")])):
        cycle, transport = begin(keep_alive=keep_alive)

        await answer(cycle, 204, headers, b"")

        assert transport.written == b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
        assert transport.closed
