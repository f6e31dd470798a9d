"""Framing, paths and headers over raw sockets: ambiguous requests are refused once, and none causes a 5xx."""

import asyncio
import json
import re
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

from security.attacks import framing, read
from security.world import World

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
AT_ONCE = 16
SILENCE = 2.0
# Headers that frame a request are cases of framing.yaml.
FRAMING = {"host", "content-length", "transfer-encoding", "expect"}


async def test_an_ambiguous_request_is_refused_once(world: World) -> None:
    cases = framing("refused") | {
        f"path {path!r}": _get(path.encode("latin-1")) for path in read("paths")["two_readings"]
    }

    answers = await _send(world, cases)

    wrong = {name: answer[:200] for name, answer in answers.items() if not _once(answer, b"4")}
    assert wrong == {}
    assert len(cases) >= 100


async def test_an_unusual_but_unambiguous_request_is_answered_once(world: World) -> None:
    good = [path for path in read("paths")["one_reading"] if path != "/"]
    cases = framing("passed") | {f"path {path!r}": _get(path.encode()) for path in good}

    answers = await _send(world, cases)

    assert {name: answer[:200] for name, answer in answers.items() if not _once(answer, b"2", b"3", b"4")} == {}


async def test_headers_do_not_authenticate_a_caller(world: World) -> None:
    names = [name for name in read("headers")["never_forwarded"] if name not in FRAMING]
    claims = (b"admin", world.private[2].encode())
    token = b"Authorization: Bearer " + world.tokens["another customer"].encode()
    anonymous = {
        f"{name}: {claim.decode()}": _get(b"/users/me", name.encode() + b": " + claim)
        for name in names
        for claim in claims
    }
    known = {name: _get(b"/users/me", token, name.encode() + b": " + claim) for name in names for claim in claims}

    refused = await _send(world, anonymous)
    answered = await _send(world, known)

    assert {name: answer[:200] for name, answer in refused.items() if not _once(answer, b"401")} == {}
    wrong = {name: answer[:200] for name, answer in answered.items() if not _once(answer, b"200")}
    assert wrong == {}
    for answer in answered.values():
        profile = json.loads(re.sub(rb"^[\s\S]*?\r\n\r\n", b"", answer))
        assert (profile["role"], profile["id"] == world.private[2]) == ("customer", False)


def _get(target: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers, b"", b""])


def _once(answer: bytes, *statuses: bytes) -> bool:
    """Return whether there is exactly one response, whose status begins with one of these digits."""
    found = STATUS.findall(answer)
    return len(found) == 1 and found[0].startswith(statuses)


async def _send(world: World, cases: dict[str, bytes]) -> dict[str, bytes]:
    """Send each case on its own connection, and return all received bytes until the gateway closes it or is silent."""
    address = urlsplit(world.url)
    once = asyncio.Semaphore(AT_ONCE)

    async def send(data: bytes) -> bytes:
        async with once:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            received = b""
            with suppress(ConnectionError, TimeoutError):
                writer.write(data.replace(b"{id}", uuid4().hex[:3].encode()))
                await writer.drain()
                while chunk := await asyncio.wait_for(reader.read(65_536), SILENCE):
                    received += chunk
            writer.transport.abort()
            return received

    return dict(zip(cases, await asyncio.gather(*map(send, cases.values())), strict=True))
