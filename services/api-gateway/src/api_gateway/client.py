"""One HTTP/1.1 connection to a service; `pool` keeps several.

The client is our own because it uses a fifth of aiohttp's CPU and less than half of pyreqwest's, which is visible in
the row "gateway, everything on" of the benchmark. It parses with httptools, needs no task, and refuses ambiguous
responses.
"""

import asyncio
from typing import TYPE_CHECKING

import httptools
from typing_extensions import override

if TYPE_CHECKING:
    from api_gateway.pool import Pool

# Maximum bytes of a response's head, including interim responses, or of its trailers.
HEAD_BYTES = 65_536
# Maximum buffered bytes of a stream for a slow reader before reading pauses.
HIGH_WATER = 65_536
EVENT_STREAM = b"text/event-stream"
VERSIONS = frozenset({"1.0", "1.1"})
BODILESS = frozenset({204, 304})
FINAL = range(200, 600)
Headers = list[tuple[bytes, bytes]]


class CallError(Exception):
    """The service returned no usable response."""


class NotConnectedError(CallError):
    """There is no connection to the service, so nothing was sent."""


class HungUpError(CallError):
    """The service closed the connection before its response was complete.

    `stale` if nothing was received on a reused connection.
    """

    def __init__(self, *, stale: bool) -> None:
        super().__init__("the connection was closed before the answer was whole")
        self.stale = stale


class BrokenAnswerError(CallError):
    """The response is malformed."""


class Reply:
    """A response.

    `take` returns the received part of its body; while `ended` is false, `read` returns the rest in parts.
    """

    def __init__(self, connection: "Connection", status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self.found = dict(headers)
        self.ended = False
        self.size = 0
        self._parts: list[bytes] = []
        self._error: CallError | None = None
        self._connection = connection
        self._reader: asyncio.Future[None] | None = None

    @property
    def events(self) -> bool:
        """Whether the response is a stream of events."""
        return self.found.get(b"content-type", b"").lower().startswith(EVENT_STREAM)

    def take(self) -> bytes:
        """Return the received bytes that were not taken yet."""
        parts, self._parts, self.size = self._parts, [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def read(self) -> bytes:
        """Return the next part, and b"" after the last.

        Raises CallError when the service closes the connection early.
        """
        while not self._parts:
            if self._error is not None:
                raise self._error
            if self.ended:
                return b""
            self._connection.resume()
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self.take()

    def close(self) -> None:
        """Stop reading the response; a connection within a response cannot be reused."""
        if not self.ended:
            self._connection.abort()

    def feed(self, part: bytes) -> None:
        """Store one more part."""
        self._parts.append(part)
        self.size += len(part)
        self._wake()

    def end(self, error: CallError | None = None) -> None:
        """Mark the end of the body."""
        self.ended, self._error = error is None, error
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


class Connection(asyncio.Protocol):
    """One connection, with at most one call in progress. The parser calls its `on_` methods."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport
        self._waiter: asyncio.Future[Reply] | None = None
        self._reply: Reply | None = None
        self._headers: Headers = []
        self._busy = self._used = self._paused = self._keep = self._until_close = self._surplus = False
        # Bytes that the parser has received since its last callback.
        self._held = 0
        self.idle_since = 0.0

    def send(self, request: bytes) -> "asyncio.Future[Reply]":
        """Send a request; return the future of its response, which may be set to an error while it is not done."""
        self._waiter = waiter = self._pool.loop.create_future()
        self._reply, self._headers, self._held, self._busy = None, [], 0, True
        if self._transport.is_closing():
            self._fail(HungUpError(stale=self._used))
        else:
            self._transport.write(request)
        return waiter

    async def receive(self, answered: "asyncio.Future[Reply]") -> Reply:
        """Return the response once it is complete, or once it is known to be a stream.

        Raises HungUpError, BrokenAnswerError, or the error set on the future.
        """
        try:
            return await answered
        except BaseException:
            if answered.done() and not answered.cancelled() and answered.exception() is None:
                # Cancelled after the response arrived: another call may already use the connection.
                answered.result().close()
            else:
                self.abort()
            raise

    def usable(self, oldest: float) -> bool:
        """Return whether the connection can be reused: it is open and was used since `oldest`."""
        return self.idle_since > oldest and not self._transport.is_closing()

    def abort(self) -> None:
        """Close the connection now."""
        self._busy = False
        self._transport.abort()

    def resume(self) -> None:
        """Resume reading after a slow reader has caught up."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._pool.open.add(self)

    @override
    def data_received(self, data: bytes) -> None:
        if not self._busy:
            # There was no request: the next call must not take these bytes for its response.
            self.abort()
            return
        self._held += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(BrokenAnswerError(str(error)))
            return
        if self._reply is not None and self._reply.ended:
            self._finish()
        elif self._held > HEAD_BYTES:
            self._fail(BrokenAnswerError("the head or the trailers are too large"))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._pool.forget(self)
        reply = self._reply
        if self._busy and reply is not None and exc is None and self._until_close:
            self.on_message_complete()
        elif self._busy:
            # A process that ends during a response is as unreachable as one that ended before.
            self._fail(HungUpError(stale=self._used and reply is None and not self._held))
        self._busy = False

    def on_message_begin(self) -> None:
        """Record an unsolicited response."""
        self._surplus = self._reply is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; trailers after the response are ignored."""
        if self._reply is None:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Create the response from its head, and pass it on immediately if it streams."""
        status = self._parser.get_status_code()
        if status // 100 == 1 or self._surplus:
            return
        reply = Reply(self, status, self._headers)
        coding = reply.found.get(b"transfer-encoding")
        clear = coding is None or _is_chunked(self._headers)
        if status not in FINAL or self._parser.get_http_version() not in VERSIONS or not clear:
            self._headers = []
            self._fail(BrokenAnswerError("its version, status or coding is unknown"))
            return
        self._held = 0
        self._reply = reply
        self._keep = self._parser.should_keep_alive()
        length = reply.found.get(b"content-length")
        self._until_close = length is None and coding is None and status not in BODILESS
        if reply.events or (length is not None and int(length) > self._pool.buffered and status not in BODILESS):
            self._deliver(reply)

    def on_body(self, part: bytes) -> None:
        """Store a part; pass the response on when it is too long to buffer."""
        self._held = 0
        reply = self._reply
        if reply is None or self._surplus:
            return
        reply.feed(part)
        if self._waiter is not None:
            if reply.size > self._pool.buffered:
                self._deliver(reply)
        elif reply.size > HIGH_WATER and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """Pass on the complete response; after an interim one, wait for the next."""
        reply = self._reply
        if reply is None:
            self._headers = []
        elif not reply.ended:
            reply.end()
            self._deliver(reply)

    def _deliver(self, reply: Reply) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is None:
            return
        if waiter.done():
            # Its call has just ended, and will close this connection.
            self._keep = False
        else:
            waiter.set_result(reply)

    def _fail(self, error: CallError) -> None:
        """End the call in progress."""
        waiter, reply, self._busy = self._waiter, self._reply, False
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)
        elif reply is not None and not reply.ended:
            reply.end(error)
        self.abort()

    def _finish(self) -> None:
        """Return the connection to the pool if the service keeps it open and both sides have read everything."""
        self._busy, self._used = False, True
        self.resume()
        if self._transport.get_write_buffer_size():
            # Answered before the request was read: an orderly close could wait forever.
            self.abort()
        elif self._keep and not self._surplus:
            self._pool.keep(self)
        else:
            self._transport.close()


def _is_chunked(headers: Headers) -> bool:
    """Return whether chunked is the only coding: the parser reads `gzip` in one header and `chunked` in another."""
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    return codings == [b"chunked"]
