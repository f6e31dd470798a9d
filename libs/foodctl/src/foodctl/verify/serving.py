"""Serves the counts of a verification for a while: a Job is gone before Prometheus would find it."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Timer
from typing import Any

from typing_extensions import override


def serve(text: str, port: int, seconds: float) -> None:
    """Answer every GET at `port` with `text` in Prometheus' format, and return after `seconds`."""

    class Handler(BaseHTTPRequestHandler):
        """Knows one answer."""

        def do_GET(self) -> None:
            """Send the text."""
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: the report is the log."""

    with ThreadingHTTPServer(("", port), Handler) as server:
        end = Timer(seconds, server.shutdown)
        end.start()
        server.serve_forever()
