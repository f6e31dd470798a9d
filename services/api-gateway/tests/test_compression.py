import asyncio
import gzip
from typing import Any

import pytest

from api_gateway.compression import accepts_gzip, compress
from api_gateway.instances import Answer

BODY = b'{"items": [%s]}' % b", ".join([b'"a dish"'] * 1000)


@pytest.mark.parametrize(
    "header", [b"gzip", b"br, gzip", b"GZIP;q=0.1", b"*", b"deflate , gzip ; q=1.000", b"gzip;q=1, *;q=0"]
)
def test_gzip_is_accepted_by_name_or_wildcard(header: bytes) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize("header", [b"", b"br", b"gzip;q=0", b"gzip; q=0.000, *", b"*;q=0", b"xgzip", b"identity"])
def test_gzip_is_not_used_unless_accepted(header: bytes) -> None:
    assert not accepts_gzip(header)


@pytest.mark.parametrize("size", [6_000, 300_000])
async def test_a_large_response_is_compressed(gateway: Any, build_response: Any, size: int) -> None:
    body = BODY * (size // len(BODY) + 1)
    gateway.service.reply = build_response(body, b"200 OK", (b"ETag", b'"7"'))

    response = await gateway.http.get("/restaurants")

    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["etag"] == '"7"'
    assert int(response.headers["content-length"]) < len(body) / 10
    assert response.content == body


async def test_responses_without_gzip_are_plain_and_vary_by_encoding(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = build_response(BODY)

    response = await gateway.http.get("/restaurants", headers={"Accept-Encoding": "identity"})

    assert "content-encoding" not in response.headers
    assert (response.headers["vary"], response.content) == ("Accept-Encoding", BODY)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (b"image/png", []), (b"text/event-stream", []), (b"application/octet-stream", []),
        (b"application/json", [(b"content-encoding", b"br")]),
        (b"application/json", [(b"cache-control", b"no-transform")]),
    ],
)  # fmt: skip
async def test_some_responses_are_not_compressed(kind: bytes, more: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", kind), *more]
    answer = Answer(200, list(headers), BODY)

    await compress(answer, b"gzip")

    assert (answer.body, answer.headers) == (BODY, headers)


async def test_a_small_response_is_not_compressed(gateway: Any) -> None:
    response = await gateway.http.get("/restaurants")

    assert "content-encoding" not in response.headers


async def test_problems_are_compressed_too() -> None:
    answer = Answer(422, [(b"content-type", b"application/problem+json"), (b"content-length", b"1")], BODY)

    await compress(answer, b"gzip")

    assert gzip.decompress(answer.body) == BODY
    assert dict(answer.headers)[b"content-length"] == b"%d" % len(answer.body)


async def test_events_are_never_compressed(gateway: Any) -> None:
    async def stream(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + b"data: 1\n\n" * 1000)
        await writer.drain()
        writer.close()

    gateway.service.reply = stream
    response = await gateway.http.get("/orders/1/stream")

    assert "content-encoding" not in response.headers
    assert response.content == b"data: 1\n\n" * 1000


async def test_a_response_too_long_to_buffer_has_no_wrong_content_length(start: Any, build_response: Any) -> None:
    gateway = await start(MAX_ANSWER_BYTES=10_000)
    gateway.service.reply = build_response(BODY * (5_000_000 // len(BODY)))

    response = await gateway.http.head("/restaurants")

    assert "content-length" not in response.headers
    assert "content-encoding" not in response.headers
