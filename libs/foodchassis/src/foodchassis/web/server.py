"""The connections of a server: uvicorn's protocol, with a limit for heads, and errors as problems.

Start uvicorn with `--http foodchassis.web:HttpProtocol`.
"""

from typing import Any

import httptools
from fastapi import Request
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from foodchassis.kernel.errors import HeadersTooLargeError, MalformedRequestError, ServiceError
from foodchassis.kernel.types import new_id_text
from foodchassis.web.problems import refused

HEAD_BYTES, MAX_HEADERS = 65_536, 200


class HttpProtocol(HttpToolsProtocol):
    """One connection. `_held` is the number of bytes in the parser without a callback yet."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_bytes, self._max_headers = HEAD_BYTES, MAX_HEADERS
        self._held = 0
        self._over = False

    @override
    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if len(data) <= self._head_bytes:
            self._feed(data)
            return
        view = memoryview(data)
        for start in range(0, len(data), self._head_bytes):
            self._feed(view[start : start + self._head_bytes])

    def _feed(self, data: bytes | memoryview) -> None:
        if self._over:
            return
        self._held += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Upgrades are not supported, and the bytes after this head cannot be parsed.
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(MalformedRequestError("The request is not valid HTTP/1.1, or its length is ambiguous."))
            return
        if self._held and (self._held > self._head_bytes or (self.headers and len(self.headers) > self._max_headers)):
            limits = f"at most {self._max_headers} headers in {self._head_bytes} bytes"
            self._refuse(HeadersTooLargeError(f"Send {limits}; trailers count, too."))

    @override
    def on_headers_complete(self) -> None:
        self._held = 0
        super().on_headers_complete()
        # The parser reports trailers as headers, after the checks: they go into a list that is never read.
        self.headers = []

    @override
    def on_body(self, body: bytes) -> None:
        self._held = 0
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._held = 0
        super().on_message_complete()

    @override
    def _should_upgrade(self) -> bool:
        return False

    @override
    def _unsupported_upgrade_warning(self) -> None:
        pass

    def _busy(self) -> bool:
        """Return whether a response is pending."""
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, error: ServiceError) -> None:
        """Answer with `error` and close; a response in progress, or pending before, is sent instead."""
        self._over = True
        cycle = self.cycle
        if self._busy():
            if self.pipeline or cycle.response_started or not cycle.more_body:
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(_rendered(error))
        self.transport.close()


def _rendered(error: ServiceError) -> bytes:
    request_id = new_id_text()
    answer = refused(Request({"type": "http", "request_id": request_id}), error)
    answer.headers.update({"connection": "close", "x-content-type-options": "nosniff", "x-request-id": request_id})
    lines = b"".join(b"%b: %b\r\n" % field for field in answer.raw_headers)
    return STATUS_LINE[error.status] + lines + b"\r\n" + bytes(answer.body)
