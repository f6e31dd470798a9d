"""`foodctl queues --help`: limits of queues, and migration of their immutable arguments."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console

from foodctl.catalog import service_named
from foodctl.connections import Connections
from foodctl.errors import FoodctlError

queues = typer.Typer(no_args_is_help=True, help="Limits of queues, and migration of queues of another release.")


@queues.command()
def limits(
    delivery_limit: Annotated[
        int | None,
        typer.Option(
            min=1, max=50, help="How often a message is delivered before it is parked; by default that of the release."
        ),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(
            min=1, help="Maximum number of messages in a queue; after ten refusals an event is parked in its outbox."
        ),
    ] = None,
    definitions: Annotated[
        bool,
        typer.Option("--definitions", help="Print the policy for `rabbitmqctl import_definitions` and change nothing."),
    ] = False,
) -> None:
    """Set the limits of all event queues, by default those of this release; nothing needs a restart."""
    from foodctl.limits import NAME, Limits, put  # noqa: PLC0415 - imports the broker's client, which --help needs not

    wanted = Limits(max_length=max_length) if delivery_limit is None else Limits(delivery_limit, max_length)
    connections = Connections.of_broker()
    if definitions:
        print(json.dumps(wanted.definitions(connections.broker)))  # noqa: T201 - read by another program
        return
    put(wanted, _known(connections.broker), connections.management)
    what = ", ".join(f"{name} {limit:,}" for name, limit in wanted.definition.items())
    Console(highlight=False, soft_wrap=True).print(f"policy {NAME}: {what}")


@queues.command()
def migrate(service: Annotated[str, typer.Argument(help="The service whose queues are to be migrated.")]) -> None:
    """Move a stopped service's messages to queues with this release's arguments; publishers continue meanwhile.

    A message may be delivered twice but is never lost; repeat a command that was interrupted.
    """
    from foodctl.moving import migrated  # noqa: PLC0415 - imports the broker's client, and --help should not wait for it

    done = asyncio.run(migrated(_known(Connections.of_broker().broker), service_named(service).package))
    console = Console(highlight=False, soft_wrap=True)
    for name, moved in done.items():
        console.print(f"{name}: migrated, {moved} messages moved")
    if not done:
        console.print("every queue has the arguments of this release")


def _known(broker: str | None) -> str:
    if broker is None:
        raise FoodctlError("no URL of the broker is known; set FOODAPP_RABBITMQ_URL")
    return broker
