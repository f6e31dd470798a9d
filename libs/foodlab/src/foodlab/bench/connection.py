"""A keep-alive connection with minimal overhead, so that it does not affect the measurement."""

import re
import socket
from secrets import token_hex
from time import perf_counter

from foodlab.bench.errors import MeasurementError
from foodlab.bench.request import KEY, Request

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STATUS = slice(9, 12)
_CHUNK = 65_536
_SHOWN = 300


class Connection:
    """One connection with at most one request in progress."""

    def __init__(self, request: Request, client: int) -> None:
        """Connect; `client` counts the connections of one load."""
        self._socket = socket.create_connection(("127.0.0.1", request.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._raw = request.raw(client)
        self._status = str(request.status).encode()
        self._series = token_hex(8)
        self._asked = 0
        self._began = 0.0
        self._heard = b""

    def fileno(self) -> int:
        """Return the file descriptor, for a selector."""
        return self._socket.fileno()

    def send(self) -> None:
        """Send the request, with an idempotency key never used before if it has one."""
        self._asked += 1
        raw = self._raw.replace(KEY, f"{self._series}-{self._asked:09}".encode())
        self._began = perf_counter()
        self._socket.sendall(raw)

    def receive(self) -> float | None:
        """Read available bytes; return the latency in seconds once the expected response is complete."""
        part = self._socket.recv(_CHUNK)
        if not part:
            raise MeasurementError(f"{self._what} closed the connection")
        self._heard += part
        head, found, body = self._heard.partition(_END_OF_HEAD)
        if not found:
            return None
        length = _LENGTH.search(head)
        if length is None:
            raise MeasurementError(f"{self._what} answered without Content-Length")
        if len(body) < int(length[1]):
            return None
        took = perf_counter() - self._began
        if head[_STATUS] != self._status:
            raise MeasurementError(f"{self._what} answered {(head[9:30] + body)[:_SHOWN]!r}")
        self._heard = b""
        return took

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    @property
    def _what(self) -> str:
        return f"{self._request.method} {self._request.path} on port {self._request.port}"
