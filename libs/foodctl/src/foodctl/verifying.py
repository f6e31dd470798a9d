"""`foodctl verify`: where the databases are, and where the report goes."""

import json as jsonlib
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Timer
from typing import Annotated, Any

import typer
from rich.console import Console
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


WaitOption = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="How long to wait, at most, for what is still under way.")
]
UNDECIDED = 3
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the report as JSON too.")]
MetricsOption = Annotated[
    Path | None, typer.Option("--metrics", metavar="FILE", help="Write counts in Prometheus' text format too.")
]
ServeOption = Annotated[
    int | None,
    typer.Option("--serve", metavar="PORT", help="Serve these counts at this port too, for --linger seconds."),
]
LingerOption = Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How long: two visits of Prometheus.")]


def verify(
    wait: WaitOption = 60,
    json: JsonOption = None,
    metrics: MetricsOption = None,
    serve: ServeOption = None,
    linger: LingerOption = 45,
) -> None:
    """Check what must be true of every order, its money and its events.

    Exits with 1 when an invariant is violated, and with 3 when a violation may be work still in progress.
    """
    from foodctl.connections import Connections  # noqa: PLC0415 - the same
    from foodctl.verify import Places  # noqa: PLC0415 - imports the services, and --help should not wait for it
    from foodctl.verify import verify as check  # noqa: PLC0415 - the same
    from foodctl.verifying import serve as serve_text  # noqa: PLC0415 - --help should not wait for it

    where = Connections.find()
    console = Console()
    report = check(Places(where.databases, where.broker), wait=wait, say=partial(console.print, soft_wrap=True))
    report.show(console)
    if json is not None:
        _replace(json, jsonlib.dumps(report.document(), indent=2) + "\n")
    if metrics is not None:
        _replace(metrics, report.metrics(time.time()))
    if serve is not None:
        serve_text(report.metrics(time.time()), serve, linger)
    if not report.ok:
        raise typer.Exit(1 if report.violations else UNDECIDED)


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or the one before."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text)
    draft.replace(path)
