"""Malformed and smuggled requests, byte by byte, through a real server."""

import asyncio
import re
from typing import Any

import pytest

CHUNK = b"0\r\n\r\n"
HIDDEN = b"GET /orders/{id}-hidden HTTP/1.1\r\nHost: x\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def post(*headers: bytes, body: bytes = b"", host: bytes = b"Host: x", version: bytes = b"1.1") -> bytes:
    lines = [b"POST /orders/{id} HTTP/" + version, *([host] if host else []), *headers, b"", b""]
    return b"\r\n".join(lines) + body


def get(target: bytes, *headers: bytes, host: bytes = b"Host: x", method: bytes = b"GET") -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", host, *headers, b"", b""])


TE, CL = b"Transfer-Encoding: ", b"Content-Length: "
HIDDEN_LENGTH = len(HIDDEN.replace(b"{id}", b"000"))
HIDING = b"%d" % HIDDEN_LENGTH

# What each must not become: more than one request to the service, the hidden request, or a 5xx.
REFUSED = {
    "length and chunks": post(CL + b"5", TE + b"chunked", body=CHUNK),
    "chunks and length": post(TE + b"chunked", CL + b"5", body=CHUNK),
    "chunks hide a request behind the length": post(CL + HIDING, TE + b"chunked", body=CHUNK + HIDDEN),
    "zero length and chunks": post(CL + b"0", TE + b"chunked", body=CHUNK + HIDDEN),
    "two lengths": post(CL + b"5", CL + b"6", body=b"helloo"),
    "two equal lengths": post(CL + b"5", CL + b"5", body=b"hello"),
    "a list of lengths": post(CL + b"5, 5", body=b"hello"),
    "a length with a sign": post(CL + b"+5", body=b"hello"),
    "a negative length": post(CL + b"-5", body=b"hello"),
    "a hexadecimal length": post(CL + b"0x5", body=b"hello"),
    "a length in two words": post(CL + b"5 5", body=b"hello"),
    "an empty length": post(CL),
    "an endless length": post(CL + b"9" * 40, body=b"hello"),
    "an unknown coding": post(TE + b"xchunked", body=CHUNK),
    "two codings": post(TE + b"gzip, chunked", body=CHUNK),
    "chunked, then another": post(TE + b"chunked, identity", body=CHUNK),
    "identity": post(TE + b"identity", body=b"hello"),
    "chunked twice": post(TE + b"chunked", TE + b"chunked", body=CHUNK),
    "chunked and identity": post(TE + b"chunked", TE + b"identity", body=CHUNK),
    "a coding after a tab": post(b"Transfer-Encoding:\tchunked", CL + b"5", body=CHUNK),
    "a coding in capitals with a length": post(TE + b"CHUNKED", CL + b"5", body=CHUNK),
    "a coding with a space before the colon": post(b"Transfer-Encoding : chunked", body=CHUNK),
    "a coding in quotes": post(TE + b'"chunked"', body=CHUNK),
    "a coding with a vertical tab": post(TE + b"\x0bchunked", body=CHUNK),
    "a folded coding": post(b"Transfer-Encoding:\r\n chunked", CL + b"5", body=CHUNK),
    "chunks over HTTP/1.0": post(TE + b"chunked", body=CHUNK, version=b"1.0"),
    "a chunk size that is no number": post(TE + b"chunked", body=b"zz\r\nhello\r\n" + CHUNK),
    "a chunk size with a sign": post(TE + b"chunked", body=b"-5\r\nhello\r\n" + CHUNK),
    "a chunk size with a prefix": post(TE + b"chunked", body=b"0x5\r\nhello\r\n" + CHUNK),
    "an overflowing chunk size": post(TE + b"chunked", body=b"F" * 17 + b"5\r\nhello\r\n" + CHUNK),
    "a chunk longer than its size": post(TE + b"chunked", body=b"3\r\nhello\r\n" + CHUNK),
    "a chunk ended by a bare newline": post(TE + b"chunked", body=b"5\nhello\n0\n\n"),
    "no host": post(host=b""),
    "two hosts": post(b"Host: y"),
    "two equal hosts": post(b"Host: x"),
    "an empty host": post(host=b"Host:"),
    "a host with a user": post(host=b"Host: a@b"),
    "a host with a path": post(host=b"Host: a/b"),
    "a host with a space": post(host=b"Host: a b"),
    "a list of hosts": post(host=b"Host: a, b"),
    "a space before the host's colon": post(host=b"Host : x"),
    "a header without a colon": post(b"nonsense"),
    "a header without a name": post(b": x"),
    "a header name with a space": post(b"X Y: 1"),
    "a header name with a control character": post(b"X\x01: 1"),
    "a header name with an umlaut": post("X-Ä: 1".encode()),
    "NUL in a header": post(b"X-A: a\x00b"),
    "a bare carriage return in a header": post(b"X-A: a\rX-B: b"),
    "a bare newline in a header": post(b"X-A: a\nX-B: b"),
    "a folded header": post(b"X-A: a", b" b"),
    "a header that is no text": post(b"X-A: \xff\xfe"),
    "too many headers": post(*[b"X-%d: 1" % n for n in range(200)]),
    "too large headers": post(b"X-A: " + b"a" * 20_000),
    "two authorizations": post(b"Authorization: Basic eDp5", b"Authorization: Basic eDp6"),
    "two content types": post(b"Content-Type: text/plain", b"Content-Type: application/json"),
    "encoded dots": get(b"/orders/%2e%2e/users/{id}"),
    "capital encoded dots": get(b"/orders/%2E%2E/users/{id}"),
    "half encoded dots": get(b"/orders/.%2e/users/{id}"),
    "plain dots": get(b"/orders/../users/{id}"),
    "dots with a parameter": get(b"/orders/..;/users/{id}"),
    "an encoded slash": get(b"/orders%2f{id}"),
    "an encoded backslash": get(b"/orders/..%5cusers/{id}"),
    "a backslash": get(b"/orders\\{id}"),
    "an encoded NUL": get(b"/orders/%00{id}"),
    "encoded line ends": get(b"/orders/%0d%0aX:%20{id}"),
    "an overlong slash": get(b"/orders/..%c0%af{id}"),
    "twice encoded dots": get(b"/orders/%252e%252e/{id}"),
    "a broken escape": get(b"/orders/%zz{id}"),
    "two slashes": get(b"//orders/{id}"),
    "an inner double slash": get(b"/orders//{id}"),
    "a very long target": get(b"/orders/{id}" + b"a" * 10_000),
    "no slash": get(b"orders/{id}"),
    "an asterisk": get(b"*", method=b"OPTIONS"),
    "connect": get(b"x:443", method=b"CONNECT"),
    "trace": get(b"/orders/{id}", method=b"TRACE"),
    "an unknown method": get(b"/orders/{id}", method=b"PROPFIND"),
    "a made-up method": get(b"/orders/{id}", method=b"GETT"),
    "a method in small letters": get(b"/orders/{id}", method=b"get"),
    "no version": b"GET /orders/{id}\r\nHost: x\r\n\r\n",
    "version 2.0 in plain": b"GET /orders/{id} HTTP/2.0\r\nHost: x\r\n\r\n",
    "version 1.10": b"GET /orders/{id} HTTP/1.10\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a space in the target": b"GET /orders/{id} x HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a body on a refused path": post(CL + HIDING, body=HIDDEN).replace(b"/orders/{id} ", b"/orders/%2e%2e/{id} ", 1),
}
PASSED = {
    "a body that looks like a request": post(CL + HIDING, body=HIDDEN),
    "chunks that look like a request": post(TE + b"chunked", body=b"%x\r\n%s\r\n" % (HIDDEN_LENGTH, HIDDEN) + CHUNK),
    "chunked in capitals": post(TE + b"Chunked", body=CHUNK),
    "a chunk with an extension": post(TE + b"chunked", body=b"5;a=b\r\nhello\r\n" + CHUNK),
    "a trailer that claims": post(TE + b"chunked", body=b"5\r\nhello\r\n0\r\nX-User-Id: admin\r\n\r\n"),
    "claims": post(b"X-User-Id: admin", b"X_User_Id: admin", b"x-USER-id: admin", b"X-Forwarded-User: admin"),
    "an upgrade": get(b"/orders/{id}", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: A"),
    "traceparent junk": get(b"/orders/{id}", b"traceparent: 00-zz-zz-zz", b"tracestate: =,=,="),
    "connection names everything": get(b"/orders/{id}", b"Connection: close, host, content-length, x-request-id"),
    "an absolute target": get(b"http://evil.example/orders/{id}"),
    "a fragment": get(b"/orders/{id}#/../users"),
}  # fmt: skip


async def send(gateway: Any, cases: dict[str, bytes]) -> dict[str, tuple[list[bytes], list[Any]]]:
    """Send each case on a connection of its own; return its statuses and what of it the service saw."""
    ids = {name: b"%03d" % number for number, name in enumerate(cases)}
    received = await asyncio.gather(
        *(gateway.raw(data.replace(b"{id}", ids[name]), silence=1.0) for name, data in cases.items())
    )
    return {
        name: (STATUS.findall(answer), [one for one in gateway.service.seen if ids[name].decode() in one.target])
        for (name, answer) in zip(cases, received, strict=True)
    }


def test_the_corpus_is_large_enough() -> None:
    assert len(REFUSED) + len(PASSED) >= 60


async def test_what_can_be_read_in_two_ways_is_refused_once_and_goes_nowhere(start: Any) -> None:
    gateway = await start(ADDRESS_BURST=1000, BODY_TIMEOUT=0.5)

    outcome = await send(gateway, REFUSED)

    wrong = {
        name: (statuses, [one.target for one in seen])
        for name, (statuses, seen) in outcome.items()
        if seen or len(statuses) != 1 or not statuses[0].startswith(b"4")
    }
    assert wrong == {}
    assert gateway.service.seen == []


async def test_what_is_odd_but_clear_reaches_the_service_once(start: Any) -> None:
    gateway = await start(ADDRESS_BURST=1000)

    outcome = await send(gateway, PASSED)

    wrong = {name: statuses for name, (statuses, seen) in outcome.items() if statuses != [b"200"] or len(seen) != 1}
    assert wrong == {}
    for one in gateway.service.seen:
        text = str(one.headers).lower()
        assert "hidden" not in one.target
        assert "admin" not in text
        assert "upgrade" not in text
        assert "evil" not in text
        assert len(one.values("host")) == 1


@pytest.mark.parametrize("before", [0, 1, 20])
async def test_pipelined_requests_are_answered_in_order(gateway: Any, before: int, answering: Any) -> None:
    async def echo(seen: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(answering(seen.target.encode()))
        await writer.drain()

    gateway.service.reply = echo
    data = b"".join(get(b"/orders/%d" % n) for n in range(before + 2)) + get(b"/orders/last", b"Connection: close")

    received = await gateway.raw(data)

    targets = re.findall(rb"\r\n\r\n/orders/(\d+|last)", received)
    assert targets == [*(b"%d" % n for n in range(before + 2)), b"last"]
