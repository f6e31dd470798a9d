"""A small OTLP/HTTP receiver on the loopback address: `python -m foodlab.traces.receiver PORT`."""

import gzip
import json
import signal
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from google.protobuf.message import DecodeError
from typing_extensions import override

from foodctl.traces.spans import Trace, Traces, decode

LARGEST = 64 * 1024 * 1024


class Receiver(ThreadingHTTPServer):
    """Receives spans at /v1/traces, and returns traces at /traces: all, or of an `id` or an `order`."""

    def __init__(self, port: int) -> None:
        """Listen on the loopback address only."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.traces = Traces()


class _Handler(BaseHTTPRequestHandler):
    # Exporters keep their connection.
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if self.path != "/v1/traces" or size > LARGEST:
            self.close_connection = True
            self._answer(HTTPStatus.NOT_FOUND if size <= LARGEST else HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(size)
        try:
            self.server.traces.add(decode(gzip.decompress(body) if self.headers["Content-Encoding"] else body))
        except (DecodeError, OSError, EOFError):
            self._answer(HTTPStatus.BAD_REQUEST)
            return
        # An empty response means that no span was refused.
        self._answer(HTTPStatus.OK, kind="application/x-protobuf")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/health/ready":
            self._answer(HTTPStatus.OK)
        elif parts.path == "/traces":
            found = [[span.as_json() for span in trace] for trace in self._selected(parameters)]
            self._answer(HTTPStatus.OK, json.dumps(found).encode())
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def _selected(self, parameters: dict[str, str]) -> list[Trace]:
        if "order" in parameters:
            return self.server.traces.about(parameters["order"])
        return self.server.traces.one(parameters["id"]) if "id" in parameters else self.server.traces.every()

    def _answer(self, status: HTTPStatus, body: bytes = b"", kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Do not log requests."""


def main() -> None:
    """Serve until stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with Receiver(int(sys.argv[1])) as receiver:
        receiver.serve_forever()


if __name__ == "__main__":
    main()
