"""Writes to RabbitMQ: frames of one iteration of the event loop are sent in one packet.

aiormq writes each frame separately, and uvloop sends it immediately, with one system call and one packet for each.
"""

import asyncio
from typing import Any

from aio_pika.exceptions import AMQPConnectionError
from typing_extensions import override


class GatheringWriter(asyncio.StreamWriter):
    """Buffers the written frames until the event loop's next iteration."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._gathered: list[bytes] = []

    @override
    def write(self, data: Any) -> None:
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self.flush)
        self._gathered.append(data)

    def flush(self) -> None:
        """Send the buffered frames; after a lost connection their messages are published or delivered again."""
        gathered, self._gathered = self._gathered, []
        if gathered and not self.transport.is_closing():
            super().write(b"".join(gathered))

    @override
    def write_eof(self) -> None:
        self.flush()
        super().write_eof()

    @override
    def close(self) -> None:
        self.flush()
        super().close()


class Gathering:
    """Opens connections with a buffering writer; the `transport_factory` of aiormq."""

    async def create(
        self, url: Any, *, ssl_context_provider: Any = None, **options: Any
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect as `asyncio.open_connection` does, with TLS for amqps; raises AMQPConnectionError."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        context = await ssl_context_provider.get_context() if url.scheme == "amqps" else None
        try:
            transport, _ = await loop.create_connection(lambda: protocol, url.host, url.port, ssl=context, **options)
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        return reader, GatheringWriter(transport, protocol, reader, loop)
