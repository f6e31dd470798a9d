"""A TCP proxy between two parts of the system, which simulates a bad network."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

MODES = ("latency", "jitter", "slices", "half-open", "reset", "blackhole")
_CHUNK = 65_536
_LATENCY = 0.1
_SLICES = 20
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards the connections of one link according to the current mode; the mode "" is a good network."""

    def __init__(self, target: int) -> None:
        """Forward connections to this port of the loopback address."""
        self.port = 0
        # Bytes received from either side, forwarded or not.
        self.taken = 0
        self._target = target
        self._mode = ""
        self._good = asyncio.Event()
        self._good.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end all connections."""
        self._reset()
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @asynccontextmanager
    async def behaving(self, mode: str) -> AsyncIterator[None]:
        """Use this mode within the block."""
        self._mode = mode
        if mode == "blackhole":
            self._good.clear()
        if mode == "reset":
            self._reset()
        try:
            yield
        finally:
            # Another fault may have begun on this link.
            self._mode = "" if self._mode == mode else self._mode
            if mode == "blackhole":
                self._good.set()
            if mode == "half-open":
                # Bytes were lost, so that no connection can continue.
                self._reset()

    def _reset(self) -> None:
        for writer in self._writers:
            peer: socket.socket | None = writer.get_extra_info("socket")
            with suppress(OSError):
                if peer is not None:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        self._writers.clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self._mode == "reset":
            self._reset()
            return
        await self._good.wait()
        try:
            there, to_there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(to_there)
        await asyncio.gather(self._pump(reader, to_there, back=False), self._pump(there, writer, back=True))
        self._writers -= {writer, to_there}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, back: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                self.taken += len(data)
                await self._good.wait()
                if self._mode == "half-open" and back:
                    continue
                await self._send(data, writer)
        writer.close()

    async def _send(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self._mode in {"latency", "jitter"}:
            share = random.random() if self._mode == "jitter" else 0.5  # noqa: S311 - simulated delays
            await asyncio.sleep(2 * _LATENCY * share)
        size = -(-len(data) // _SLICES) if self._mode == "slices" else len(data)
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await writer.drain()
            if size < len(data):
                await asyncio.sleep(0)
