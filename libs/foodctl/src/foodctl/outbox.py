"""`foodctl outbox --help`: parked events, which the broker refused too often."""

from typing import Annotated, Any, LiteralString

import typer
from rich.console import Console
from rich.table import Table

from foodctl.catalog import service_named
from foodctl.connections import Connections
from foodctl.errors import FoodctlError

outbox = typer.Typer(
    no_args_is_help=True,
    help="Parked events: the broker refused them ten times. Remove the cause, then send them again.",
)

_PARKED = """
SELECT routing_key, count(*), min(parked_at)::text FROM outbox
WHERE parked_at IS NOT NULL GROUP BY routing_key ORDER BY routing_key
"""
_AGAIN = "UPDATE outbox SET parked_at = NULL, attempts = 0 WHERE parked_at IS NOT NULL"


@outbox.command("list")
def list_() -> None:
    """Show how many events are parked, by service and kind."""
    table = Table("service", "event", "parked", "since", box=None, pad_edge=False)
    for package, url in Connections.find().databases.items():
        for kind, count, since in parked(package, url):
            table.add_row(package.replace("_", "-"), kind, str(count), since)
    Console().print(table if table.rows else "nothing is parked")


@outbox.command()
def retry(service: Annotated[str, typer.Argument(help="The service whose events are parked.")]) -> None:
    """Release a service's parked events to be sent again; consumers skip events that they have handled."""
    package = service_named(service).package
    count = send_again(package, Connections.find().database(package))
    Console().print(f"{count} events will be sent again", highlight=False)


def parked(package: str, url: str) -> list[tuple[Any, ...]]:
    """Count a service's parked events by kind, with the time of the first. Raises FoodctlError."""
    return _execute(package, url, _PARKED)[0]


def send_again(package: str, url: str) -> int:
    """Release parked events to be sent again, and return their number. Raises FoodctlError."""
    return _execute(package, url, _AGAIN)[1]


def _execute(package: str, url: str, statement: LiteralString) -> tuple[list[tuple[Any, ...]], int]:
    """Execute a statement on a service's outbox, and return its rows and their number."""
    import psycopg  # noqa: PLC0415 - --help should not wait for it

    try:
        with psycopg.connect(url, connect_timeout=5, application_name="foodctl outbox") as connection:
            done = connection.execute(statement)
            return (done.fetchall() if done.description else []), done.rowcount
    except psycopg.Error as error:
        raise FoodctlError(f"the outbox of {package} cannot be read: {str(error).strip()}") from None
