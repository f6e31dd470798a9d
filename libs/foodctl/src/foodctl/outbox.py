"""`foodctl outbox --help`: the operator's way to events that the broker refused so often that they were parked."""

from typing import Annotated, Any, LiteralString

import typer
from rich.console import Console
from rich.table import Table

from foodctl.catalog import service_named
from foodctl.connections import Connections
from foodctl.errors import FoodctlError

outbox = typer.Typer(
    no_args_is_help=True,
    help="Parked events: the broker refused them ten times. Remove the reason, then let them be sent again.",
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
    """Have a service send its parked events again; subscribers that had one already skip it."""
    package = service_named(service).package
    count = send_again(package, Connections.find().database(package))
    Console().print(f"{count} events are on their way again", highlight=False)


def parked(package: str, url: str) -> list[tuple[Any, ...]]:
    """Count a service's parked events by kind, with the time of the first. Raises FoodctlError."""
    return _execute(package, url, _PARKED)[0]


def send_again(package: str, url: str) -> int:
    """Let parked events be sent again, and return how many there were. Raises FoodctlError."""
    return _execute(package, url, _AGAIN)[1]


def _execute(package: str, url: str, statement: LiteralString) -> tuple[list[tuple[Any, ...]], int]:
    """Return the rows of a statement on a service's outbox, and how many there are."""
    import psycopg  # noqa: PLC0415 - --help should not wait for it

    try:
        with psycopg.connect(url, connect_timeout=5, application_name="foodctl outbox") as connection:
            done = connection.execute(statement)
            return (done.fetchall() if done.description else []), done.rowcount
    except psycopg.Error as error:
        raise FoodctlError(f"the outbox of {package} is out of reach: {str(error).strip()}") from None
