"""One address of a service: its calls and its health."""

import asyncio
from contextvars import Context
from dataclasses import dataclass

import structlog

from api_gateway.client import CallError, NotConnectedError, Reply
from api_gateway.headers import to_client
from api_gateway.pool import Pool
from api_gateway.settings import GatewaySettings
from foodchassis.kernel import end

log = structlog.get_logger()
SERVER_FAULT = 500
METHOD_REFUSED = 405
RETRY_AFTER = (b"retry-after", b"2")
RETRIED = frozenset({503, 504})
# The multiple of its usual time without a response after which a service counts as stalled.
SILENCE = 20
UNKNOWN_USUAL = 0.25
# Seconds between checks for timed-out calls: cheaper than a timer for each call.
TICK = 0.05
BODILESS = frozenset({204, 304})
# Methods that need Content-Length: 0 without a body.
EXPECT_BODY = frozenset({"PATCH", "POST", "PUT"})
PROBE = b"GET /health/ready HTTP/1.1\r\nhost: %s\r\n\r\n"
PROBE_SECONDS = 3.0


@dataclass(slots=True)
class Call:
    """A call to a service; a repeatable one has the same effect when it arrives twice.

    `fields` are its rendered header lines, without those that the client sets itself.
    """

    method: str
    target: str
    fields: bytes
    body: bytes
    repeatable: bool


@dataclass(slots=True)
class Answer:
    """The response of a service: the body is complete, or `rest` streams after it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Reply | None = None
    url: str = ""


class Instance:
    """One address of a service.

    It is ejected after `breaker_threshold` consecutive failures, or when it has stalled: several calls wait without
    any response for too long. It returns when it is ready, which is probed every `breaker_open_seconds` and when it
    is needed.
    """

    def __init__(self, service: str, url: str, settings: GatewaySettings) -> None:
        self.url = url
        self.ejected = False
        self.pool = Pool(
            url,
            keepalive=settings.upstream_keepalive,
            connect_timeout=settings.upstream_connect_timeout,
            buffered=settings.max_answer_bytes,
        )
        self._service = service
        self._origin = url.encode()
        self._settings = settings
        self._failures = 0
        self._away = False
        # The waiting calls: start, time-out, and the call.
        self._waiting: dict[asyncio.Future[Reply], tuple[float, float, Call]] = {}
        self._watching: asyncio.TimerHandle | None = None
        self._last_answer = 0.0
        self._usual = 0.0
        self._probe: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def call(self, call: Call, seconds: float) -> Answer:
        """Return the response. Raises TimeoutError after `seconds`, and CallError."""
        loop = self.pool.loop
        started = loop.time()
        connection = self.pool.idle(started) or await self.pool.connect(seconds)
        answered = connection.send(self._render(call))
        self._waiting[answered] = started, started + seconds, call
        if self._watching is None:
            self._watching = loop.call_later(TICK, self._end_late_calls)
        try:
            reply = await connection.receive(answered)
        finally:
            del self._waiting[answered]
        self._last_answer = loop.time()
        took = self._last_answer - started
        self._usual = self._usual + (took - self._usual) / 16 if self._usual else took
        self._failures = 0
        return self._answer(reply)

    def has_stalled(self) -> bool:
        """Return whether many calls wait without a response for much longer than usual."""
        if len(self._waiting) < self._settings.stall_calls:
            return False
        oldest, _, _ = next(iter(self._waiting.values()))
        silent = self.pool.loop.time() - max(oldest, self._last_answer)
        return silent > max(self._settings.stall_seconds, SILENCE * (self._usual or UNKNOWN_USUAL))

    def failed(self, error: Exception) -> bool:
        """Count a failed call; return whether the threshold is reached."""
        self._failures += 1
        self._away = isinstance(error, NotConnectedError)
        return self._failures >= self._settings.breaker_threshold and not self.ejected

    def eject(self) -> None:
        """Accept no calls until the instance is ready."""
        self.ejected = True
        if self._probe is None:
            self._probe = asyncio.create_task(self._return(), context=Context())

    async def look(self, seconds: float) -> None:
        """Probe its readiness now if it was unreachable, and wait at most `seconds`.

        It may have restarted, and is busy just after its start.
        """
        if self._away and self.ejected:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._ask(), context=Context())
            await asyncio.wait({self._looking}, timeout=seconds)

    def give_up(self) -> None:
        """End the calls that can be repeated at another instance."""
        for answered, (_, _, call) in self._waiting.items():
            if call.repeatable and not answered.done():
                answered.set_exception(TimeoutError())

    async def close(self) -> None:
        """Cancel background tasks, and close the connections."""
        for task in (self._probe, self._looking):
            if task is not None:
                await end(task)
        if self._watching is not None:
            self._watching.cancel()
        self.pool.close()

    async def _return(self) -> None:
        while self.ejected:
            await asyncio.sleep(self._settings.breaker_open_seconds)
            await self._ask()
        self._probe = None

    async def _ask(self) -> None:
        """Let it return if it is ready."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                connection = await self.pool.connect(PROBE_SECONDS)
                reply = await connection.receive(connection.send(PROBE % self.pool.host.encode()))
        except (CallError, TimeoutError):
            return
        connection.abort()
        if self.ejected and reply.status < SERVER_FAULT:
            # Calls from before the ejection must not count as a stall again.
            self._last_answer = self.pool.loop.time()
            self._failures, self.ejected = 0, False
            log.info("instance.returned", upstream=self._service, url=self.url)

    def _end_late_calls(self) -> None:
        loop = self.pool.loop
        now = loop.time()
        for answered, (_, ends, _) in self._waiting.items():
            if now >= ends and not answered.done():
                answered.set_exception(TimeoutError())
        self._watching = loop.call_later(TICK, self._end_late_calls) if self._waiting else None

    def _render(self, call: Call) -> bytes:
        pool, size = self.pool, len(call.body)
        length = b"content-length: %d\r\n" % size if size or call.method in EXPECT_BODY else b""
        start = f"{call.method} {pool.prefix}{call.target} HTTP/1.1\r\nhost: {pool.host}\r\n".encode()
        return b"".join((start, call.fields, length, b"\r\n", call.body))

    def _answer(self, reply: Reply) -> Answer:
        """Return the complete response, or the first part of one that is too long to buffer or endless."""
        status, kept = reply.status, to_client(reply.headers, self._origin)
        if status in RETRIED and b"retry-after" not in reply.found:
            kept.append(RETRY_AFTER)
        elif status == METHOD_REFUSED:
            kept = [(name, _with_head(value) if name == b"allow" else value) for name, value in kept]
        body = reply.take()
        if not reply.ended:
            return Answer(status, kept, body, reply, self.url)
        if status not in BODILESS:
            kept.append((b"content-length", b"%d" % len(body)))
        return Answer(status, kept, body, None, self.url)


def _with_head(allowed: bytes) -> bytes:
    """Add HEAD to methods with GET, because the gateway answers it by a GET."""
    methods = {method.strip() for method in allowed.split(b",")}
    return b", ".join(sorted(methods | {b"HEAD"})) if b"GET" in methods else allowed
