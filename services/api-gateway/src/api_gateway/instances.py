"""One address of a service: the calls to it, and whether it is well enough to be called."""

import asyncio
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass

import aiohttp
import structlog
from multidict import CIMultiDict
from yarl import URL

from api_gateway.headers import to_client
from api_gateway.settings import GatewaySettings
from foodchassis import end

log = structlog.get_logger()
EVENT_STREAM = "text/event-stream"
BODILESS = frozenset({204, 304})
SERVER_FAULT = 500
METHOD_REFUSED = 405
RETRY_AFTER = (b"retry-after", b"2")
RETRIED = frozenset({503, 504})
# So many times its usual time a service may be silent before it counts as stalled.
SILENCE = 20
UNKNOWN_USUAL = 0.25
PROBE = "/health/ready"
PROBE_SECONDS = 3.0


@dataclass(slots=True)
class Call:
    """What is asked of a service; a repeatable one has the same effect when it arrives twice."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes
    repeatable: bool


@dataclass(slots=True)
class Answer:
    """What a service answered: the body is whole, or `rest` still streams after it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: aiohttp.ClientResponse | None = None
    url: str = ""


class Instance:
    """One address of a service.

    It is ejected after `breaker_threshold` failures in a row, or when it has stalled: several calls wait and none was
    answered for long. It returns when its readiness answers.
    """

    def __init__(self, service: str, url: str, settings: GatewaySettings, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.ejected = False
        self._service = service
        self._origin = url.encode()
        self._settings = settings
        self._http = http
        self._failures = 0
        self._waiting: dict[asyncio.Timeout, tuple[float, Call]] = {}
        self._last_answer = 0.0
        self._usual = 0.0
        self._probe: asyncio.Task[None] | None = None

    async def call(self, call: Call, seconds: float) -> Answer:
        """Return the answer. Raises TimeoutError after `seconds`, and what the client library raises."""
        clock = asyncio.get_running_loop().time
        started = clock()
        async with asyncio.timeout(seconds) as limit:
            self._waiting[limit] = started, call
            try:
                answer = await self._send(call)
            finally:
                del self._waiting[limit]
        self._last_answer = clock()
        took = self._last_answer - started
        self._usual = self._usual + (took - self._usual) / 16 if self._usual else took
        self._failures = 0
        return answer

    def has_stalled(self) -> bool:
        """Return whether many calls wait and none was answered for much longer than usual."""
        if len(self._waiting) < self._settings.stall_calls:
            return False
        oldest, _ = next(iter(self._waiting.values()))
        silent = asyncio.get_running_loop().time() - max(oldest, self._last_answer)
        return silent > max(self._settings.stall_seconds, SILENCE * (self._usual or UNKNOWN_USUAL))

    def failed(self) -> bool:
        """Count a call that was not answered; return whether this is one too many."""
        self._failures += 1
        return self._failures >= self._settings.breaker_threshold and not self.ejected

    def eject(self) -> None:
        """Take no more calls until the service says that it is ready."""
        self.ejected = True
        self._probe = asyncio.create_task(self._return(), context=Context())

    def give_up(self) -> None:
        """End the calls that may be repeated elsewhere."""
        for limit, (_, call) in self._waiting.items():
            if call.repeatable and not limit.expired():
                limit.reschedule(0)

    async def close(self) -> None:
        """Stop what runs in the background."""
        if self._probe is not None:
            await end(self._probe)

    async def _return(self) -> None:
        while self.ejected:
            await asyncio.sleep(self._settings.breaker_open_seconds)
            try:
                async with asyncio.timeout(PROBE_SECONDS), self._http.get(self.url + PROBE) as response:
                    self.ejected = response.status >= SERVER_FAULT
            except (aiohttp.ClientError, TimeoutError):
                continue
        self._failures, self._probe = 0, None
        log.info("instance.returned", upstream=self._service, url=self.url)

    async def _send(self, call: Call) -> Answer:
        url = URL(self.url + call.target, encoded=True)
        response = await self._http.request(
            call.method, url, headers=call.headers, data=call.body or None, allow_redirects=False
        )
        try:
            return await self._read(response)
        except BaseException:
            response.close()
            raise

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        """Return the whole answer, or the first part of one that is too long to buffer or has no end."""
        status, kept = response.status, to_client(response.raw_headers, self._origin)
        if status in RETRIED and not _has(kept, b"retry-after"):
            kept.append(RETRY_AFTER)
        elif status == METHOD_REFUSED:
            kept = [(name, _with_head(value) if name == b"allow" else value) for name, value in kept]
        if response.content_type == EVENT_STREAM:
            return Answer(status, kept, b"", response, self.url)
        if status in BODILESS:
            response.release()
            return Answer(status, kept, b"", None, self.url)
        buffered, length_known = self._settings.max_answer_bytes, response.content_length
        if length_known is not None and length_known <= buffered:
            whole = await response.read()
        else:
            chunks = bytearray()
            async for chunk in response.content.iter_any():
                chunks += chunk
                if len(chunks) > buffered:
                    return Answer(status, kept, bytes(chunks), response, self.url)
            whole = bytes(chunks)
        kept.append((b"content-length", b"%d" % len(whole)))
        return Answer(status, kept, whole, None, self.url)


def _has(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bool:
    return any(given == name for given, _ in headers)


def _with_head(allowed: bytes) -> bytes:
    """Add HEAD where GET is: the gateway answers it by a GET."""
    methods = {method.strip() for method in allowed.split(b",")}
    return b", ".join(sorted(methods | {b"HEAD"})) if b"GET" in methods else allowed
