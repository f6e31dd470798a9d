"""The socket to RabbitMQ: frames that are written in one turn of the event loop leave in one packet.

aiormq writes frame by frame, and uvloop sends each at once: a system call for us and a packet to read for the broker.
"""

import asyncio
from typing import Any

from aio_pika.exceptions import AMQPConnectionError
from typing_extensions import override


class GatheringWriter(asyncio.StreamWriter):
    """Keeps what is written until the event loop's next turn."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._gathered: list[bytes] = []

    @override
    def write(self, data: Any) -> None:
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self.flush)
        self._gathered.append(data)

    def flush(self) -> None:
        """Send what was written so far; what a lost connection leaves is published or delivered again."""
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
    """Opens connections whose writer gathers; aiormq takes it as `transport_factory`."""

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
