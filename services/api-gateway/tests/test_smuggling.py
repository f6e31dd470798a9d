"""Malformed and smuggled requests, byte by byte, through a real server."""

import asyncio
import re
from typing import Any

import pytest
from security.attacks import framing

REFUSED, PASSED = framing("refused"), framing("passed")
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def get(target: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: x", *headers, b"", b""])


async def send(gateway: Any, cases: dict[str, bytes]) -> dict[str, tuple[list[bytes], list[Any]]]:
    """Send each case on a separate connection, and return the statuses and the requests that reached the service."""
    ids = {name: b"%03d" % number for number, name in enumerate(cases)}
    received = await asyncio.gather(
        *(gateway.raw(data.replace(b"{id}", ids[name]), silence=1.0) for name, data in cases.items())
    )
    return {
        name: (STATUS.findall(answer), [one for one in gateway.service.seen if ids[name].decode() in one.target])
        for (name, answer) in zip(cases, received, strict=True)
    }


async def test_an_ambiguous_request_is_refused_once_and_not_forwarded(start: Any) -> None:
    gateway = await start(ADDRESS_BURST=1000, BODY_TIMEOUT=0.5)

    outcome = await send(gateway, REFUSED)

    wrong = {
        name: (statuses, [one.target for one in seen])
        for name, (statuses, seen) in outcome.items()
        if seen or len(statuses) != 1 or not statuses[0].startswith(b"4")
    }
    assert wrong == {}
    assert gateway.service.seen == []


async def test_an_unusual_but_unambiguous_request_is_forwarded_once(start: Any) -> None:
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
async def test_responses_to_pipelined_requests_are_in_order(gateway: Any, before: int, build_response: Any) -> None:
    async def echo(seen: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(build_response(seen.target.encode()))
        await writer.drain()

    gateway.service.reply = echo
    data = b"".join(get(b"/orders/%d" % n) for n in range(before + 2)) + get(b"/orders/last", b"Connection: close")

    received = await gateway.raw(data)

    targets = re.findall(rb"\r\n\r\n/orders/(\d+|last)", received)
    assert targets == [*(b"%d" % n for n in range(before + 2)), b"last"]
