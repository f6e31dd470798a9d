"""`foodctl verify`: the databases and the outputs of the report."""

import json as jsonlib
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from devservers.errors import DevserversError
from foodctl.commands import store_verification
from foodctl.connections import Connections

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


def serve(registry: "CollectorRegistry", port: int, seconds: float) -> None:
    """Serve the counts to Prometheus on `port` for `seconds`."""
    from prometheus_client import start_http_server  # noqa: PLC0415 - --help should not wait for it

    server, serving = start_http_server(port, registry=registry)
    serving.join(seconds)
    server.shutdown()
    server.server_close()


WaitOption = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Maximum seconds to wait for unfinished work.")
]
UNDECIDED = 3
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the report as JSON.")]
MetricsOption = Annotated[
    Path | None,
    typer.Option("--metrics", metavar="FILE", help="Also write the counts in the text format of Prometheus."),
]
ServeOption = Annotated[
    int | None, typer.Option("--serve", metavar="PORT", help="Also serve the counts on this port for --linger seconds.")
]
LingerOption = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Seconds to serve the counts: two scrapes.")
]


def verify(
    wait: WaitOption = 60,
    json: JsonOption = None,
    metrics: MetricsOption = None,
    port: ServeOption = None,
    linger: LingerOption = 45,
) -> None:
    """Check the invariants of every order, its money and its events.

    Exits with 1 when an invariant is violated, and with 3 when a violation may be work in progress.
    """
    from prometheus_client import write_to_textfile  # noqa: PLC0415 - the same

    from foodctl.verify import Places  # noqa: PLC0415 - imports the services, and --help should not wait for it
    from foodctl.verify import verify as check  # noqa: PLC0415 - the same

    where = Connections.find()
    console = Console()
    report = check(Places(where.databases, where.broker), wait=wait, say=partial(console.print, soft_wrap=True))
    report.show(console)
    if json is not None:
        _replace(json, jsonlib.dumps(report.document(), indent=2) + "\n")
    ended = time.time()
    _publish(where, report.summary(datetime.fromtimestamp(ended, UTC)))
    registry = report.registry(ended)
    if metrics is not None:
        write_to_textfile(str(metrics), registry)
    if port is not None:
        serve(registry, port, linger)
    if not report.ok:
        raise typer.Exit(1 if report.violations else UNDECIDED)


def _publish(where: Connections, summary: dict[str, Any]) -> None:
    """Store the result in order-service, which shows it to admins; only print a notice when that fails."""
    try:
        store_verification(where.database("order_service"), summary)
    except DevserversError as error:
        Console(stderr=True).print(f"the console does not show this run: {error}", markup=False, soft_wrap=True)


def _replace(path: Path, text: str) -> None:
    """Replace a file atomically."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text)
    draft.replace(path)
