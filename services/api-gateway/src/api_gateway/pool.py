"""The keep-alive connections to one address of a service."""

import asyncio
import ssl
from collections import deque
from contextlib import suppress
from urllib.parse import urlsplit

from api_gateway.client import Connection, NotConnectedError


class Pool:
    """The connections to one address; the callers limit their number."""

    def __init__(self, url: str, *, keepalive: float, connect_timeout: float, buffered: int) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc.rpartition("@")[2]
        self.prefix = parts.path
        self.buffered = buffered
        self.loop = asyncio.get_running_loop()
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._keepalive = keepalive
        self._connect_timeout = connect_timeout
        self._idle: deque[Connection] = deque()
        self.open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def idle(self, now: float) -> Connection | None:
        """Return the most recently used connection, if it is still open."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable(now - self._keepalive):
                return connection
            connection.abort()
        return None

    async def connect(self, seconds: float) -> Connection:
        """Return a new connection. Raises NotConnectedError."""
        try:
            async with asyncio.timeout(min(seconds, self._connect_timeout)):
                _, connection = await self.loop.create_connection(
                    lambda: Connection(self), self._host, self._port, ssl=self._tls
                )
        except (OSError, TimeoutError) as error:
            raise NotConnectedError(repr(error)) from error
        return connection

    def keep(self, connection: Connection) -> None:
        """Return a connection to the pool for a limited time."""
        connection.idle_since = self.loop.time()
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = self.loop.call_later(self._keepalive, self._close_old)

    def forget(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self.open.discard(connection)
        with suppress(ValueError):
            self._idle.remove(connection)

    def close_idle(self) -> None:
        """Close idle connections: when the service closed one, it may have closed all."""
        while self._idle:
            self._idle.pop().abort()

    def close(self) -> None:
        """Close everything."""
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in tuple(self.open):
            connection.abort()

    def _close_old(self) -> None:
        while self._idle and not self._idle[0].usable(self.loop.time() - self._keepalive):
            self._idle.popleft().abort()
        self._sweep = self.loop.call_later(self._keepalive, self._close_old) if self._idle else None
