"""The connections of clients: the protocol of the chassis, with time-outs and limits for all resources of a client.

Start uvicorn with `--http api_gateway.server:HttpProtocol`.
"""

import asyncio
import resource
from typing import Any
from urllib.parse import unquote

import httptools
from typing_extensions import override

from api_gateway.answering import Cycle
from api_gateway.bounds import Bound
from api_gateway.callers import UNKNOWN, Callers, bucket_of
from api_gateway.errors import SlowHeadError, TooManyConnectionsError
from api_gateway.metrics import connections_open, refused
from api_gateway.settings import GatewaySettings
from foodchassis.kernel import ServiceError
from foodchassis.web import HttpProtocol as ProblemProtocol

# A client that receives fewer bytes than this within SEND_TIMEOUT counts as not reading.
PROGRESS = 65_536
# File descriptors for other uses than connections; each client's connection may need one to a service.
SPARE_FILES = 128


class Connections:
    """The open connections of clients: their number and durations are limited."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.open: set[HttpProtocol] = set()
        self._unlimited = Callers((*settings.unlimited_addresses, *settings.trusted_proxies))
        self._bound = Bound(
            "connections",
            total=min(settings.max_connections, (_files() - SPARE_FILES) // 2),
            share=settings.max_connections_per_address,
        )
        shortest = min(settings.head_timeout, settings.client_idle_timeout, settings.send_timeout)
        self._interval = min(1.0, shortest / 4)
        self._sweeping = False
        connections_open.set_function(lambda: self._bound.in_use)

    def add(self, connection: "HttpProtocol", peer: str) -> str:
        """Count a connection and return its holder. Raises TooManyConnectionsError over the limit."""
        holder = "" if self._unlimited.trusts(peer) else bucket_of(peer)
        try:
            self._bound.take(holder)
        except ServiceError as error:
            raise TooManyConnectionsError(error.detail) from error
        self.open.add(connection)
        if not self._sweeping:
            self._sweeping = True
            connection.loop.call_later(self._interval, self._sweep, connection.loop)
        return holder

    def remove(self, connection: "HttpProtocol", holder: str) -> None:
        """Stop counting a connection."""
        self.open.discard(connection)
        self._bound.release(holder)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check every connection periodically: cheaper than a timer for each request."""
        now = loop.time()
        for connection in tuple(self.open):
            connection.expire(now)
        self._sweeping = bool(self.open)
        if self._sweeping:
            loop.call_later(self._interval, self._sweep, loop)


class HttpProtocol(ProblemProtocol):
    """One connection: it counts towards its client's limit, and is closed after a time-out of its client."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._all = _connections(self.app)
        self._settings = self._all.settings
        self._head_bytes, self._max_headers = self._settings.head_bytes, self._settings.max_headers
        self._holder: str | None = None
        self._in_head = True
        self._idle = False
        # When the wait for the client began: for the rest of a head or of a refused body, or for its next request.
        self._since: float | None = None
        self._unsent = 0
        self._unsent_since = 0.0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        try:
            self._holder = self._all.add(self, self.client[0] if self.client else UNKNOWN)
        except ServiceError as error:
            self._refuse(error)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._holder is not None:
            self._all.remove(self, self._holder)
        super().connection_lost(exc)

    @override
    def _feed(self, data: bytes | memoryview) -> None:
        super()._feed(data)
        if self._held and not self._over and self._in_head and (self._since is None or self._idle):
            self._since, self._idle = self.loop.time(), False

    @override
    def on_headers_complete(self) -> None:
        """Like uvicorn's, without upgrades."""
        self._in_head, self._held, self._since, self._idle = False, 0, None, False
        scope, parser, url = self.scope, self.parser, self.url
        version = scope["http_version"] = parser.get_http_version()
        scope["method"] = parser.get_method().decode("ascii")
        if url.startswith(b"/") and b"#" not in url:
            path, _, query = url.partition(b"?")
        else:
            parsed = httptools.parse_url(url)
            path, query = parsed.path, parsed.query or b""
        scope["raw_path"], scope["query_string"] = path, query
        scope["path"] = unquote(path.decode("ascii")) if b"%" in path else path.decode("ascii")
        before, self.cycle = (
            self.cycle,
            Cycle(
                scope=scope,
                transport=self.transport,
                flow=self.flow,
                logger=self.logger,
                access_logger=self.access_logger,
                access_log=False,
                default_headers=self.server_state.default_headers,
                message_event=asyncio.Event(),
                expect_100_continue=self.expect_100_continue,
                keep_alive=version != "1.0" and parser.should_keep_alive(),
                on_response=self.on_response_complete,
            ),
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        # The parser reports trailers as headers after the checks: they are stored in an unused list.
        self.headers = []

    @override
    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()
        self.headers = None  # type: ignore[assignment]  # until the next head begins
        if not self._busy():
            self._since, self._idle = self.loop.time(), True

    @override
    def on_response_complete(self) -> None:
        # Like uvicorn's, without a timer for each idle connection.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._since, self._idle = self.loop.time(), not self._unfinished()

    def expire(self, now: float) -> None:
        """Close the connection when the client has exceeded a time-out."""
        if self._stalls(now):
            self.transport.abort()
        elif self._since is not None and not self._busy() and not self.transport.is_closing():
            allowed = self._settings.client_idle_timeout if self._idle else self._settings.head_timeout
            if now - self._since < allowed:
                return
            if self._in_head and self._unfinished():
                self._refuse(SlowHeadError(f"Send a request's head within {self._settings.head_timeout:g} seconds."))
            else:
                self.transport.close()

    def _unfinished(self) -> bool:
        """Return whether a request is incomplete."""
        return not self._in_head or self._held > 0 or self.headers is not None

    def _stalls(self, now: float) -> bool:
        """Return whether the client has not read its response for SEND_TIMEOUT."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent or not self._unsent or unsent + PROGRESS <= self._unsent:
            self._unsent, self._unsent_since = unsent, now
            return False
        return now - self._unsent_since > self._settings.send_timeout

    @override
    def _refuse(self, error: ServiceError) -> None:
        refused.labels(error.slug()).inc()
        super()._refuse(error)


def _files() -> int:
    """Return the limit of open files, after raising it to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _connections(app: Any) -> Connections:
    """Return the gateway's connections, unwrapping uvicorn's middleware."""
    while not isinstance(found := getattr(app, "connections", None), Connections):
        app = app.app
    return found
