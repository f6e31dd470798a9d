"""Writes responses to clients like uvicorn, but with head and body in one write."""

from collections.abc import Iterable
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

BODILESS = frozenset({204, 304})


class Cycle(RequestResponseCycle):
    """One request and its response.

    The head is written with the first part of the body, because a write to a socket costs as much as the rest of a
    response, which is visible in the row "gateway, everything on" of the benchmark.
    """

    _head = b""

    @override
    async def send(self, message: Any) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if not self.response_started:
            self.response_started, self.waiting_for_100_continue = True, False
            self._head = self._render(message["status"], message.get("headers", ()))
            return
        if self.response_complete:
            raise RuntimeError("The response is complete.")
        data, self._head = self._head + self._frame(message), b""
        if data:
            self.transport.write(data)
        if not message.get("more_body", False):
            if self.expected_content_length:
                raise RuntimeError("The body is shorter than its Content-Length.")
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()

    def _render(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the head. Names are in lower case, as in ASGI; values must not contain line ends."""
        lines = [STATUS_LINE[status]]
        lines += [b"%b: %b\r\n" % pair for pair in headers]
        found = dict(headers)
        connection = found.get(b"connection")
        if connection is not None and b"close" in connection.lower():
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(b"connection: close\r\n")
        length = found.get(b"content-length")
        if length is not None:
            self.chunked_encoding, self.expected_content_length = False, int(length)
        elif self.scope["method"] != "HEAD" and status not in BODILESS:
            self.chunked_encoding = True
            if b"transfer-encoding" not in found:
                lines.append(b"transfer-encoding: chunked\r\n")
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise RuntimeError("A header contains a line end.")
        return head + b"\r\n"

    def _frame(self, message: Any) -> bytes:
        """Return a part of the body in its wire format."""
        part: bytes = message.get("body", b"")
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            return b""
        if self.chunked_encoding:
            end = b"" if message.get("more_body", False) else b"0\r\n\r\n"
            return b"%x\r\n%b\r\n%b" % (len(part), part, end) if part else end
        if len(part) > self.expected_content_length:
            raise RuntimeError("The body is longer than its Content-Length.")
        self.expected_content_length -= len(part)
        return part
