"""One service behind the gateway: its address, its circuit breaker, and one call to it."""

import asyncio
import math
import time
from dataclasses import dataclass

import aiohttp
import structlog
from multidict import CIMultiDict
from yarl import URL

from api_gateway.breaker import Breaker
from api_gateway.errors import BadAnswerError, CircuitOpenError, ServiceDownError, ServiceTimeoutError
from api_gateway.headers import to_client
from api_gateway.metrics import circuit_open, expect_upstream
from api_gateway.settings import GatewaySettings

log = structlog.get_logger()
EVENT_STREAM = "text/event-stream"
BODILESS = frozenset({204, 304})


@dataclass(slots=True)
class Answer:
    """What a service answered: the body is whole, or `rest` still streams after it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: aiohttp.ClientResponse | None = None


class Upstream:
    """Calls one service, and leaves it alone for a while when it fails."""

    def __init__(self, name: str, url: str, settings: GatewaySettings, http: aiohttp.ClientSession) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self._origin = self.url.encode()
        self._http = http
        self._seconds = settings.upstream_timeouts.get(name, settings.upstream_timeout)
        self._buffered = settings.max_answer_bytes
        self._breaker = Breaker(threshold=settings.breaker_threshold, open_seconds=settings.breaker_open_seconds)
        expect_upstream(name)

    async def call(self, method: str, target: str, headers: CIMultiDict[str], body: bytes) -> Answer:
        """Return the service's answer.

        Raises CircuitOpenError, ServiceDownError, ServiceTimeoutError or BadAnswerError when there is none.
        """
        if wait := self._breaker.wait(time.monotonic()):
            raise self._resting(wait)
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._try_twice(method, target, headers, body)
        except aiohttp.ConnectionTimeoutError as error:
            self._failed(error)
            raise ServiceDownError(f"The {self.name} service can't be reached; try again shortly.") from error
        except TimeoutError as error:
            self._failed(error)
            raise ServiceTimeoutError(f"The {self.name} service took over {self._seconds:g} seconds.") from error
        except aiohttp.ClientConnectionError as error:
            self._failed(error)
            raise ServiceDownError(f"The {self.name} service can't be reached; try again shortly.") from error
        except aiohttp.ClientError as error:
            self._failed(error)
            raise BadAnswerError(f"The {self.name} service's answer can't be read.") from error
        if self._breaker.succeeded():
            circuit_open.labels(self.name).set(0)
            log.info("circuit.closed", upstream=self.name)
        return answer

    async def _try_twice(self, method: str, target: str, headers: CIMultiDict[str], body: bytes) -> Answer:
        """Send again what is safe to repeat: a kept connection may be closed just as it is used.

        The client library repeats idempotent methods by itself; an idempotency key makes any method one.
        """
        try:
            return await self._send(method, target, headers, body)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if "idempotency-key" not in headers or isinstance(error, aiohttp.ClientConnectorError):
                raise
            return await self._send(method, target, headers, body)

    async def _send(self, method: str, target: str, headers: CIMultiDict[str], body: bytes) -> Answer:
        url = URL(self.url + target, encoded=True)
        response = await self._http.request(method, url, headers=headers, data=body or None, allow_redirects=False)
        try:
            return await self._read(method, response)
        except BaseException:
            response.close()
            raise

    async def _read(self, method: str, response: aiohttp.ClientResponse) -> Answer:
        """Take the whole answer, or the first part of one that is too long to keep or has no end."""
        status, kept = response.status, to_client(response.raw_headers, self._origin)
        if response.content_type == EVENT_STREAM:
            return Answer(status, kept, b"", response)
        if method == "HEAD" or status in BODILESS:
            response.release()
            if method == "HEAD" and (length := response.headers.get("Content-Length")) is not None:
                kept.append((b"content-length", length.encode()))
            return Answer(status, kept, b"")
        length_known = response.content_length
        if length_known is not None and length_known <= self._buffered:
            whole = await response.read()
        else:
            chunks = bytearray()
            async for chunk in response.content.iter_any():
                chunks += chunk
                if len(chunks) > self._buffered:
                    return Answer(status, kept, bytes(chunks), response)
            whole = bytes(chunks)
        kept.append((b"content-length", b"%d" % len(whole)))
        return Answer(status, kept, whole)

    def _resting(self, seconds: float) -> CircuitOpenError:
        error = CircuitOpenError(f"The {self.name} service failed just now; try again shortly.")
        error.retry_after = max(1, math.ceil(seconds))
        return error

    def _failed(self, error: Exception) -> None:
        log.warning("upstream.failed", upstream=self.name, error=type(error).__name__)
        if self._breaker.failed(time.monotonic()):
            circuit_open.labels(self.name).set(1)
            log.warning("circuit.opened", upstream=self.name)
